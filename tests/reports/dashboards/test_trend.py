"""The line over time: where a definition changed it is broken, and the page says what changed."""

import json
import re
from datetime import date
from typing import Any

import pytest

from districts.models import City
from reports.indicators.models import DefinitionChange, Indicator, Period
from reports.rollup.models import Placement
from tests.support.city import SmallCity
from tests.support.standing import standing

from .test_parts import STATE, page, put

pytestmark = pytest.mark.usefixtures("four_quarters")
PERIODS = ("2025Q3", "2025Q4", "2026Q1", "2026Q2")
NAMES = ["2025年三季度", "2025年四季度", "2026年一季度", "2026年二季度"]


@standing
def four_quarters(city: SmallCity) -> None:
    for number, code in enumerate(PERIODS):
        put(City.objects.get(), 90 + number, period=code)
        put(city.wuxi, 80 + number, period=code)
        Placement.objects.create(
            period=Period.objects.get(code=code), school=city.one, district=city.wuxi, kind="primary", area_type="town",
            ownership="public",
        )  # fmt: skip


def change(day: date, field: str = "definition", code: str = "G03") -> None:
    DefinitionChange.objects.create(
        indicator=Indicator.objects.get(code=code), field=field, old="旧", new="新", effective_from=day
    )


def chart_of(city: SmallCity, unit: str = "district/500238") -> dict[str, Any]:
    found = re.search(
        r'<script id="trend-data" type="application/json">(.*?)</script>', page(city, f"/dashboard/{unit}/{STATE}")
    )
    assert found
    return json.loads(found[1])


def lines(chart: dict[str, Any]) -> dict[str, list[float | None]]:
    return {line["look"]: line["values"] for line in chart["series"]}


def test_without_a_change_the_line_is_whole(city: SmallCity) -> None:
    chart = chart_of(city)
    assert chart["labels"] == NAMES
    assert lines(chart) == {"unit": [80, 81, 82, 83], "city": [90, 91, 92, 93]}


def test_a_change_breaks_every_line_before_the_first_period_that_it_holds_for(city: SmallCity) -> None:
    change(date(2026, 2, 1))
    chart = chart_of(city)
    assert chart["labels"] == [*NAMES[:2], "口径变更", *NAMES[2:]]
    assert lines(chart) == {"unit": [80, 81, None, 82, 83], "city": [90, 91, None, 92, 93]}
    # Nothing in the picture joins over a gap, and the first and last figures are still told to those who do not see it.
    assert "82" not in chart["summary"]
    assert NAMES[0] in chart["summary"]
    assert NAMES[3] in chart["summary"]


def test_two_fields_changed_on_one_day_break_it_once_and_two_days_twice(city: SmallCity) -> None:
    for field in ("definition", "unit_of_measure"):
        change(date(2026, 2, 1), field)
    assert chart_of(city)["labels"].count("口径变更") == 1
    change(date(2025, 10, 1))
    chart = chart_of(city)
    assert chart["labels"] == [NAMES[0], "口径变更", NAMES[1], "口径变更", *NAMES[2:]]
    assert lines(chart)["unit"] == [80, None, 81, None, 82, 83]


@pytest.mark.parametrize("day", [date(2025, 9, 30), date(2025, 1, 1), date(2026, 7, 1)])
def test_a_change_outside_the_span_breaks_nothing(city: SmallCity, day: date) -> None:
    change(day)
    assert chart_of(city)["labels"] == NAMES


def test_a_change_of_another_indicator_breaks_nothing(city: SmallCity) -> None:
    change(date(2026, 2, 1), code="L11")
    assert chart_of(city, "city")["labels"] == NAMES


def test_the_page_says_what_changed_and_when(city: SmallCity) -> None:
    for field in ("definition", "unit_of_measure"):
        change(date(2026, 2, 1), field)
    text = page(city, f"/dashboard/district/500238/{STATE}")
    assert text.count("2月1日起口径变更，前后不直接相比") == 1
