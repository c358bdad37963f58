"""Few Party members are not shown outside their district, and nothing that is shown tells their number.

The proof is linear algebra: everything one caller can get is written down as equations over what the schools reported;
a hidden number that follows from them, by whatever adding and subtracting, would lie in their row space.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from districts.models import City, District, Unit
from reports.indicators.models import Indicator, Period, PeriodPart, Qualifier
from reports.rollup.blocks import Share, join_blocks
from reports.rollup.derivations import derive_facts
from reports.rollup.models import Boundaries, Fact, Placement
from reports.rollup.selectors import CellQuery, CellRow, list_cells, list_school_cells
from reports.rollup.services.marks import process_marks, rebuild
from reports.rollup.services.placements import ensure_placements
from schools.registry.models import School
from schools.registry.services.moves import move_school
from tests.support.city import SmallCity, city_scope, make_school
from tests.support.standing import standing

QUIET = settings(
    max_examples=5,
    deadline=None,
    # What is found is explained by its message; making it smaller would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LEAVES = ("2025-06-30", "2025-12-31", "2025")
WHOLES = ("2025H1", "2025H2", "2025Q4")
AS_OF, YEARLY = ("X01", "X02", "P01", "P02"), ("Q05N",)
ASKED = ("X01", "X02", "Q05D", "P02", "P03", "Q05N", "Q05", "Q06")
PRIME = 2**61 - 1
Variable = tuple[str, int, str]
Vector = dict[Variable, int]

member_count = st.sampled_from([None, 0, 1, 2, 3, 4, 4, 6, 9, 40])
reports = st.tuples(*[member_count] * (2 * len(AS_OF) + len(YEARLY)))
schools_figures = st.lists(reports, min_size=9, max_size=9)


@standing
def nine(city: SmallCity) -> list[School]:
    """Nine schools of three districts, of several kinds and areas; one has moved since the middle of the year."""
    wulong = District.objects.get(code="500156")
    kinds = ("primary", "primary", "complete")
    areas = ("town", "rural", "rural")
    made = [city.one, city.two, city.other]
    for number in range(6):
        place = (city.wuxi, city.jiangjin, wulong)[number % 3]
        made.append(
            make_school(f"{place.code}9{number:03d}", f"第{number}学校", place, kinds[number % 3], area_type=areas[number // 2])
        )  # fmt: skip
    move_school(
        actor=city.users["city_admin"], scope=city.scope("city_admin"), school_id=made[3].pk, district=city.jiangjin,
        on=date(2025, 9, 1), reason="文件",
    )  # fmt: skip
    ensure_placements(list(Period.objects.filter(code__in=[*LEAVES, *WHOLES]).values_list("pk", flat=True)))
    process_marks()
    return [School.objects.get(pk=school.pk) for school in made]


def store(schools: list[School], figures: list[tuple[int | None, ...]]) -> None:
    periods, ids = _ids(Period, LEAVES), _ids(Indicator, ASKED + AS_OF)
    keys = [(code, leaf) for leaf in LEAVES[:2] for code in AS_OF] + [(code, "2025") for code in YEARLY]
    Fact.objects.all().delete()
    with connection.cursor() as cursor:
        for school, row in zip(schools, figures, strict=True):
            for (code, leaf), value in zip(keys, row, strict=True):
                if value is not None:
                    cursor.execute(
                        "INSERT INTO rollup_fact (period_id, district_id, indicator_id, school_id, value, qualifier, "
                        "derived, approved_at) SELECT period_id, district_id, %s, school_id, %s, 0, false, now() "
                        "FROM rollup_placement WHERE school_id = %s AND period_id = %s",
                        [ids[code], value, school.pk, periods[leaf]],
                    )
    derive_facts(list(periods.values()))
    rebuild()


def _ids(model, codes) -> dict[str, int]:
    return dict(model.objects.filter(code__in=codes).values_list("code", "pk"))


def everything_shown() -> Iterator[tuple[int, CellRow]]:
    """(boundaries, row) for all levels, slices, periods and indicators, as the city's API client gets them."""
    scope = city_scope()
    slices = [
        "all",
        *(f"kind:{k}" for k in ("primary", "complete")),
        *(f"area:{a}" for a in ("town", "rural", "urban")),
    ]
    for boundaries in Boundaries:
        query = CellQuery(
            indicators=list(_ids(Indicator, ASKED).values()), periods=list(_ids(Period, LEAVES + WHOLES).values()),
            slices=[*slices, "ownership:public"], boundaries=boundaries,
        )  # fmt: skip
        for row in list_cells(scope=scope, query=query):
            yield boundaries, row
        for row in list_school_cells(
            scope=scope, query=CellQuery(query.indicators, query.periods, boundaries=boundaries)
        ):
            yield boundaries, row


