"""Opening, moving, merging and closing schools, with history."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from districts.models import Affiliation, Office
from districts.services.units import add_zone
from portal.audit.models import Change
from portal.workflow.errors import DomainError
from schools.registry.services.moves import move_school
from schools.registry.services.schools import change_school, close_school, merge_schools, open_school
from tests.support.city import SmallCity

MOVED = date(2025, 11, 6)


def _move(city: SmallCity, by: str, **changes: object):
    details = {"district": city.jiangjin, "on": MOVED, "reason": "渝府发〔2025〕1号", **changes}
    return move_school(actor=city.users[by], scope=city.scope(by), school_id=city.one.pk, **details)


def test_a_moved_school_keeps_its_history(city: SmallCity) -> None:
    _move(city, "city_admin")
    city.one.refresh_from_db()
    assert city.one.district == city.jiangjin
    spans = Affiliation.objects.filter(unit_id=city.one.pk).order_by("valid_from")
    assert [(a.district_id, a.valid_to) for a in spans] == [(city.wuxi.pk, MOVED), (city.jiangjin.pk, None)]


@pytest.mark.parametrize("by", ["district_admin", "reviewer", "clerk", "other_reviewer", "city_staff"])
def test_only_the_city_moves_schools_between_districts(city: SmallCity, by: str) -> None:
    with pytest.raises(DomainError) as refusal:
        _move(city, by)
    assert refusal.value.code == "forbidden"


def test_a_district_moves_its_schools_between_its_zones(city: SmallCity) -> None:
    zone = add_zone(
        actor=city.users["district_admin"], scope=city.scope("district_admin"), district=city.wuxi, name="城厢片区"
    )
    assert _move(city, "district_admin", district=city.wuxi, zone=zone, reason="").zone == zone


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"on": date(1999, 1, 1)}, "date"),
        ({"on": timezone.localdate() + timedelta(days=1)}, "date"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_a_move_is_refused(city: SmallCity, changes: dict[str, object], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        _move(city, "city_admin", **changes)
    assert refusal.value.code == code
    assert Affiliation.objects.filter(unit_id=city.one.pk).count() == 1


def test_a_zone_of_another_district_is_refused(city: SmallCity) -> None:
    zone = add_zone(actor=city.users["city_admin"], scope=city.scope("city_admin"), district=city.wuxi, name="城厢片区")
    with pytest.raises(DomainError) as refusal:
        _move(city, "city_admin", zone=zone)
    assert refusal.value.code == "wrong_zone"


def test_the_database_itself_refuses_two_districts_at_a_time(city: SmallCity) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Affiliation.objects.create(unit_id=city.one.pk, district=city.jiangjin, valid_from=date(2020, 1, 1))


def test_a_closed_school_ends_its_offices_and_keeps_its_name(city: SmallCity) -> None:
    close_school(
        actor=city.users["district_admin"],
        scope=city.scope("district_admin"),
        school_id=city.one.pk,
        on=MOVED,
        reason="x",
    )
    city.one.refresh_from_db()
    assert city.one.valid_to == MOVED
    assert not Office.objects.filter(unit_id=city.one.pk, valid_to=None).exists()
    with pytest.raises(DomainError, match="已于"):
        close_school(
            actor=city.users["city_admin"], scope=city.scope("city_admin"), school_id=city.one.pk, on=MOVED, reason="x"
        )


def test_a_merged_school_names_its_successor(city: SmallCity) -> None:
    merge_schools(
        actor=city.users["district_admin"], scope=city.scope("district_admin"), school_ids=[city.one.pk],
        into_id=city.two.pk, on=MOVED, reason="合并办学",
    )  # fmt: skip
    assert city.one.successors.get() == city.two
    change = Change.objects.get(subject="registry.schoolsuccession")
    assert (change.kind, change.unit_id) == ("i", city.one.pk)
    assert change.changes == {"from_school_id": [None, city.one.pk], "to_school_id": [None, city.two.pk]}
    page = city.client("city_admin").get("/units/changes/?subject=registry.schoolsuccession").content.decode()
    for words in ("学校沿革", "原学校", "云台小学", "承接学校", "城厢中学"):
        assert words in page
    with pytest.raises(DomainError, match="自己"):
        merge_schools(
            actor=city.users["city_admin"], scope=city.scope("city_admin"), school_ids=[city.two.pk],
            into_id=city.two.pk, on=MOVED,
        )  # fmt: skip


def test_a_code_is_used_once(city: SmallCity) -> None:
    with pytest.raises(DomainError) as refusal:
        open_school(
            actor=city.users["city_admin"], scope=city.scope("city_admin"), code=city.one.code, name="别的学校",
            district=city.wuxi, opened_on=MOVED, kind="primary", area_type="town",
        )  # fmt: skip
    assert refusal.value.code == "code_taken"


def test_a_new_name_is_found_by_its_initials(city: SmallCity) -> None:
    school = change_school(
        actor=city.users["district_admin"], scope=city.scope("district_admin"), school_id=city.one.pk, name="白鹿小学"
    )
    assert school.initials == "blxx"


def test_pages(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["district_admin"])
    listed = client.get("/schools/").content.decode()
    assert "云台小学" in listed
    assert "聚奎中学" not in listed
    assert "云台小学" in client.get(f"/schools/{city.one.code}/").content.decode()
    assert client.get(f"/schools/{city.other.code}/").status_code == 404
    assert client.get(f"/schools/{city.other.code}/close/").status_code == 404
    refused = client.post(f"/schools/{city.one.code}/close/", {"on": "2999-01-01", "reason": "试"})
    assert refused.status_code == 422
    assert "不能晚于今天" in refused.content.decode()
    closed = client.post(f"/schools/{city.one.code}/close/", {"on": "2026-01-01", "reason": "生源不足"}, follow=True)
    assert "已于" in closed.content.decode()
    client.force_login(city.users["reviewer"])
    assert client.get(f"/schools/{city.two.code}/change/").status_code == 403


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_export_gives_what_the_filter_shows(city: SmallCity, kind: str) -> None:
    client = Client()
    client.force_login(city.users["district_admin"])
    response = client.get(f"/schools/?kind=primary&export={kind}")
    assert response.status_code == 200
    if kind == "csv":
        text = b"".join(response).decode("utf-8-sig")
        assert "云台小学" in text
        assert "城厢中学" not in text
