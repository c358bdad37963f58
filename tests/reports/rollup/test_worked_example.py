"""The example of docs/rollup-example.md, computed by hand there and by the engine here; and what must never happen."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from districts.models import Unit
from reports.indicators.models import Qualifier
from reports.rollup.models import Boundaries, Cell, StaleMark
from reports.rollup.services.marks import process_marks, rebuild
from reports.rollup.verify import find_differences
from schools.registry.services.moves import move_school
from tests.support.city import SmallCity, open_form, report
from tests.support.standing import standing

DOCUMENT = Path(__file__).parents[3] / "docs" / "rollup-example.md"
Q1, Q2 = "2025Q1", "2025Q2"
FORMS = {"G01": "meeting", "X03": "base", "X21": "annual"}


def tables() -> Iterator[list[dict[str, str]]]:
    """Every table of the document as rows of {heading: text}."""
    for block in re.findall(r"(?:^\|.*\|\n)+", DOCUMENT.read_text(encoding="utf-8"), re.M):
        lines = [[part.strip() for part in line.strip("|\n").split("|")] for line in block.splitlines()]
        yield [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


REPORTED = [table for table in tables() if "school" in table[0]]
CELLS = [row for table in tables() if "indicator" in table[0] and "boundaries" not in table[0] for row in table]
MOVED = [row for table in tables() if "boundaries" in table[0] for row in table]


def cell(unit: Unit, code: str, period: str, part: str = "all", boundaries: int = Boundaries.PERIOD) -> Cell:
    return Cell.objects.get(
        unit_id=unit.pk, indicator__code=code, period__code=period, slice=part, boundaries=boundaries
    )


def check(row: dict[str, str]) -> None:
    """Every figure that the document prints in the row."""
    boundaries = Boundaries.CURRENT if row.get("boundaries") == "current" else Boundaries.PERIOD
    unit = Unit.objects.get(code=row["unit"])
    found = cell(unit, row["indicator"], row["period"], row.get("slice", "all"), boundaries)
    for name in {"value", "numerator", "denominator", "low", "high", "reported", "expected"} & set(row):
        stored, printed = getattr(found, name), row[name]
        if printed:
            assert stored is not None, (row, name)
            assert abs(Decimal(stored) - Decimal(printed)) < Decimal("0.00006"), (row, name, stored)
        else:
            assert stored is None, (row, name, stored)
    if grades := {name: int(count) for name, count in row.items() if name.isdigit()}:
        assert found.distribution == grades, row


@standing
def reported(city: SmallCity) -> SmallCity:
    """The first tables of the document, typed, submitted and approved; 聚奎 owes the second quarter."""
    schools = {
        "云台小学": (city.one, "clerk"),
        "城厢中学": (city.two, "clerk_two"),
        "聚奎中学": (city.other, "other_clerk"),
    }
    reviewers = {city.wuxi.pk: "reviewer", city.jiangjin.pk: "other_reviewer"}
    for row in (row for table in REPORTED for row in table):
        school, clerk = schools[row["school"]]
        figures = {name: text for name, text in row.items() if name not in ("period", "school")}
        form = next(form for code, form in FORMS.items() if code in figures)
        reviewer = city.users[reviewers[school.district_id]]
        report(form, row["period"], school, city.users[clerk], reviewer, **figures)
    open_form("meeting", Q2, city.other)
    process_marks()
    return city


def test_the_document_has_its_tables() -> None:
    assert (len(REPORTED), len(CELLS), len(MOVED)) == (3, 26, 7)


def test_every_figure_of_the_document(reported: SmallCity) -> None:
    for row in CELLS:
        check(row)


def test_every_figure_after_the_move(reported: SmallCity) -> None:
    move_school(
        actor=reported.users["city_admin"], scope=reported.scope("city_admin"), school_id=reported.one.pk,
        district=reported.jiangjin, on=date(2025, 4, 10), reason="文件",
    )  # fmt: skip
    process_marks()
    for row in MOVED:
        check(row)
    assert list(find_differences()) == []


def test_a_denominator_of_zero_gives_no_value(reported: SmallCity) -> None:
    from reports.indicators.models import Indicator, Period
    from reports.rollup.selectors import CellQuery, list_school_cells

    query = CellQuery(
        indicators=[Indicator.objects.get(code="G05").pk],
        periods=[Period.objects.get(code=Q2).pk],
        units=[reported.two.pk],
    )
    (row,) = list_school_cells(scope=reported.scope("reviewer"), query=query)
    assert (row.value, row.denominator, row.reported) == (None, 0, 1)


def test_a_lower_bound_makes_the_sum_a_lower_bound(city: SmallCity) -> None:
    report("meeting", Q1, city.one, city.users["clerk"], city.users["reviewer"], G05D="1500余")
    report("meeting", Q1, city.two, city.users["clerk_two"], city.users["reviewer"], G05D=100)
    process_marks()
    found = cell(city.wuxi, "G05D", Q1)
    assert (found.value, found.qualifier) == (1600, Qualifier.AT_LEAST)


def test_once_or_twice_by_marks_or_by_rebuild_it_is_the_same(reported: SmallCity) -> None:
    def everything() -> list[tuple[object, ...]]:
        fields = ("period", "unit", "indicator", "slice", "boundaries", "value", "numerator", "denominator", "reported")
        return sorted(Cell.objects.values_list(*fields), key=str)

    by_marks = everything()
    rebuild()
    assert everything() == by_marks
    rebuild()
    assert everything() == by_marks
    assert list(find_differences()) == []


def test_verify_sees_a_wrong_cell_a_missing_fact_and_a_mark(reported: SmallCity) -> None:
    from reports.rollup.models import Fact

    Cell.objects.filter(indicator__code="G01", unit_id=reported.wuxi.pk, period__code=Q1).update(value=99)
    Fact.objects.filter(indicator__code="G02", school_id=reported.one.pk, period__code=Q1).update(value=1)
    StaleMark.objects.create(period_id=Cell.objects.first().period_id, district_id=reported.wuxi.pk)
    found = "\n".join(find_differences())
    assert "stored 99" in found
    assert "approved 9, stored 1" in found.replace(".0000", "")
    assert "1 stale marks" in found
