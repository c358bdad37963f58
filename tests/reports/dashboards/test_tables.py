"""Every part of a page as a table and as a file."""

import io
import re
from html import unescape

import openpyxl
import pytest

from tests.reports.dashboards.conftest import Opens

STATE = "?period=2026Q2&indicator=G03"
CITY = ("attention", "cards", "children", "figures", "progress", "trend")
DISTRICT = (*CITY, "distance", "schools")


def csv_of(opens: Opens, name: str, path: str, who: str = "city_staff") -> list[str]:
    response = opens(who).get(f"/dashboard/table/{path}/{name}/{STATE}&export=csv")
    assert response.status_code == 200, (name, response.status_code)
    return b"".join(response).decode("utf-8-sig").splitlines()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CITY)
def test_parts_of_the_city_are_tables_and_files(opens: Opens, name: str) -> None:
    check_part(opens, name, "city/500000")


@pytest.mark.parametrize("name", DISTRICT)
def test_parts_of_a_district_are_tables_and_files(opens: Opens, name: str) -> None:
    check_part(opens, name, "district/500238")


def check_part(opens: Opens, name: str, path: str) -> None:
    page = opens("city_staff").get(f"/dashboard/table/{path}/{name}/{STATE}")
    assert page.status_code == 200
    assert "导出时间" in page.content.decode()
    lines = csv_of(opens, name, path)
    book = openpyxl.load_workbook(
        io.BytesIO(opens("city_staff").get(f"/dashboard/table/{path}/{name}/{STATE}&export=xlsx").content)
    )
    rows = [[cell for cell in row if cell is not None] for row in book.active.iter_rows(values_only=True)]
    assert any("2026年二季度" in str(row) for row in rows[:3])
    head = next(row for row in rows if len(row) > 1)
    assert lines[0].split(",")[: len(head)] == head


def test_a_file_carries_values_school_counts_dates_and_the_definition(opens: Opens) -> None:
    lines = csv_of(opens, "children", "city/500000")
    wuxi = next(line for line in lines if line.startswith("500238"))
    assert wuxi.startswith("500238,巫溪县,95.2,,20.0000,21.0000,2,2,202")
    assert any(line.startswith("G03 三会一课达标率（%）：") for line in lines)


def test_a_file_shows_what_the_filter_shows(opens: Opens) -> None:
    url = f"/dashboard/table/district/500238/schools/{STATE}&q=城厢&export=csv"
    text = b"".join(opens("reviewer").get(url)).decode()  # type: ignore[arg-type]
    assert "城厢中学" in text
    assert "云台小学" not in text


def test_a_file_says_no_more_than_the_page(opens: Opens) -> None:
    assert (
        opens("other_reviewer").get(f"/dashboard/table/district/500238/schools/{STATE}&export=csv").status_code == 404
    )
    assert opens("clerk").get(f"/dashboard/table/district/500238/children/{STATE}&export=xlsx").status_code == 404


@pytest.mark.parametrize("path", ["city/500000/nothing", "school/5002380001/schools", "city/500000/zones"])
def test_a_part_that_is_not_there_is_not_found(opens: Opens, path: str) -> None:
    response = opens("city_staff").get(f"/dashboard/table/{path}/{STATE}")
    assert response.status_code in (404,)


@pytest.mark.parametrize(
    "path", ["city/", "district/500238/", "school/5002380001/", "drill/school/5002380001/", "drill/city/500000/"]
)
def test_a_page_offers_no_file_that_is_not_there(opens: Opens, path: str) -> None:
    client = opens("city_staff")
    page = client.get(f"/dashboard/{path}{STATE}").content.decode()
    offered = {unescape(found) for found in re.findall(r'href="(/dashboard/table/[^"]*export=csv[^"]*)"', page)}
    assert bool(offered) == (path != "drill/school/5002380001/")
    for address in offered:
        assert client.get(address).status_code == 200, address
