"""Lists in pages: every row once, whatever is added meanwhile; the same bytes are not sent twice."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tests.support.api import Api
from tests.support.city import SmallCity, make_school, open_form

LISTS = ["units/", "indicators/", "periods/", "forms/", "returns/"]


def read_all(api: Api, url: str, meanwhile=lambda page: None) -> list[dict[str, object]]:
    rows, page = [], 0
    while url:
        answer = api.get(url).json()
        rows += answer["results"]
        meanwhile(page)
        url, page = answer["next"], page + 1
    return rows


@pytest.mark.parametrize("path", LISTS)
def test_pages_together_are_the_whole_list(city: SmallCity, path: str) -> None:
    open_form("meeting", "2026Q1", city.one)
    api = Api(city, "api_client")
    size = {"forms/": 2, "returns/": 2}.get(path, 37)
    assert read_all(api, f"/api/v1/{path}?limit={size}") == read_all(api, f"/api/v1/{path}?limit=5000")


def test_rows_added_and_removed_meanwhile_neither_repeat_nor_lose_others(city: SmallCity) -> None:
    api = Api(city, "reviewer")
    for number in range(10, 20):
        make_school(f"50023800{number}", f"村{number}小学", city.wuxi)
    before = {row["code"] for row in read_all(api, "/api/v1/units/?limit=3")}

    def insert(page: int) -> None:
        make_school(f"5002380{page:03d}0", f"前{page}小学", city.wuxi)
        make_school(f"5002389{page:03d}0", f"后{page}小学", city.wuxi)

    codes = [
        row["code"]
        for row in read_all(api, "/api/v1/units/?limit=3&level=school", lambda page: insert(page) if page < 5 else None)
    ]
    assert len(codes) == len(set(codes))
    assert {code for code in before if len(code) == 10} <= set(codes)


@pytest.mark.parametrize("path", [*LISTS, "units/?limit=1", "schema/", "tokens/current/"])
def test_an_unchanged_answer_is_304(city: SmallCity, path: str) -> None:
    """Also some seconds later, and with a `next` in it."""
    api = Api(city, "api_client")
    with time_machine.travel(timezone.now() - timedelta(seconds=5), tick=False):
        first = api.get(f"/api/v1/{path}")
    again = api.get(f"/api/v1/{path}", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert api.get(f"/api/v1/{path}", **{"If-None-Match": '"another"'}).status_code == 200


def test_a_page_of_another_person_is_not_taken_from_a_cache(city: SmallCity) -> None:
    answer = Api(city, "reviewer").get("/api/v1/units/")
    assert "private" in answer.headers["Cache-Control"]
    assert {"Authorization", "Cookie"} <= {name.strip() for name in answer.headers["Vary"].split(",")}


def test_filters_narrow(city: SmallCity) -> None:
    api = Api(city, "api_client")
    open_form("meeting", "2026Q1", city.one)

    def codes(url: str, name: str = "code") -> list[object]:
        return [row[name] for row in read_all(api, f"/api/v1/{url}")]

    assert codes("units/?code=500238,5002380001") == ["500238", "5002380001"]
    assert codes("units/?district=500116&level=school") == ["5001160001"]
    assert "500105" in codes("units/?valid_on=2025-01-01&level=district")
    assert "500105" not in codes("units/?valid_on=2026-01-01&level=district")
    assert codes("indicators/?code=L08&fields=code") == ["L08"]
    assert set(codes("indicators/?aggregation=dist")) == {"X11"}
    assert codes("indicators/?programme=dual_leader")[0] == "L01"
    assert codes("periods/?kind=Y&code=2024,2025") == ["2024", "2025"]
    assert codes("returns/?district=500238&form=meeting", "school") == ["5002380001", "5002380002"]
    assert codes("returns/?status=approved") == []


def test_a_browser_session_needs_the_csrf_token_to_write(city: SmallCity) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(city.users["clerk"])
    refused = client.post("/api/v1/returns/", {}, content_type="application/json")
    assert refused.status_code == 403
    assert refused.json()["status"] == 403
