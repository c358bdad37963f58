"""The REST numbers: the same as on the pages, inside the scope, refused with a problem document when asked nonsense."""

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import date
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import Unit
from districts.services.units import add_zone
from portal.accounts.models import User
from reports.indicators.models import Indicator
from reports.indicators.selectors import list_programmes
from reports.rollup.models import Placement
from reports.rollup.services.marks import process_marks, rebuild
from schools.registry.models import School
from schools.registry.services.moves import move_school
from tests.support.api import Api
from tests.support.city import SmallCity, city_scope, make_office, make_school, report
from tests.support.standing import standing

CELLS = "/api/v1/statistics/cells/"


@standing
def reported(city: SmallCity) -> SmallCity:
    report("meeting", "2025Q1", city.one, city.users["clerk"], city.users["reviewer"], G05D=30, G05N=27, G01=9)
    report("meeting", "2025Q1", city.two, city.users["clerk_two"], city.users["reviewer"], G05D=90, G05N=45, G01=12)
    report("meeting", "2025Q1", city.other, city.users["other_clerk"], city.users["other_reviewer"], G05D=40, G05N=40)
    process_marks()
    return city


def test_a_cell_has_the_promised_shape(reported: SmallCity) -> None:
    answer = Api(reported, "api_client").get(f"{CELLS}?indicator=G05&unit=500238&period=2025Q1").json()
    (row,) = answer["results"]
    assert answer["next"] is None
    assert row["indicator"] == "G05"
    assert row["period"] == "2025Q1"
    assert row["unit"] == {"code": "500238", "name": "巫溪县", "level": "district", "district": "500238"}
    assert (row["value"], row["numerator"], row["denominator"]) == (60, 72, 120)
    assert (row["reported"], row["expected"], row["slice"]) == (2, 2, "all")
    assert row["as_of"]


def test_lists_in_every_filter_and_schools_as_rows(reported: SmallCity) -> None:
    api = Api(reported, "api_client")
    rows = api.get(f"{CELLS}?indicator=G01,G02&level=district,city&period=2025Q1,2025&slice=all").json()["results"]
    assert {r["indicator"] for r in rows} == {"G01", "G02"}
    assert {r["period"] for r in rows} == {"2025Q1", "2025"}
    schools = api.get(f"{CELLS}?indicator=G01&level=school&period=2025Q1").json()["results"]
    assert {r["unit"]["name"]: r["value"] for r in schools} == {"云台小学": 9, "城厢中学": 12, "聚奎中学": 0}


def units_of(answer) -> set[str]:
    assert answer.status_code == 200, answer.content
    return {row["unit"]["code"] for row in answer.json()["results"]}


def test_a_unit_stands_for_what_lies_within_it_when_a_deeper_level_is_asked_for(reported: SmallCity) -> None:
    near = add_zone(actor=User(), scope=city_scope(), district=reported.wuxi, name="城厢片区")
    Placement.objects.filter(school=reported.one).update(zone=near)
    School.objects.filter(pk=reported.one.pk).update(zone=near)
    rebuild()
    api = Api(reported, "api_client")
    schools = f"{CELLS}?indicator=G01&period=2025Q1&level=school&unit="
    assert units_of(api.get(schools + "500238")) == {"5002380001", "5002380002"}
    assert units_of(api.get(schools + "500238&boundaries=current")) == {"5002380001", "5002380002"}
    assert units_of(api.get(schools + near.code)) == {"5002380001"}
    assert units_of(api.get(schools + near.code + "&boundaries=current")) == {"5002380001"}
    assert units_of(api.get(schools + "500116,5002380002")) == {"5001160001", "5002380002"}
    assert units_of(api.get(schools + "500000")) == {"5001160001", "5002380001", "5002380002"}
    assert units_of(api.get(schools + "500101")) == set(), "a district without schools"
    above = f"{CELLS}?indicator=G01&period=2025Q1&unit=500000&level="
    assert units_of(api.get(above + "city")) == {"500000"}
    assert units_of(api.get(above + "district")) == {"500116", "500238"}
    assert units_of(api.get(above + "city,district")) == {"500000", "500116", "500238"}
    zones = f"{CELLS}?indicator=G01&period=2025Q1&level=zone&unit="
    assert units_of(api.get(zones + "500238")) == {near.code}
    assert units_of(api.get(zones + "500116")) == set()
    assert units_of(api.get(zones.replace("zone", "district,zone") + "500238")) == {"500238", near.code}


