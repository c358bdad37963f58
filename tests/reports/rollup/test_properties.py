"""Properties that hold whatever is reported."""

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from districts.models import City
from reports.collection.models import Return, ReturnStatus
from reports.indicators.models import Indicator, Period
from reports.rollup.models import Cell, Fact
from reports.rollup.services.marks import rebuild
from reports.rollup.services.placements import ensure_placements
from tests.support.city import SmallCity, make_school, open_form
from tests.support.standing import standing

PERIOD = "2025Q1"
number = st.one_of(st.none(), st.integers(min_value=0, max_value=10**6))
figures = st.lists(st.tuples(number, number), min_size=5, max_size=5)
QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@standing
def five(city: SmallCity) -> list[object]:
    schools = [city.one, city.two, city.other]
    schools += [make_school(f"500238009{n}", f"村{n}小学", city.wuxi) for n in range(2)]
    open_form("meeting", PERIOD, city.one)
    Return.objects.update(status=ReturnStatus.SUBMITTED)
    ensure_placements([Period.objects.get(code=PERIOD).pk])
    return schools


def _store(
    schools: list[object], reported: list[tuple[int | None, int | None]], order: list[int]
) -> dict[tuple[str, str], Cell]:
    """Facts for 应到 (D) and 实到 (N) in the given order of writing, then everything recomputed."""
    period = Period.objects.get(code=PERIOD)
    ids = dict(Indicator.objects.filter(code__in=["G05D", "G05N"]).values_list("code", "pk"))
    Fact.objects.all().delete()
    for index in order:
        for code, value in zip(("G05D", "G05N"), reported[index], strict=True):
            if value is not None:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO rollup_fact (period_id, district_id, indicator_id, school_id, value, qualifier, "
                        "derived, approved_at) VALUES (%s, %s, %s, %s, %s, 0, false, now())",
                        [period.pk, schools[index].district_id, ids[code], schools[index].pk, value],
                    )
    rebuild([period.pk])
    found = Cell.objects.filter(period=period, slice="all", boundaries=0, indicator__code__in=["G05", "G05D", "G05N"])
    return {(c.unit.code, c.indicator.code): c for c in found.select_related("unit", "indicator")}


def _expected(rows: list[tuple[int | None, int | None]]) -> tuple[Decimal | None, int]:
    both = [(d, n) for d, n in rows if d is not None and n is not None]
    due, came = sum(d for d, _n in both), sum(n for _d, n in both)
    return (Decimal(100) * came / due if due else None), len(both)


@pytest.mark.timeout(600)
@QUIET
@given(reported=figures)
def test_parent_equals_the_fold_of_its_children(
    five: list[object], reported: list[tuple[int | None, int | None]]
) -> None:
    cells = _store(five, reported, list(range(5)))
    city = City.objects.get().code
    for code in ("G05D", "G05N"):
        parts = [cells[unit, code].value for unit in ("500238", "500116") if (unit, code) in cells]
        known = [value for value in parts if value is not None]
        assert cells[city, code].value == (sum(known) if known else None)
    ratio = cells[city, "G05"]
    value, schools = _expected(reported)
    assert ratio.reported == schools
    assert (ratio.value is None) == (value is None)
    if value is not None:
        assert abs(ratio.value - value) < Decimal("0.0001")


@pytest.mark.timeout(600)
@QUIET
@given(reported=figures, order=st.permutations(range(5)))
def test_the_order_of_approval_does_not_matter(
    five: list[object], reported: list[tuple[int | None, int | None]], order: list[int]
) -> None:
    def plain(cells: dict[tuple[str, str], Cell]) -> dict[tuple[str, str], tuple[object, ...]]:
        return {key: (c.value, c.numerator, c.denominator, c.reported, c.expected) for key, c in cells.items()}

    assert plain(_store(five, reported, order)) == plain(_store(five, reported, list(range(5))))


@pytest.mark.timeout(600)
@QUIET
@given(reported=figures)
def test_missing_is_null_and_zero_is_zero(five: list[object], reported: list[tuple[int | None, int | None]]) -> None:
    cells = _store(five, reported, list(range(5)))
    wuxi = [row for row, school in zip(reported, five, strict=True) if school.district_id == five[0].district_id]
    known = [due for due, _came in wuxi if due is not None]
    assert cells["500238", "G05D"].value == (sum(known) if known else None)
    assert cells["500238", "G05D"].reported == len(known)
