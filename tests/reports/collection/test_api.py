"""Returns over REST: the same rules as on the pages, the same scope, and nobody writes over what he has not seen."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from reports.collection.models import Return, ReturnStatus, Value
from reports.indicators.models import Origin
from tests.support.api import Api
from tests.support.city import SmallCity, approve, fill, open_form, submit
from tests.support.scoping import INSIDE_SCHOOL, RELATIONS, ask_everybody
from tests.support.standing import standing

RETURNS = "/api/v1/returns/"
NEW = {"form": "meeting", "period": "2026Q1"}


@standing
def record(city: SmallCity) -> Return:
    return open_form("meeting", "2026Q1", city.one)


def typed(record: Return) -> list[str]:
    fields = record.form.fields.filter(indicator__origin=Origin.REPORTED, required=True)
    return list(fields.values_list("indicator__code", flat=True))


def url(record: Return, step: str = "") -> str:
    return f"{RETURNS}{record.pk}/{step}"


def test_a_school_creates_fills_and_submits_through_the_api(city: SmallCity) -> None:
    record = open_form("meeting", "2026Q1", city.one)
    api = Api(city, "clerk")
    codes = [f.indicator.code for f in record.form.fields.select_related("indicator")]
    made = api.send("post", "/api/v1/returns/", {"form": "meeting", "period": "2026Q1", "school": city.one.code})
    assert made.status_code == 201
    refused = api.send("patch", f"/api/v1/returns/{record.pk}/", {"values": {"G05D": 10, "G05N": 11}})
    assert refused.status_code == 422
    assert "不能大于" in refused.json()["errors"]["G05N"]
    stored = api.send("patch", f"/api/v1/returns/{record.pk}/", {"values": dict.fromkeys(codes, 4)})
    assert stored.status_code == 200
    version = stored.json()["lock_version"]
    assert (
        api.send("post", f"/api/v1/returns/{record.pk}/submit/", {"lock_version": version}).json()["status"]
        == "submitted"
    )
    stale = api.send("post", f"/api/v1/returns/{record.pk}/submit/", {"lock_version": 77})
    assert stale.status_code == 409
    assert Api(city, "clerk_two").get(f"/api/v1/returns/{record.pk}/").status_code == 404
    assert Api(city, "reviewer").send("patch", f"/api/v1/returns/{record.pk}/", {"values": {}}).status_code == 403


@pytest.mark.parametrize("method", ["get", "patch", "post"])
def test_who_may_open_a_return(city: SmallCity, record: Return, method: str) -> None:
    """Reading inside the scope, writing only for the school's own offices; for everybody else it does not exist."""
    address = url(record, "submit/") if method == "post" else url(record)
    for answer in ask_everybody(city, address, method=method, data={"lock_version": "0"} if method == "post" else {}):
        if answer.relation == "expired office" or answer.relation == "no office":
            wanted = {403}
        elif answer.relation not in INSIDE_SCHOOL:
            wanted = {404}
        elif method == "get" or answer.relation.startswith("own"):
            wanted = {200, 422}
        else:
            wanted = {403}
        assert answer.status in wanted, (answer, method)


def test_who_finds_the_return_in_the_list(city: SmallCity, record: Return) -> None:
    for relation, name in RELATIONS.items():
        client = Client()
        client.force_login(city.users[name])
        response = client.get(f"{RETURNS}?school={city.one.code}")
        found = [row["id"] for row in response.json().get("results", [])]
        assert found == ([record.pk] if relation in INSIDE_SCHOOL else []), relation


@pytest.mark.parametrize(("name", "status"), [("clerk", 201), ("clerk_two", 404), ("other_reviewer", 404)])
def test_who_may_open_a_new_return(city: SmallCity, record: Return, name: str, status: int) -> None:
    made = Api(city, name).send("post", RETURNS, {**NEW, "school": city.one.code})
    assert made.status_code == status