def test_what_lies_within_a_unit_is_what_the_office_sees_of_it(reported: SmallCity) -> None:
    schools = f"{CELLS}?indicator=G01&period=2025Q1&level=school&unit="
    assert units_of(Api(reported, "reviewer").get(schools + "500238")) == {"5002380001", "5002380002"}
    for name, unit in (("reviewer", "500116"), ("reviewer", "500000"), ("clerk", "500238"), ("clerk", "5002380002")):
        answer = Api(reported, name).get(schools + unit)
        assert (answer.status_code, answer.json()["parameter"]) == (400, "unit"), (name, unit)


def test_a_moved_school_lies_in_the_district_of_the_boundaries_asked_for(reported: SmallCity) -> None:
    move_school(
        actor=User(), scope=city_scope(), school_id=reported.two.pk, district=reported.jiangjin, on=date(2026, 1, 1),
        reason="区划调整",
    )  # fmt: skip
    process_marks()
    url = f"{CELLS}?indicator=G01&period=2025Q1&level=school&unit=500116&boundaries="
    assert units_of(Api(reported, "api_client").get(url + "period")) == {"5001160001"}
    assert units_of(Api(reported, "api_client").get(url + "current")) == {"5001160001", "5002380002"}


def test_members_of_a_cell_are_chosen(reported: SmallCity) -> None:
    url = f"{CELLS}?indicator=G01&level=district&period=2025Q1&unit=500238&fields="
    api = Api(reported, "api_client")
    assert api.get(url + "unit,value").json()["results"] == [
        {"unit": {"code": "500238", "name": "巫溪县", "level": "district", "district": "500238"}, "value": 21}
    ]
    text = b"".join(api.get(url + "value,unit&format=csv")).decode("utf-8-sig")
    assert text.splitlines() == ["unit,name,level,district,value", "500238,巫溪县,district,500238,21"]
    unknown = api.get(url + "value,colour")
    assert (unknown.status_code, unknown.json()["parameter"]) == (400, "fields")


def test_pages_by_cursor_give_every_row_once(reported: SmallCity) -> None:
    api = Api(reported, "api_client")
    url = f"{CELLS}?indicator=G01,G02,G05&level=district,city&period=2025Q1&limit=2"
    whole = api.get(url.replace("limit=2", "limit=5000")).json()["results"]
    found, pages = [], 0
    while url:
        answer = api.get(url).json()
        found += answer["results"]
        url, pages = answer["next"], pages + 1
    assert found == whole
    assert pages > 3