class Model:
    """Which reported numbers a cell adds up: worked out here from placements and facts alone."""

    def __init__(self) -> None:
        self.places = {(p.period.code, p.school_id): p for p in Placement.objects.select_related("period", "school")}
        self.facts = {
            (f.indicator.code, f.school_id, f.period.code): int(f.value)
            for f in Fact.objects.select_related("indicator", "period")
        }
        ends = {p.code: p.end for p in Period.objects.filter(code__in=LEAVES)}
        parts = PeriodPart.objects.filter(part__code__in=LEAVES).values_list("whole__code", "part__code")
        self.leaves = {code: [code] for code in ends}
        for whole, part in parts:
            self.leaves.setdefault(whole, []).append(part)
        for codes in self.leaves.values():
            codes.sort(key=lambda code: (ends[code], code == "2025"))
        self.city = City.objects.get().pk
        self.ratios = {
            i.code: (i.numerator.code, i.denominator.code) for i in Indicator.objects.exclude(numerator=None)
        }

    def last(self, code: str, school: int, period: str) -> str | None:
        told = [leaf for leaf in self.leaves.get(period, []) if (code, school, leaf) in self.facts]
        return told[-1] if told else None

    def members(self, row: CellRow, boundaries: int) -> Iterator[int]:
        for (period, school), place in self.places.items():
            if period != row.period:
                continue
            moved_unit = place.school.district_id if boundaries else place.district_id
            units = {moved_unit, school, self.city}
            attributes = {"all", f"kind:{place.kind}", f"area:{place.area_type}", f"ownership:{place.ownership}"}
            if row.unit_id in units and row.slice in attributes:
                yield school

    def counts(self, row: CellRow, boundaries: int) -> Iterator[tuple[Vector, object]]:
        """(vector, what the row shows for it) for every count of members inside the figure."""
        schools = list(self.members(row, boundaries))
        if row.indicator in self.ratios:
            above, below = self.ratios[row.indicator]
            both = [s for s in schools if self.last(above, s, row.period) and self.last(below, s, row.period)]
            yield self.vector(above, both, row.period), row.numerator
            yield self.vector(below, both, row.period), row.denominator
        else:
            yield self.vector(row.indicator, schools, row.period), row.total

    def vector(self, code: str, schools: list[int], period: str) -> Vector:
        """The sum as coefficients of reported numbers; 党员总数 is 正式 plus 预备."""
        found: Vector = {}
        for school in schools:
            if leaf := self.last(code, school, period):
                for base in ("X01", "X02") if code == "Q05D" else (code,):
                    found[base, school, leaf] = found.get((base, school, leaf), 0) + 1
        return found


class Span:
    """Row space modulo a prime, kept in echelon form."""

    def __init__(self) -> None:
        self.rows: dict[Variable, Vector] = {}

    def reduce(self, vector: Vector) -> Vector:
        rest = dict(vector)
        for pivot in sorted(self.rows):
            if factor := rest.get(pivot):
                for name, value in self.rows[pivot].items():
                    rest[name] = (rest.get(name, 0) - factor * value) % PRIME
        return {name: value for name, value in rest.items() if value}

    def add(self, vector: Vector) -> None:
        if rest := self.reduce(vector):
            pivot = min(rest)
            inverse = pow(rest[pivot], -1, PRIME)
            self.rows[pivot] = {name: value * inverse % PRIME for name, value in rest.items()}


