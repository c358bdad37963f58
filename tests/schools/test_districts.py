"""Districts and zones: the list of the city, set up, abolished with successors, many schools moved with one document."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from districts.models import Affiliation, District, Office, Role
from districts.services.districts import abolish_district, close_zone, open_district, rename_zone
from districts.services.units import add_zone
from portal.audit.models import Change
from portal.workflow.errors import DomainError
from schools.registry.models import School
from schools.registry.selectors.districts import list_moves
from schools.registry.services.moves import move_schools
from tests.support.city import SmallCity, make_office, make_school
from tests.support.scoping import INSIDE_DISTRICT, INSIDE_SCHOOL, ask_anonymous, ask_everybody

MOVED = date(2025, 11, 6)
DOCUMENT = "渝府发〔2025〕1号"


def _client(city: SmallCity, name: str) -> Client:
    client = Client()
    client.force_login(city.users[name])
    return client


# The list


def test_the_city_has_39_units_the_abolished_ones_and_its_own_schools(db: None) -> None:
    current = District.objects.filter(valid_to=None)
    assert current.filter(is_direct=False).count() == 39
    assert current.filter(code__regex=r"^\d{6}$").count() == 37
    assert set(current.filter(code__startswith="L-", is_direct=False).values_list("name", flat=True)) == {
        "重庆高新区", "万盛经开区",
    }  # fmt: skip
    assert current.get(is_direct=True).name == "市直属学校"
    past = {d.name: {s.name for s in d.successors.all()} for d in District.objects.exclude(valid_to=None)}
    assert past["江北区"] == {"两江新区"}
    assert past["渝北区"] == {"两江新区", "北碚区"}
    assert len(past) == 3


def test_every_row_of_the_reviewed_file_is_loaded(db: None) -> None:
    path = Path(__file__).resolve().parents[2] / "districts" / "data" / "districts.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["code"]: row for row in csv.DictReader(stream)}
    loaded = {d.code: d for d in District.objects.filter(is_direct=False)}
    assert set(loaded) == set(rows)
    for code, row in rows.items():
        found = loaded[code]
        assert (found.name, str(found.valid_from or ""), str(found.valid_to or "")) == (
            row["name_zh"], row["valid_from"], row["valid_to"],
        )  # fmt: skip


def test_the_page_shows_current_and_past(city: SmallCity) -> None:
    text = _client(city, "city_staff").get("/schools/districts/").content.decode()
    for name in ("巫溪县", "两江新区", "江北区", "市直属学校"):
        assert name in text
    own = _client(city, "district_admin").get("/schools/districts/").content.decode()
    assert "巫溪县" in own
    assert "江津区" not in own


@pytest.mark.parametrize("export", ["", "?export=xlsx", "?export=csv"])
def test_who_may_see_the_list(city: SmallCity, export: str) -> None:
    for answer in ask_everybody(city, f"/schools/districts/{export}"):
        nobody = answer.relation in ("expired office", "no office")
        assert answer.status == (403 if nobody else 200), answer
    assert ask_anonymous("/schools/districts/").status_code == 302


def test_who_may_see_a_district(city: SmallCity) -> None:
    answers = {a.relation: a.status for a in ask_everybody(city, f"/schools/districts/{city.wuxi.code}/")}
    assert {relation for relation, status in answers.items() if status == 200} == INSIDE_DISTRICT
    assert answers["other district"] == answers["own"] == 404


@pytest.mark.parametrize("page", ["", "change/", "move/", "merge/", "close/", "campuses/add/"])
def test_who_may_open_pages_of_a_school(city: SmallCity, page: str) -> None:
    answers = {a.relation: a.status for a in ask_everybody(city, f"/schools/{city.one.code}/{page}")}
    seen = INSIDE_SCHOOL if not page else {"parent administrator"}
    assert {relation for relation, status in answers.items() if status == 200} == seen
    for outsider in ("sibling", "other district", "child of another district"):
        assert answers[outsider] == 404


@pytest.mark.parametrize("page", ["zones/add/", "abolish/"])
def test_who_may_change_a_district(city: SmallCity, page: str) -> None:
    answers = {a.relation: a.status for a in ask_everybody(city, f"/schools/districts/{city.wuxi.code}/{page}")}
    allowed = {"parent administrator"} if page.startswith("zones") else set()
    assert {relation for relation, status in answers.items() if status == 200} == allowed
    assert _client(city, "city_admin").get(f"/schools/districts/{city.wuxi.code}/{page}").status_code == 200


# Districts come and go


def _open(city: SmallCity, by: str = "city_admin", **changes: object) -> District:
    given = {
        "code": "500199", "name": "试验区", "kind": "区", "region": "northeast", "on": MOVED,
        "predecessors": [city.wuxi], **changes,
    }  # fmt: skip
    return open_district(actor=city.users[by], scope=city.scope(by), **given)


def _abolish(city: SmallCity, district: District, by: str = "city_admin", **changes: object) -> District:
    given = {"on": MOVED, "successors": [city.jiangjin], **changes}
    return abolish_district(actor=city.users[by], scope=city.scope(by), district_id=district.pk, **given)


def test_a_district_becomes_another_one_with_all_its_schools(city: SmallCity) -> None:
    new = _open(city)
    assert new.short_name == "试验"
    with pytest.raises(DomainError, match="2 所学校"):
        _abolish(city, city.wuxi, successors=[new])
    move_schools(
        actor=city.users["city_admin"], scope=city.scope("city_admin"), school_ids=[city.one.pk, city.two.pk],
        district=new, on=MOVED, reason=DOCUMENT,
    )  # fmt: skip
    gone = _abolish(city, city.wuxi, successors=[new])
    assert gone.valid_to == MOVED
    assert list(gone.successors.all()) == [new]
    change = Change.objects.get(subject="districts.districtsuccession", unit_id=gone.pk)
    assert change.changes == {"from_district_id": [None, gone.pk], "to_district_id": [None, new.pk]}
    assert not Office.objects.filter(unit_id=city.wuxi.pk, valid_to=None).exists()
    page = _client(city, "city_admin").get(f"/schools/districts/{new.code}/").content.decode()
    assert "由 巫溪县 划入 2 所" in page
    assert DOCUMENT in page
    assert "巫溪县" in _client(city, "city_admin").get("/schools/districts/").content.decode()


@pytest.mark.parametrize("by", ["district_admin", "reviewer", "clerk", "city_staff", "inspector", "nobody"])
def test_only_the_city_keeps_the_list(city: SmallCity, by: str) -> None:
    for write in (lambda: _open(city, by), lambda: _abolish(city, city.wuxi, by)):
        with pytest.raises(DomainError) as refusal:
            write()
        assert refusal.value.code == "forbidden"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"successors": [], "on": date(2026, 1, 1)}, "successors"),
        ({"on": timezone.localdate() + timedelta(days=1)}, "date"),
        ({"on": MOVED}, "date"),
    ],
)
def test_an_abolition_is_refused(city: SmallCity, changes: dict[str, object], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        _abolish(city, _open(city), **changes)
    assert refusal.value.code == code


def test_a_taken_code_and_what_was_typed_come_back(city: SmallCity) -> None:
    client = _client(city, "city_admin")
    answer = client.post(
        "/schools/districts/add/",
        {"code": "500238", "name": "试验区", "kind": "区", "region": "northeast", "on": "2025-11-06"},
    )
    assert answer.status_code == 422
    assert "已被使用" in answer.content.decode()
    assert 'value="试验区"' in answer.content.decode()


# Zones


def test_zones_are_added_renamed_and_closed_by_the_district(city: SmallCity) -> None:
    client, path = _client(city, "district_admin"), f"/schools/districts/{city.wuxi.code}"
    assert "城厢片区" in client.post(f"{path}/zones/add/", {"name": "城厢片区"}, follow=True).content.decode()
    zone = city.wuxi.zones.get()
    assert client.post(f"{path}/zones/add/", {"name": "城厢片区"}).status_code == 422
    client.post(f"{path}/zones/{zone.code}/rename/", {"name": "西宁片区"})
    zone.refresh_from_db()
    assert (zone.name, zone.initials) == ("西宁片区", "xnpq")
    client.post(f"{path}/zones/{zone.code}/close/", {"on": str(timezone.localdate())})
    assert not city.wuxi.zones.filter(valid_to=None).exists()


def test_a_zone_with_schools_stays(city: SmallCity) -> None:
    given = {"actor": city.users["district_admin"], "scope": city.scope("district_admin")}
    zone = add_zone(district=city.wuxi, name="城厢片区", **given)
    move_schools(school_ids=[city.one.pk], district=city.wuxi, zone=zone, on=MOVED, **given)
    with pytest.raises(DomainError, match="1 所学校"):
        close_zone(zone_id=zone.pk, on=timezone.localdate(), **given)


@pytest.mark.parametrize("by", ["reviewer", "clerk", "other_reviewer", "city_staff"])
def test_nobody_else_touches_zones(city: SmallCity, by: str) -> None:
    zone = add_zone(actor=city.users["city_admin"], scope=city.scope("city_admin"), district=city.wuxi, name="城厢片区")
    with pytest.raises(DomainError) as refusal:
        rename_zone(actor=city.users[by], scope=city.scope(by), zone_id=zone.pk, name="x")
    assert refusal.value.code == "forbidden"


# Many schools at once


def test_all_move_or_none(city: SmallCity) -> None:
    late = make_school("5002380003", "新校", city.wuxi)
    Affiliation.objects.filter(unit_id=late.pk).update(valid_from=date(2026, 3, 1))
    with pytest.raises(DomainError, match="新校"):
        move_schools(
            actor=city.users["city_admin"], scope=city.scope("city_admin"),
            school_ids=[city.one.pk, city.two.pk, late.pk], district=city.jiangjin, on=MOVED, reason=DOCUMENT,
        )  # fmt: skip
    assert School.objects.filter(district=city.wuxi).count() == 3
    assert Affiliation.objects.filter(district=city.wuxi, valid_to=None).count() == 3


def test_the_number_of_queries_does_not_grow(city: SmallCity, django_assert_max_num_queries: object) -> None:
    pks = [make_school(f"50023801{n:02d}", f"第{n}小学", city.wuxi).pk for n in range(12)]
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        moved = move_schools(
            actor=city.users["city_admin"], scope=city.scope("city_admin"), school_ids=pks,
            district=city.jiangjin, on=MOVED, reason=DOCUMENT,
        )  # fmt: skip
    assert len(moved) == 12
    assert [(m.other, m.schools, m.came) for m in list_moves(city.jiangjin)] == [(city.wuxi, 12, True)]
    assert [(m.other, m.schools, m.came) for m in list_moves(city.wuxi)] == [(city.jiangjin, 12, False)]


def test_the_page_for_many(city: SmallCity) -> None:
    client, path = _client(city, "city_admin"), f"/schools/move/?district={city.wuxi.code}"
    assert "云台小学" in client.get(path).content.decode()
    given = {"district": city.jiangjin.pk, "on": "2025-11-06", "reason": DOCUMENT}
    refused = client.post(path, given)
    assert refused.status_code == 422
    assert "请在表里勾选" in refused.content.decode()
    without = client.post(path, {**given, "reason": "", "schools": [city.one.pk]})
    assert without.status_code == 422
    assert "依据" in without.content.decode()
    assert f'id="s{city.one.pk}" checked' in without.content.decode(), "the ticks come back"
    done = client.post(path, {**given, "schools": [city.one.pk, city.two.pk]}, follow=True)
    assert "已划转 2 所" in done.content.decode()
    city.one.refresh_from_db()
    assert city.one.location_district == city.jiangjin


def test_a_district_assigns_zones_but_gives_no_school_away(city: SmallCity) -> None:
    client = _client(city, "district_admin")
    zone = add_zone(
        actor=city.users["district_admin"], scope=city.scope("district_admin"), district=city.wuxi, name="城厢片区"
    )
    given = {"on": "2025-11-06", "schools": [city.one.pk, city.two.pk]}
    refused = client.post("/schools/move/", {**given, "district": city.jiangjin.pk, "reason": DOCUMENT})
    assert refused.status_code == 422
    client.post("/schools/move/", {**given, "district": city.wuxi.pk, "zone": zone.pk})
    assert zone.schools.count() == 2
    foreign = client.post("/schools/move/", {**given, "schools": [city.other.pk], "district": city.wuxi.pk})
    assert foreign.status_code == 422
    assert client.get(f"/schools/move/?district={city.jiangjin.code}").status_code == 404
    for name in ("reviewer", "clerk", "city_staff"):
        assert _client(city, name).get("/schools/move/").status_code == 403


def test_a_school_is_not_moved_into_what_no_longer_exists(city: SmallCity) -> None:
    with pytest.raises(DomainError) as refusal:
        move_schools(
            actor=city.users["city_admin"], scope=city.scope("city_admin"), school_ids=[city.one.pk],
            district=District.objects.get(code="500105"), on=date(2025, 1, 1), reason=DOCUMENT,
        )  # fmt: skip
    assert refusal.value.code == "abolished"


# The profile


def test_the_profile_tells_the_life_of_a_school(city: SmallCity) -> None:
    move_schools(
        actor=city.users["city_admin"], scope=city.scope("city_admin"), school_ids=[city.one.pk],
        district=city.jiangjin, on=MOVED, reason=DOCUMENT,
    )  # fmt: skip
    make_office(Role.SCHOOL_CLERK, city.one)
    text = _client(city, "city_admin").get(f"/schools/{city.one.code}/").content.decode()
    for words in ("登记，隶属 巫溪县", "由 巫溪县 划入 江津区", DOCUMENT, "学校党组织书记", "近期报送", "党组织"):
        assert words in text
