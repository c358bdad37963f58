"""Comparable units: a named group with a published rule, and never a table of all.

Districts and zones: the same region and the nearest by number of schools (settings.COMPARABLE_NEAREST of them).
Schools: the same kind and area type, the nearest by number of teachers; they are not named, only their middle and span.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from django.conf import settings
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import District, Level, Region, Unit, Zone
from reports.dashboards.state import State
from reports.rollup.selectors import CellQuery, CellRow
from reports.rollup.selectors.cells import read_cells
from reports.rollup.selectors.suppression import hide_small

from .scale import Scale, scale_of
from .series import Figure


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    cell: CellRow
    change: Decimal | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`members` are keys of the group's units, the own one included."""

    unit: Unit
    rows: list[Peer]
    members: list[int]
    middle: Decimal
    city: Decimal | None
    rule: str
    scale: Scale
    hidden: bool


def get_comparison(*, scope: Scope, unit: Unit, state: State, figure: Figure) -> Comparison | None:
    """The group of a district or zone in the period that `figure` shows; None for other units and small groups."""
    if unit.level not in (Level.DISTRICT, Level.ZONE) or figure.cell is None:
        return None
    now, then = figure.cell.period_id, _period_before(figure)
    rows = _read(scope, unit.level, state, [now, then] if then else [now])
    regions = _regions(unit.level)
    city = next((r.value for r in rows if r.level == Level.CITY and r.period_id == now), None)
    group = _nearest(unit, [row for row in rows if row.period_id == now], regions)
    values = [row.value for row in group if row.value is not None]
    if len(values) < settings.COMPARABLE_MINIMUM:
        return None
    before = {row.unit_id: row.value for row in rows if row.period_id == then}
    names = _labels(row.unit_id for row in group)
    peers = [Peer(names[r.unit_id], r, _change(r, before), r.unit_id == unit.pk) for r in group]
    peers.sort(key=lambda p: (p.cell.value is not None, p.cell.value or Decimal(0)), reverse=True)
    sizes = [row.expected for row in group]
    rule = _("%(region)s，%(low)d 至 %(high)d 所学校，%(n)d 个") % {
        "region": Region(regions[unit.pk]).label, "low": min(sizes), "high": max(sizes), "n": len(group),
    }  # fmt: skip
    beside = city if figure.is_ratio else None
    scale = scale_of([*values, beside, figure.target])
    hidden = any(row.suppressed for row in group)
    members = [row.unit_id for row in group]
    return Comparison(unit, peers, members, Decimal(median(values)), beside, rule, scale, hidden)


def read_medians(
    *, scope: Scope, members: Sequence[int], indicators: Iterable[int], periods: Iterable[int], state: State
) -> dict[tuple[int, int], Decimal]:
    """(indicator, period) → median of the group, where at least settings.COMPARABLE_MINIMUM units have a value."""
    query = CellQuery(
        indicators=list(indicators), periods=list(periods), units=list(members), slices=[state.slice],
        boundaries=state.boundaries,
    )  # fmt: skip
    if not query.units or not query.periods:
        return {}
    values: dict[tuple[int, int], list[Decimal]] = {}
    for row in hide_small(read_cells(query, visible=None), scope=scope, boundaries=state.boundaries):
        if row.value is not None and row.reported:
            values.setdefault((row.indicator_id, row.period_id), []).append(row.value)
    return {key: Decimal(median(v)) for key, v in values.items() if len(v) >= settings.COMPARABLE_MINIMUM}


def _read(scope: Scope, level: str, state: State, periods: list[int]) -> list[CellRow]:
    query = CellQuery(
        indicators=[state.indicator.pk], periods=periods, levels=[level, Level.CITY], slices=[state.slice],
        boundaries=state.boundaries,
    )  # fmt: skip
    rows = hide_small(read_cells(query, visible=None), scope=scope, boundaries=state.boundaries)
    return [row for row in rows if row.reported]


def _nearest(unit: Unit, rows: list[CellRow], regions: dict[int, str]) -> list[CellRow]:
    own = next((row for row in rows if row.unit_id == unit.pk), None)
    if own is None:
        return []
    near = [row for row in rows if regions.get(row.unit_id) == regions[unit.pk]]
    near.sort(key=lambda r: (r is not own, abs(r.expected - own.expected), r.unit_code))
    return near[: settings.COMPARABLE_NEAREST]


def _regions(level: str) -> dict[int, str]:
    if level == Level.ZONE:
        return dict(Zone.objects.values_list("pk", "district__region"))
    return dict(District.objects.values_list("pk", "region"))


def _labels(ids: Iterable[int]) -> dict[int, str]:
    units = Unit.objects.filter(pk__in=list(ids)).select_related("as_zone__district")
    return {u.pk: f"{u.as_zone.district.label} {u.label}" if u.level == Level.ZONE else u.label for u in units}


def _period_before(figure: Figure) -> int | None:
    return figure.points[-2].at if len(figure.points) > 1 else None


def _change(row: CellRow, before: dict[int, Decimal | None]) -> Decimal | None:
    then = before.get(row.unit_id)
    return None if then is None or row.value is None else row.value - then