@pytest.mark.timeout(600)
@QUIET
@given(figures=schools_figures)
def test_a_small_number_cannot_be_worked_out(nine: list[School], figures: list[tuple[int | None, ...]]) -> None:
    store(nine, figures)
    model, span = Model(), Span()
    sensitive = {"X01", "X02", "P02", "Q05N", "Q05D"}
    hidden: list[tuple[CellRow, Vector]] = []
    for boundaries, row in everything_shown():
        for vector, shown in model.counts(row, boundaries):
            codes = {code for code, _school, _leaf in vector}
            value = sum(model.facts[name] * times for name, times in vector.items())
            if row.qualifier == Qualifier.APPROXIMATE:
                assert shown is None or abs(int(shown) - value) <= 5, "about so much, and no equation"
                shown = None
            if shown is not None:
                assert int(shown) == value, "the test's own idea of the cell is right"
                span.add(vector)
            if codes & sensitive and 0 < value < 5:
                assert shown is None, f"{row.indicator} {row.unit_name} {row.period} {row.slice} shows {value}"
                hidden.append((row, vector))
        if row.indicator in sensitive | {"P03", "Q05", "Q06"}:
            assert (row.low, row.high) == (None, None), "the lowest school is a school"
    for row, vector in hidden:
        assert span.reduce(vector), (
            f"{row.indicator} {row.unit_name} {row.period} {row.slice} follows from what is shown"
        )


share = st.builds(
    Share,
    school=st.integers(1, 10**6),
    pattern=st.sampled_from(["a", "b"]),
    home=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    values=st.tuples(st.sampled_from([0, 1, 2, 4, 5, 80]), st.sampled_from([0, 3, 5, 7])),
)


@settings(max_examples=200, deadline=None)
@given(shares=st.lists(share, max_size=30, unique_by=lambda s: s.school))
def test_blocks_are_safe_disjoint_and_of_one_pattern(shares: list[Share]) -> None:
    by_school = {s.school: s for s in shares}
    blocks = join_blocks(shares, below=5)
    joined = [school for block in blocks for school in block.schools]
    assert len(joined) == len(set(joined))
    for block in blocks:
        members = [by_school[school] for school in block.schools]
        assert len({m.pattern for m in members}) == 1
        sums = [sum(m.values[n] for m in members) for n in (0, 1)]
        assert block.alone or (len(members) > 1 and not any(0 < total < 5 for total in sums))
    for s in shares:
        assert s.school in joined or not any(0 < value < 5 for value in s.values)


def test_a_lone_small_school_takes_its_nearest_neighbour_along() -> None:
    near = Share(2, "", (1, "rural"), (6,))
    shares = [
        Share(1, "", (1, "rural"), (3,)),
        near,
        Share(3, "", (1, "urban"), (5,)),
        Share(4, "", (2, "rural"), (5,)),
    ]
    (block,) = join_blocks(shares, below=5)
    assert block.schools == {1, 2}


def test_with_nobody_beside_it_nothing_that_holds_it_is_shown(city: SmallCity) -> None:
    ensure_placements([Period.objects.get(code="2025-12-31").pk])
    store([city.one], [(None,) * 4 + (3, None, None, None) + (None,)])
    query = CellQuery(
        [Indicator.objects.get(code="X01").pk], [Period.objects.get(code="2025-12-31").pk], levels=["city", "district"]
    )
    shown = {row.unit_id: row for row in list_cells(scope=city_scope(), query=query)}
    assert shown[City.objects.get().pk].suppressed
    assert shown[city.wuxi.pk].suppressed
    inside = list_cells(scope=city.scope("reviewer"), query=query)
    assert [row.value for row in inside if row.unit_id == city.wuxi.pk] == [3]


def test_a_new_approval_draws_the_veil_anew(city: SmallCity) -> None:
    ensure_placements([Period.objects.get(code="2025-12-31").pk])
    query = CellQuery([Indicator.objects.get(code="X01").pk], [Period.objects.get(code="2025-12-31").pk])

    def hidden() -> set[int]:
        return {row.unit_id for row in list_school_cells(scope=city_scope(), query=query) if row.suppressed}

    def x01(value: int) -> tuple[int | None, ...]:
        return (None,) * 4 + (value, None, None, None) + (None,)

    store([city.one, city.two], [x01(40), x01(50)])
    assert hidden() == set()
    store([city.one, city.two], [x01(3), x01(50)])
    assert hidden() == {city.one.pk, city.two.pk}
    assert Unit.objects.filter(pk__in=hidden()).count() == 2
