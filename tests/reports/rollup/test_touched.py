"""What an approval counts anew: the cells of its school's units and slices, its own period before the years."""

from datetime import date

import pytest
from django.db import connection, transaction

from districts.models import City, Unit
from reports.indicators.models import Period
from reports.rollup.engine import LOCK_SPACE
from reports.rollup.models import Cell, StaleMark
from reports.rollup.services.marks import process_marks
from reports.rollup.verify import find_differences
from schools.registry.models import SchoolKind
from schools.registry.services.moves import move_school
from tests.support.city import SmallCity, make_office, make_school, report
from tests.support.standing import standing

Q1, YEAR = "2025Q1", "2025"
Key = tuple[str, str, str]


@standing
def reported(city: SmallCity) -> SmallCity:
    """巫溪 has a middle school too; everybody has reported and is counted, but for the second primary school."""
    middle = make_school("5002380095", "塘坊中学", city.wuxi, SchoolKind.JUNIOR)
    clerk = make_office("school_clerk", Unit.objects.get(pk=middle.pk)).user
    report("meeting", Q1, middle, clerk, city.users["reviewer"], G01=9)
    report("meeting", Q1, city.other, city.users["other_clerk"], city.users["other_reviewer"], G01=30)
    process_marks()
    return city


def places() -> dict[Key, str]:
    """(unit, slice, indicator) → where the row lies: a row that is written again lies elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.code, c.slice, i.code, c.ctid::text FROM rollup_cell c JOIN districts_unit u ON u.id = c.unit_id "
            "JOIN indicators_indicator i ON i.id = c.indicator_id JOIN indicators_period p ON p.id = c.period_id "
            "WHERE p.code = %s AND c.boundaries = 0",
            [Q1],
        )
        return {(unit, part, code): place for unit, part, code, place in cursor.fetchall()}


def approve_two(city: SmallCity) -> None:
    report("meeting", Q1, city.two, city.users["clerk_two"], city.users["reviewer"], G01=12)


def test_only_the_cells_of_its_units_and_slices_are_written(reported: SmallCity) -> None:
    before = places()
    approve_two(reported)
    process_marks()
    after = places()
    written = {(unit, part) for (unit, part, code), place in after.items() if before.get((unit, part, code)) != place}
    school = reported.two
    slices = {"all", f"kind:{school.kind}", f"area:{school.area_type}", f"ownership:{school.ownership}"}
    assert {part for _unit, part in written} == slices
    assert {unit for unit, _part in written} == {reported.wuxi.code, City.objects.get().code}
    assert (reported.wuxi.code, "kind:junior", "G01") in after, "there was something to leave alone"
    assert list(find_differences()) == []


def test_a_school_that_has_moved_is_counted_under_both_boundaries(reported: SmallCity) -> None:
    approve_two(reported)
    with transaction.atomic():
        move_school(
            actor=reported.users["city_admin"], scope=reported.scope("city_admin"), school_id=reported.one.pk,
            district=reported.jiangjin, on=date(2026, 1, 5), reason="文件",
        )  # fmt: skip
    process_marks()
    report("meeting", Q1, reported.one, reported.users["clerk"], reported.users["other_reviewer"], G01=5)
    assert StaleMark.objects.filter(school=reported.one).exists(), "counted for the school alone"
    process_marks()
    then = Cell.objects.get(unit=reported.wuxi.pk, period__code=Q1, indicator__code="G01", slice="all", boundaries=0)
    now = Cell.objects.get(unit=reported.jiangjin.pk, period__code=Q1, indicator__code="G01", slice="all", boundaries=1)
    assert (then.value, now.value) == (9 + 12 + 5, 30 + 5)
    assert list(find_differences()) == []


def test_its_own_period_comes_before_the_wholes_that_it_is_a_part_of(reported: SmallCity) -> None:
    approve_two(reported)
    # The year waits longer, and still waits for the quarter.
    StaleMark.objects.filter(period__code=YEAR).update(marked_at="2020-01-01T00:00Z")
    assert process_marks(at_most=1) == 1
    assert set(StaleMark.objects.values_list("period__code", flat=True)) == {"2025H1", YEAR}


@pytest.mark.django_db(transaction=True)
def test_one_worker_counts_years_and_the_next_stays_free_for_approvals(reported: SmallCity) -> None:
    approve_two(reported)
    beside = connection.copy()
    try:
        with beside.cursor() as busy:
            busy.execute("BEGIN; SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_SPACE])
            assert process_marks() == 1
            assert set(StaleMark.objects.values_list("period__code", flat=True)) == {"2025H1", YEAR}
            busy.execute("COMMIT")
    finally:
        beside.close()
    assert process_marks() == 2
    assert Period.objects.filter(code=YEAR, pk__in=Cell.objects.values("period")).exists()
    assert list(find_differences()) == []
