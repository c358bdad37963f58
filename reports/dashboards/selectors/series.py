"""The figures of one unit over time, and which of them a page shows for a chosen period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import Scope
from districts.models import District, Level, Unit
from reports.dashboards.state import State
from reports.indicators.models import Aggregation, Indicator, Period, PeriodKind, Target
from reports.rollup.models import Placement
from reports.rollup.selectors import CellQuery, CellRow, list_school_cells
from reports.rollup.selectors.cells import read_cells
from reports.rollup.selectors.suppression import hide_small

Series = dict[int, list[CellRow]]
POINTS = 12
AGAINST = {PeriodKind.QUARTER: gettext_lazy("较上季"), PeriodKind.HALF: gettext_lazy("较上半年")}


class Point(NamedTuple):
    """A value of the past; `at` is the key of its period."""

    name: str
    value: Decimal
    at: int


@dataclass(slots=True)
class Figure:
    """One number of a page with its pedigree and what it is compared with."""

    indicator: Indicator
    cell: CellRow | None
    period_name: str
    target: Decimal | None = None
    change: Decimal | None = None
    compared_with: str = ""
    points: list[Point] = field(default_factory=list)

    @property
    def decimals(self) -> int:
        return self.indicator.decimals

    @property
    def gap(self) -> Decimal | None:
        """How far below the target (positive: still to go)."""
        if self.target is None or self.cell is None or self.cell.value is None:
            return None
        return self.target - self.cell.value

    @property
    def is_ratio(self) -> bool:
        return self.indicator.aggregation == Aggregation.RATIO

    @property
    def polyline(self) -> str:
        """Points of the sparkline in a box of 100 × 40, the lowest value at the bottom; empty below two points."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self._places)

    @property
    def area(self) -> str:
        return f"0,40 {self.polyline} 100,40"

    @property
    def end(self) -> str:
        """The place of the last point: a line of no length that is drawn with a round cap."""
        return "{:.1f},{:.1f}".format(*self._places[-1])

    @property
    def target_height(self) -> str:
        if self.target is None or len(self.points) < 2:
            return ""
        return f"{self._height(self.target, *self._bounds):.1f}"

    @property
    def _places(self) -> list[tuple[float, float]]:
        if len(self.points) < 2:
            return []
        step = 100 / (len(self.points) - 1)
        return [(n * step, self._height(p.value, *self._bounds)) for n, p in enumerate(self.points)]

    @property
    def _bounds(self) -> tuple[Decimal, Decimal]:
        values = [p.value for p in self.points] + ([self.target] if self.target is not None else [])
        return min(values), max(values)

    @staticmethod
    def _height(value: Decimal, low: Decimal, high: Decimal) -> float:
        return 36 - 32 * float(value - low) / (float(high - low) or 1.0)


def read_series(*, scope: Scope, unit: Unit, indicators: Sequence[Indicator], state: State) -> Series:
    """All stored figures of the unit for these indicators, oldest first; schools are computed. One or two queries."""
    periods = _periods_until(state.period.end)
    query = CellQuery(
        indicators=[i.pk for i in indicators],
        periods=[p.pk for p in periods],
        units=[unit.pk],
        slices=[state.slice],
        boundaries=state.boundaries,
    )
    if unit.level == Level.SCHOOL:
        rows = list_school_cells(scope=scope, query=query, districts=_districts_of(unit))
    else:
        rows = hide_small(read_cells(query, visible=None), scope=scope, boundaries=state.boundaries)
    series: Series = {}
    for row in rows:
        series.setdefault(row.indicator_id, []).append(row)
    return series


def _periods_until(end: date) -> list[Period]:
    """Used periods of the last four years; months are too fine for a page."""
    used = Exists(Placement.objects.filter(period=OuterRef("pk")))
    return list(
        Period.objects.filter(used, end__lte=end, end__year__gt=end.year - 4)
        .exclude(kind=PeriodKind.MONTH)
        .order_by("end")
    )


def _districts_of(unit: Unit) -> list[int]:
    return list(Placement.objects.filter(school_id=unit.pk).values_list("district_id", flat=True).distinct())


def build_figures(
    *, series: Series, indicators: Iterable[Indicator], state: State, unit: Unit, last_year: Iterable[str] = ()
) -> dict[str, Figure]:
    """code → Figure. An indicator that has nothing in the chosen period shows its latest value before, named so."""
    periods = {p.pk: p for p in Period.objects.filter(end__lte=state.period.end)}
    targets = _targets(unit, state.period.end.year)
    found = {}
    for indicator in indicators:
        rows = [row for row in series.get(indicator.pk, []) if row.reported]
        cell = _shown(rows, state, periods)
        figure = Figure(indicator, cell, periods[cell.period_id].name if cell else state.period.name)
        if cell:
            same_kind = [r for r in rows if periods[r.period_id].kind == periods[cell.period_id].kind]
            before = [r for r in same_kind if r.key < cell.key]
            _compare(figure, cell, before, periods, indicator.code in set(last_year))
            known = [(periods[r.period_id].name, r.value, r.period_id) for r in [*before, cell]]
            figure.points = [Point(name, value, at) for name, value, at in known if value is not None][-POINTS:]
            year = periods[cell.period_id].end.year
            figure.target = targets.get((indicator.pk, year))
        found[indicator.code] = figure
    return found


def _shown(rows: list[CellRow], state: State, periods: dict[int, Period]) -> CellRow | None:
    exact = next((row for row in rows if row.period_id == state.period.pk), None)
    if exact:
        return exact
    # The kind in which it is reported first, then the most recent.
    return max(
        rows, key=lambda r: (periods[r.period_id].end, periods[r.period_id].kind == PeriodKind.AS_OF), default=None
    )


def _compare(figure: Figure, cell: CellRow, before: list[CellRow], periods: dict[int, Period], last_year: bool) -> None:
    now = periods[cell.period_id]
    if last_year or now.kind == PeriodKind.YEAR:
        then = (now.end.year - 1, now.end.month)
        before = [r for r in before if (periods[r.period_id].end.year, periods[r.period_id].end.month) == then]
        figure.compared_with = _("同比")
    else:
        figure.compared_with = _("较上期")
        if before and periods[before[-1].period_id].end == now.start - timedelta(days=1):
            figure.compared_with = str(AGAINST.get(PeriodKind(now.kind), figure.compared_with))
    if before and before[-1].value is not None and cell.value is not None:
        figure.change = cell.value - before[-1].value


def _targets(unit: Unit, year: int) -> dict[tuple[int, int], Decimal]:
    """(indicator, year) → target: the unit's own, else the city's."""
    rows = Target.objects.filter(period__kind=PeriodKind.YEAR, period__end__year__gte=year - 4).select_related("period")
    found: dict[tuple[int, int], Decimal] = {}
    for row in rows.filter(unit__level=Level.CITY):
        found[row.indicator_id, row.period.end.year] = row.value
    for row in rows.filter(unit=unit):
        found[row.indicator_id, row.period.end.year] = row.value
    return found


def current_districts() -> list[District]:
    return list(District.objects.filter(valid_to=None).order_by("tile_row", "tile_column"))
