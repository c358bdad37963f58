"""The zones (党建片区) of a district with a few ratios each."""

from collections.abc import Sequence
from dataclasses import dataclass

from districts.access import Scope
from districts.models import Level, Unit, Zone
from reports.dashboards.state import State
from reports.rollup.selectors import CellQuery, CellRow
from reports.rollup.selectors.cells import read_cells
from reports.rollup.selectors.suppression import hide_small

from .series import Figure


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """`cells` in the order of the figures asked for."""

    zone: Zone
    cells: list[CellRow | None]


def get_zones(*, scope: Scope, unit: Unit, state: State, figures: Sequence[Figure]) -> list[ZoneRow]:
    """Zones of a district, each figure in the period in which the district shows it; four queries at most."""
    zones = list(Zone.objects.filter(district=unit.pk).order_by("code")) if unit.level == Level.DISTRICT else []
    shown = [f for f in figures if f.cell]
    if not zones or not shown:
        return []
    query = CellQuery(
        indicators=[f.indicator.pk for f in shown],
        periods=[f.cell.period_id for f in shown if f.cell],
        units=[zone.pk for zone in zones],
        slices=[state.slice],
        boundaries=state.boundaries,
    )
    rows = hide_small(read_cells(query, visible=None), scope=scope, boundaries=state.boundaries)
    found = {(row.unit_id, row.indicator_id, row.period_id): row for row in rows if row.expected}

    def cell(zone: Zone, figure: Figure) -> CellRow | None:
        return found.get((zone.pk, figure.indicator.pk, figure.cell.period_id)) if figure.cell else None

    lines = [ZoneRow(zone, [cell(zone, figure) for figure in figures]) for zone in zones]
    return [line for line in lines if any(line.cells)]
