"""A unit's indicator over time beside the city and the middle of its comparable units."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Level, Unit
from districts.selectors.units import get_city
from reports.dashboards.state import State
from reports.indicators.models import DefinitionChange, Indicator, Period
from reports.rollup.selectors import CellQuery
from reports.rollup.selectors.cells import read_cells

from .comparison import Comparison, read_medians
from .series import Figure

TABLE_ROWS = 6


@dataclass(frozen=True, slots=True)
class TrendRow:
    name: str
    value: Decimal
    middle: Decimal | None
    city: Decimal | None


@dataclass(frozen=True, slots=True)
class Trend:
    """`rows` newest first; `changes`: when the definition changed in the span of the line, one of each day."""

    rows: list[TrendRow]
    has_middle: bool
    has_city: bool
    changes: list[DefinitionChange]
    chart: dict[str, Any]

    @property
    def first_rows(self) -> list[TrendRow]:
        return self.rows[:TABLE_ROWS]

    @property
    def more_rows(self) -> list[TrendRow]:
        return self.rows[TABLE_ROWS:]


def get_trend(*, scope: Scope, unit: Unit, state: State, figure: Figure, comparison: Comparison | None) -> Trend | None:
    """None below two periods. The city stands beside ratios only: a sum of the city says nothing about a district."""
    if len(figure.points) < 2:
        return None
    at = [point.at for point in figure.points]
    indicator = state.indicator
    middles: dict[tuple[int, int], Decimal] = {}
    if comparison:
        middles = read_medians(
            scope=scope, members=comparison.members, indicators=[indicator.pk], periods=at, state=state
        )
    beside = unit.level != Level.CITY and figure.is_ratio
    city = _city_values(indicator, at, state) if beside else {}
    rows = [TrendRow(p.name, p.value, middles.get((indicator.pk, p.at)), city.get(p.at)) for p in figure.points]
    changes = _changes(indicator, at)
    chart = _chart(unit, figure, rows, _gaps(figure, changes))
    return Trend(rows[::-1], bool(middles), bool(city), changes, chart)


def _city_values(indicator: Indicator, periods: list[int], state: State) -> dict[int, Decimal]:
    query = CellQuery(indicators=[indicator.pk], periods=periods, units=[get_city().pk], slices=[state.slice])
    return {row.period_id: row.value for row in read_cells(query, visible=None) if row.value is not None}


def _changes(indicator: Indicator, periods: list[int]) -> list[DefinitionChange]:
    span = list(Period.objects.filter(pk__in=periods).order_by("end"))
    return list(
        DefinitionChange.objects.filter(
            indicator=indicator, effective_from__gt=span[0].end, effective_from__lte=span[-1].end
        )
        .order_by("effective_from", "pk")
        .distinct("effective_from")
    )


def _gaps(figure: Figure, changes: list[DefinitionChange]) -> set[int]:
    """Indexes of points before which the line is broken, because the definition changed."""
    if not changes:
        return set()
    ends = dict(Period.objects.filter(pk__in=[p.at for p in figure.points]).values_list("pk", "end"))
    found = set()
    for change in changes:
        found.add(next(n for n, p in enumerate(figure.points) if ends[p.at] >= change.effective_from))
    return found


def _chart(unit: Unit, figure: Figure, rows: list[TrendRow], gaps: set[int]) -> dict[str, Any]:
    """Data of the picture: labels and up to three lines; a gap is a label without values."""
    labels: list[str] = []
    lines: dict[str, list[float | None]] = {"unit": [], "median": [], "city": []}
    for number, row in enumerate(rows):
        if number in gaps:
            labels.append(_("口径变更"))
            for values in lines.values():
                values.append(None)
        labels.append(row.name)
        for look, value in (("unit", row.value), ("median", row.middle), ("city", row.city)):
            lines[look].append(None if value is None else float(round(value, max(figure.decimals, 1))))
    names = {"unit": unit.label, "median": _("可比中位数"), "city": _("全市")}
    unit_word = figure.indicator.unit_of_measure
    summary = _("%(unit)s%(name)s：%(first)s为 %(a)s%(word)s，%(last)s为 %(b)s%(word)s") % {
        "unit": unit.label, "name": figure.indicator.name, "first": rows[0].name, "last": rows[-1].name,
        "a": lines["unit"][0], "b": lines["unit"][-1], "word": unit_word,
    }  # fmt: skip
    return {
        "labels": labels,
        "unit": unit_word,
        "target": float(figure.target) if figure.target is not None else None,
        "targetName": _("目标"),
        "summary": summary,
        "series": [
            {"name": names[look], "look": look, "values": values}
            for look, values in lines.items()
            if any(v is not None for v in values)
        ],
    }