def test_csv_streams_the_same_rows(reported: SmallCity) -> None:
    response = Api(reported, "api_client").get(f"{CELLS}?indicator=G01&level=district&period=2025Q1&format=csv")
    assert response.streaming
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert {row["unit"]: row["value"] for row in rows if row["value"]} == {"500116": "0", "500238": "21"}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("indicator=G05&period=20x4", "period"),
        ("indicator=G05&period=", "period"),
        ("indicator=NOPE&period=2025Q1", "indicator"),
        ("period=2025Q1", "indicator"),
        ("indicator=G05&period=2025Q1&unit=999999", "unit"),
        ("indicator=G05&period=2025Q1&limit=-1", "limit"),
        ("indicator=G05&period=2025Q1&limit=0", "limit"),
        ("indicator=G05&period=2025Q1&limit=5001", "limit"),
        ("indicator=G05&period=2025Q1&limit=ten", "limit"),
        ("indicator=G05&period=2025Q1&cursor=rubbish", "cursor"),
        ("indicator=G05&period=2025Q1&level=planet", "level"),
        ("indicator=G05&period=2025Q1&slice=moon:full", "slice"),
        ("indicator=G05&period=2025Q1&boundaries=then", "boundaries"),
        ("indicator=G05&period=2025Q1&format=pdf", "format"),
        ("indicator=G05&period=2025Q1&colour=red", "colour"),
        ("indicator=G05%00&period=2025Q1", "indicator"),
        ("indicator=G05&period=2025Q1&unit=" + ",".join(f"{n:06d}" for n in range(5000)), "unit"),
        ("indicator=G05&indicator=G01&period=2025Q1&limit=1&limit=2", "limit"),
    ],
)
def test_nonsense_is_named(reported: SmallCity, query: str, parameter: str) -> None:
    response = Api(reported, "api_client").get(f"{CELLS}?{query}")
    assert response.status_code == 400, response.content[:300]
    assert response.headers["Content-Type"].startswith("application/problem+json")
    problem = response.json()
    assert problem["parameter"] == parameter
    assert problem["detail"]


@pytest.mark.parametrize("path", ["units/", "indicators/", "periods/", "forms/", "returns/"])
@pytest.mark.parametrize("query", ["limit=-1", "cursor=x", "nonsense=1", "fields=nothing", "limit=1%00"])
def test_every_list_refuses_nonsense(city: SmallCity, path: str, query: str) -> None:
    response = Api(city, "api_client").get(f"/api/v1/{path}?{query}")
    assert response.status_code == 400
    assert response.json()["parameter"] == query.split("=")[0]


@pytest.mark.parametrize(
    ("path", "parameter", "known"),
    [
        ("returns", "form", "meeting"), ("returns", "period", "2025Q1"), ("returns", "school", "5002380001"),
        ("returns", "district", "500116"), ("units", "code", "500238"), ("units", "district", "500238"),
        ("indicators", "code", "L03"), ("indicators", "programme", "leaders"), ("periods", "code", "2025Q1"),
    ],
)  # fmt: skip
def test_a_code_that_no_list_knows_is_refused_by_name(city: SmallCity, path: str, parameter: str, known: str) -> None:
    """An empty answer would look like "nothing there", where a letter was wrong."""
    api = Api(city, "api_client")
    if parameter == "programme":
        known = next(code for code, _name in list_programmes())
    assert api.get(f"/api/v1/{path}/?{parameter}={known}").status_code == 200
    for typed in ("20x4", f"{known},20x4"):
        refused = api.get(f"/api/v1/{path}/?{parameter}={typed}")
        assert (refused.status_code, refused.json()["parameter"]) == (400, parameter)
        assert "20x4" in refused.json()["detail"]


def test_a_school_outside_the_scope_is_as_unknown_as_one_that_does_not_exist(city: SmallCity) -> None:
    refused = Api(city, "clerk").get(f"/api/v1/returns/?school={city.two.code}")
    assert (refused.status_code, refused.json()["parameter"]) == (400, "school")
    assert Api(city, "clerk").get(f"/api/v1/returns/?school={city.one.code}&district=500238").status_code == 200


def test_the_scope_is_that_of_the_office(reported: SmallCity) -> None:
    query = "?indicator=G01&level=school&period=2025Q1"
    names = {r["unit"]["name"] for r in Api(reported, "reviewer").get(CELLS + query).json()["results"]}
    assert names == {"云台小学", "城厢中学"}
    assert {r["unit"]["name"] for r in Api(reported, "clerk").get(CELLS + query).json()["results"]} == {"云台小学"}
    foreign = Api(reported, "reviewer").get(f"{CELLS}?indicator=G01&unit=500116&period=2025Q1")
    assert foreign.status_code == 400 or foreign.json()["results"] == []
    city_cells = Api(reported, "reviewer").get(f"{CELLS}?indicator=G01&level=city&period=2025Q1").json()
    assert city_cells["results"] == []