def test_a_reviewer_does_not_make_a_return_that_is_not_there(city: SmallCity) -> None:
    answer = Api(city, "reviewer").send("post", RETURNS, {**NEW, "school": city.one.code})
    assert answer.status_code in (403, 422)
    assert not Return.objects.exists()


def test_a_closed_window_refuses_writing_but_not_reading(city: SmallCity, record: Return) -> None:
    Return.objects.update(closes_on=timezone.localdate() - timedelta(days=1))
    api = Api(city, "clerk")
    refused = api.send("patch", url(record), {"values": {"G01": 3}})
    assert (refused.status_code, refused.json()["code"]) == (409, "locked")
    late = api.send("post", url(record, "submit/"), {"lock_version": 0})
    assert (late.status_code, late.json()["code"]) == (409, "locked")
    assert api.get(url(record)).status_code == 200
    assert not Value.objects.filter(number__isnull=False).exists()


def test_what_is_missing_is_named_on_submitting(city: SmallCity, record: Return) -> None:
    answer = Api(city, "clerk").send("post", url(record, "submit/"), {"lock_version": record.lock_version})
    assert (answer.status_code, answer.json()["code"]) == (422, "incomplete")
    assert set(answer.json()["cells"]) == set(typed(record))
    record.refresh_from_db()
    assert record.status == ReturnStatus.DRAFT


def test_submitting_twice_is_one_submission(city: SmallCity, record: Return) -> None:
    fill(record, city.users["clerk"])
    api, version = Api(city, "clerk"), {"lock_version": record.lock_version}
    first, again = (api.send("post", url(record, "submit/"), version) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()


def test_an_approved_return_is_closed(city: SmallCity, record: Return) -> None:
    fill(record, city.users["clerk"])
    submit(record, city.users["clerk"])
    approve(record, city.users["reviewer"])
    refused = Api(city, "clerk").send("patch", url(record), {"values": {"G01": 3}})
    assert (refused.status_code, refused.json()["code"]) == (409, "locked")


def test_who_has_not_seen_the_latest_does_not_write_over_it(city: SmallCity, record: Return) -> None:
    clerk, secretary = Api(city, "clerk"), Api(city, "secretary")
    seen = clerk.get(url(record)).headers["ETag"]
    assert secretary.send("patch", url(record), {"values": {"G01": 7}}).status_code == 200
    refused = clerk.send("patch", url(record), {"values": {"G01": 9}}, **{"If-Match": seen})
    assert (refused.status_code, refused.json()["code"]) == (412, "changed")
    assert Value.objects.get(return_record=record, indicator__code="G01").number == 7
    seen = clerk.get(url(record)).headers["ETag"]
    assert clerk.send("patch", url(record), {"values": {"G01": 9}}, **{"If-Match": seen}).status_code == 200


def test_a_return_that_moved_on_is_refused_by_its_version(city: SmallCity, record: Return) -> None:
    answer = Api(city, "clerk").send("patch", url(record), {"values": {"G01": 9}, "lock_version": 5})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert not Value.objects.filter(return_record=record, number__isnull=False).exists()


def test_fields_of_a_single_return_are_chosen(city: SmallCity, record: Return) -> None:
    answer = Api(city, "clerk").get(f"{url(record)}?fields=status,values").json()
    assert set(answer) == {"status", "values"}
    assert answer["values"]["G01"]["open"] is True


@pytest.mark.parametrize(
    ("name", "sees"), [("clerk", True), ("reviewer", True), ("city_staff", False), ("api_client", False)]
)
def test_members_of_a_school_are_not_read_from_its_return_outside_the_district(
    city: SmallCity, name: str, sees: bool
) -> None:
    base = open_form("base", "2025-12-31", city.one)
    fill(base, city.users["clerk"], X01=3, X03=20)
    cells = Api(city, name).get(url(base)).json()["values"]
    assert cells["X03"]["text"] == "20"
    assert cells["X01"]["text"] == ("3" if sees else "")
    client = Client()
    client.force_login(city.users[name])
    page = client.get(f"/returns/{base.pk}/?cell=X01").content.decode()
    assert ("只在区县内可见" in page) is not sees
