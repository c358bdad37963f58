"""The districts coloured by the chosen indicator."""

from dataclasses import dataclass

from django.conf import settings

from districts.access import Scope
from districts.models import District, Level
from reports.dashboards.breaks import class_of, legend_of
from reports.dashboards.breaks import find_breaks as breaks_of
from reports.dashboards.state import State
from reports.rollup.selectors import CellQuery, CellRow
from reports.rollup.selectors.cells import read_cells
from reports.rollup.selectors.suppression import hide_small

from .series import Figure


@dataclass(frozen=True, slots=True)
class Tile:
    """A district with its figure; `few`: too few of its schools are approved for the figure to be more than a hint."""

    district: District
    cell: CellRow | None
    css: str
    few: bool

    @property
    def is_long(self) -> bool:
        return len(self.district.short_name) > 2


@dataclass(frozen=True, slots=True)
class TileMap:
    """`listed`: districts of the past, which have figures in the period but no place on the map."""

    tiles: list[Tile]
    legend: list[tuple[str, float | None]]
    period_name: str
    listed: list[Tile]
    hidden: bool


def get_tile_map(*, scope: Scope, state: State, figure: Figure) -> TileMap:
    """Tiles of today's districts in the period that the city's own figure shows. Four queries at most."""
    period_id = figure.cell.period_id if figure.cell else state.period.pk
    cells = district_cells(scope=scope, state=state, period_id=period_id)
    values = [cell.value for cell in cells.values() if cell.value is not None and cell.reported]
    breaks = breaks_of(values, figure.target)
    districts = list(District.objects.order_by("tile_row", "tile_column"))
    tiles = [_tile(d, cells.get(d.pk), breaks) for d in districts if d.tile_row and d.valid_to is None]
    listed = [_tile(d, cells[d.pk], breaks) for d in districts if d.valid_to is not None and d.pk in cells]
    hidden = any(cell.suppressed for cell in cells.values())
    return TileMap(tiles, legend_of(breaks), figure.period_name, listed, hidden)


def district_cells(*, scope: Scope, state: State, period_id: int) -> dict[int, CellRow]:
    """district → cell of the chosen indicator and slice."""
    query = CellQuery(
        indicators=[state.indicator.pk],
        periods=[period_id],
        levels=[Level.DISTRICT],
        slices=[state.slice],
        boundaries=state.boundaries,
    )
    rows = hide_small(read_cells(query, visible=None), scope=scope, boundaries=state.boundaries)
    return {row.unit_id: row for row in rows if row.expected}


def _tile(district: District, cell: CellRow | None, breaks: list[float]) -> Tile:
    value = cell.value if cell and cell.reported else None
    return Tile(district, cell, class_of(value, breaks), is_thin(cell))


def is_thin(cell: CellRow | None) -> bool:
    """Fewer of the schools stand behind the figure than settings.COVERAGE_MARK."""
    return bool(cell and cell.expected and cell.reported < settings.COVERAGE_MARK * cell.expected)