@pytest.mark.parametrize("path", ["units/", "returns/", "statistics/cells/?indicator=G01&period=2025Q1", "forms/"])
def test_without_a_token_there_is_nothing(reported: SmallCity, path: str) -> None:
    response = Client().get(f"/api/v1/{path}")
    assert response.status_code == 401
    assert response.headers["Content-Type"].startswith("application/problem+json")
    wrong = Client().get(f"/api/v1/{path}", headers={"Authorization": "Token 0123"})
    assert wrong.status_code == 401


def test_an_unchanged_answer_is_304(reported: SmallCity) -> None:
    api = Api(reported, "api_client")
    url = f"{CELLS}?indicator=G01&level=district&period=2025Q1"
    first = api.get(url)
    again = api.get(url, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    report("meeting", "2025Q2", reported.one, reported.users["clerk"], reported.users["reviewer"], G01=5)
    process_marks()
    assert api.get(url, **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    other = url.replace("2025Q1", "2025")
    assert api.get(other, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def rename_unit() -> None:
    Unit.objects.filter(code="500238").update(name="巫溪新县")


def rename_indicator() -> None:
    Indicator.objects.filter(code="G05").update(code="G05X")


def hide_more() -> None:
    Indicator.objects.filter(code__in=["G05", "G05D", "G05N"]).update(counts_persons=True)


def approve_more(city: SmallCity) -> None:
    three = make_school("5002380096", "凤凰小学", city.wuxi)
    clerk = make_office("school_clerk", Unit.objects.get(pk=three.pk)).user
    report("meeting", "2025Q1", three, clerk, city.users["reviewer"], G05D=4, G05N=2)
    process_marks()


@pytest.mark.parametrize("change", [rename_unit, rename_indicator, hide_more, approve_more])
def test_an_answer_is_kept_only_while_nothing_behind_it_changes(
    reported: SmallCity, change: Callable[..., None]
) -> None:
    api = Api(reported, "api_client")
    url = f"{CELLS}?indicator=G05&level=district&period=2025Q1"
    first = api.get(url)
    with CaptureQueriesContext(connection) as queries:
        again = api.get(url)
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])
    assert not [q for q in queries if "FROM rollup_cell" in q["sql"]], "kept, and not read again"
    change(*[reported] if change is approve_more else [])
    later = api.get(url, **{"If-None-Match": first.headers["ETag"]})
    assert (later.status_code, later.content != first.content) == (400 if change is rename_indicator else 200, True)


def test_what_is_kept_for_one_is_not_shown_to_another(reported: SmallCity) -> None:
    url = f"{CELLS}?indicator=G01&level=district&period=2025Q1"
    seen = {
        name: {row["unit"]["code"] for row in Api(reported, name).get(url).json()["results"]}
        for name in ("api_client", "reviewer", "other_reviewer", "clerk", "api_client")
    }
    assert seen == {
        "api_client": {"500238", "500116"}, "reviewer": {"500238"}, "other_reviewer": {"500116"}, "clerk": set(),
    }  # fmt: skip


def test_fields_are_chosen(city: SmallCity) -> None:
    rows = Api(city, "api_client").get("/api/v1/units/?level=district&fields=code,name&limit=3").json()["results"]
    assert all(set(row) == {"code", "name"} for row in rows)
    assert len(rows) == 3


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"form": 1}', '{"form": "meeting", "period": "x", "school": "x"}', '"\\u0000"']
)
def test_a_broken_body_is_a_problem(city: SmallCity, body: str) -> None:
    response = Client().post(
        "/api/v1/returns/", body, content_type="application/json", headers=Api(city, "clerk").headers
    )
    assert response.status_code in (400, 404, 422)
    assert response.headers["Content-Type"].startswith("application/problem+json")


