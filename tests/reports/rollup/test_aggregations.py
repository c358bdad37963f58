"""How figures of schools and times are put together, one rule after the other."""

from decimal import Decimal

import pytest

from districts.models import City, Unit
from reports.indicators.models import Aggregation, Indicator, Period
from reports.rollup.models import Cell
from reports.rollup.selectors import CellQuery, list_school_cells
from reports.rollup.services.marks import process_marks, rebuild
from reports.rollup.verify import find_differences
from tests.support.city import FOUNDED, SmallCity, city_scope, make_branch, report
from tests.support.standing import standing

Q1, Q2, YEAR = "2025Q1", "2025Q2", "2025"


@standing
def reported(city: SmallCity) -> SmallCity:
    """巫溪: 9 and then 7, 12 and then nothing; 江津: 30."""
    report("meeting", Q1, city.one, city.users["clerk"], city.users["reviewer"], G01=9)
    report("meeting", Q1, city.two, city.users["clerk_two"], city.users["reviewer"], G01=12)
    report("meeting", Q2, city.one, city.users["clerk"], city.users["reviewer"], G01=7)
    report("meeting", Q1, city.other, city.users["other_clerk"], city.users["other_reviewer"], G01=30)
    return city


def value(unit: Unit, period: str, code: str = "G01") -> Decimal | None:
    return Cell.objects.get(unit_id=unit.pk, period__code=period, indicator__code=code, slice="all", boundaries=0).value


@pytest.mark.parametrize(
    ("aggregation", "quarter", "second", "year", "city_year"),
    [
        (Aggregation.SUM, 21, 7, 28, 58),
        (Aggregation.STOCK, 21, 7, 19, 49),
        # The mean of a school over the year first (9 and 7: 8), then every school counts once.
        (Aggregation.MEAN, Decimal("10.5"), 7, 10, Decimal(50) / 3),
        (Aggregation.MIN, 9, 7, 7, 7),
        (Aggregation.MAX, 12, 7, 12, 30),
        (Aggregation.LATEST, None, None, None, None),
    ],
)
def test_over_schools_and_over_time(
    reported: SmallCity, aggregation: str, quarter: object, second: object, year: object, city_year: object
) -> None:
    Indicator.objects.filter(code="G01").update(aggregation=aggregation)
    rebuild()
    found = [value(reported.wuxi, p) for p in (Q1, Q2, YEAR)] + [value(City.objects.get(), YEAR)]
    for stored, wanted in zip(found, (quarter, second, year, city_year), strict=True):
        assert (stored is None) == (wanted is None)
        assert stored is None or abs(stored - Decimal(wanted)) < Decimal("0.0001")


def test_the_latest_value_of_a_school_is_its_last(reported: SmallCity) -> None:
    Indicator.objects.filter(code="G01").update(aggregation=Aggregation.LATEST)
    query = CellQuery(
        [Indicator.objects.get(code="G01").pk], [Period.objects.get(code=YEAR).pk], units=[reported.one.pk]
    )
    (row,) = list_school_cells(scope=city_scope(), query=query)
    assert row.value == 7


def test_what_is_counted_distinct_is_counted_once_above_the_schools(city: SmallCity) -> None:
    """A joint branch of two schools is one in each of them and one in the district."""
    shared = make_branch(city.one, since=FOUNDED)
    shared.kind = "joint_branch"
    shared.save()
    shared.also_serves.add(city.two)
    make_branch(city.two, since=FOUNDED)
    for school, clerk in ((city.one, "clerk"), (city.two, "clerk_two")):
        report("base", "2025-12-31", school, city.users[clerk], city.users["reviewer"])
    process_marks()
    query = CellQuery(
        [Indicator.objects.get(code="X07").pk], [Period.objects.get(code="2025-12-31").pk],
        units=[city.one.pk, city.two.pk],
    )  # fmt: skip
    by_school = {row.unit_id: row.value for row in list_school_cells(scope=city_scope(), query=query)}
    assert by_school == {city.one.pk: 1, city.two.pk: 2}
    assert value(city.wuxi, "2025-12-31", "X07") == 2
    assert value(City.objects.get(), YEAR, "X07") == 2


def test_what_is_counted_from_records_is_as_of_the_last_return_of_its_period(city: SmallCity) -> None:
    """Two forms are due on the same day: whichever is approved first, the count stands as of the other."""
    make_branch(city.one, since=FOUNDED)
    clerk, reviewer = city.users["clerk"], city.users["reviewer"]
    report("base", "2025-12-31", city.one, clerk, reviewer)
    last = report("ledger", "2025-12-31", city.one, clerk, reviewer)
    process_marks()
    assert value(city.wuxi, "2025-12-31", "X06") == 1
    stored = Cell.objects.get(
        unit_id=city.wuxi.pk, period__code="2025-12-31", indicator__code="X06", slice="all", boundaries=0
    )
    assert stored.as_of == last.approved_at
    assert not list(find_differences())