def test_few_persons_are_not_shown_outside_their_district(city: SmallCity) -> None:
    people = {"X03": 50, "X04": 30, "P01": 10, "P02": 6, "L01": 1}
    for number, full in ((1, 3), (2, 40), (3, 50)):
        school = make_school(f"50011600{number + 10}", f"江边{number}小学", city.jiangjin)
        clerk = _clerk(school)
        report(
            "base",
            "2025-12-31",
            school,
            clerk,
            city.users["other_reviewer"],
            **{**people, "X01": full, "X02": 0, "X04": 3, "P02": 2},
        )
    process_marks()
    query = f"{CELLS}?indicator=X01&level=school&period=2025-12-31&unit=5001160011,5001160012,5001160013"
    from_outside = {r["unit"]["code"]: r for r in Api(city, "api_client").get(query).json()["results"]}
    assert from_outside["5001160011"]["value"] is None
    assert from_outside["5001160011"]["suppressed"] is True
    assert from_outside["5001160012"]["value"] is None, "else the difference to the total would tell"
    assert from_outside["5001160013"]["value"] == 50
    inside = {r["unit"]["code"]: r["value"] for r in Api(city, "other_reviewer").get(query).json()["results"]}
    assert inside == {"5001160011": 3, "5001160012": 40, "5001160013": 50}


def _clerk(school: object):
    from districts.models import Role
    from tests.support.city import make_office

    return make_office(Role.SCHOOL_CLERK, school).user


def test_the_schema_is_served_and_names_the_routes(city: SmallCity) -> None:
    text = Client().get("/api/v1/schema/").content.decode()
    for path in ("statistics/cells", "units", "indicators", "periods", "forms", "returns"):
        assert f"/api/v1/{path}/" in text


def test_the_documentation_loads_nothing_from_elsewhere(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["api_client"])
    page = client.get("/api/v1/docs/").content.decode()
    assert "https://" not in page.replace("https://www.w3.org", "")


def test_the_number_of_queries_does_not_grow(reported: SmallCity) -> None:
    api = Api(reported, "api_client")

    def queries(limit: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert (
                api.get(f"{CELLS}?indicator=G01,G02,G05&level=district&period=2025Q1&limit={limit}").status_code == 200
            )
        return len(seen)

    assert queries(1) == queries(1000)


def test_too_many_requests_are_told_to_wait(city: SmallCity, settings) -> None:
    settings.API_REQUESTS_PER_HOUR = 3
    api = Api(city, "api_client")
    # What is counted is the hour of the clock: none begins between two of them.
    with time_machine.travel(timezone.now(), tick=False):
        answers = [api.get("/api/v1/periods/?limit=1") for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_name_with_every_character_is_searched(city: SmallCity) -> None:
    rows = Api(city, "api_client").get(f"/api/v1/units/?q={quote('聚奎')}").json()["results"]
    assert [row["name"] for row in rows] == ["聚奎中学"]


def test_csv_of_any_length_takes_the_memory_of_one_page(reported: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.statistics.api.CSV_PAGE", 500)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rollup_cell (period_id, boundaries, unit_id, indicator_id, slice, value, qualifier, reported, "
            "expected) SELECT p.id, 0, d.unit_id, i.id, 'all', 1, 0, 1, 1 FROM indicators_period p, districts_district d, "
            "indicators_indicator i WHERE p.kind = 'M' AND p.start >= '2023-01-01' AND i.code IN ('L08', 'Q02', 'G13', 'X15')"
        )
    api = Api(reported, "api_client")

    def peak(months: int) -> tuple[int, int]:
        periods = ",".join(f"{2023 + n // 12}M{n % 12 + 1:02d}" for n in range(months))
        response = api.get(f"{CELLS}?indicator=L08,Q02,G13,X15&level=district&period={periods}&format=csv")
        tracemalloc.start()
        lines = sum(chunk.count(b"\n") for chunk in response.streaming_content)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return lines, most

    few_lines, few = peak(6)
    many_lines, many = peak(60)
    assert many_lines > 9 * few_lines
    # What is waiting for the garbage collector is in it too; ten times the lines would need ten times the memory.
    assert many < 3 * few
