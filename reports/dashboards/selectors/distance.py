"""How far a unit's indicators are from their targets, beside the city and the middle of its comparable units."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from districts.access import Scope
from districts.models import Unit
from districts.selectors.units import get_city
from projects.programmes.models import Programme
from reports.dashboards.state import State
from reports.rollup.selectors import CellQuery
from reports.rollup.selectors.cells import read_cells

from .cards import Card
from .comparison import Comparison, read_medians
from .scale import Scale
from .series import Figure

# Percentage points below and above the target that the rows show; what lies further out is an arrow with its value.
BELOW, ABOVE = -12, 6
SCALE = Scale(BELOW, ABOVE)
ZERO = SCALE.place(0)


@dataclass(frozen=True, slots=True)
class Distance:
    """One row. `at`, `city_at`, `middle_at`: places on the common scale, "" where there is nothing to place."""

    programme: Programme | None
    figure: Figure
    city: Decimal | None
    middle: Decimal | None
    at: str
    city_at: str
    middle_at: str
    beyond: Decimal | None

    @property
    def is_below(self) -> bool:
        return self.beyond is not None and self.beyond < 0


def get_distances(
    *, scope: Scope, unit: Unit, state: State, cards: Iterable[Card], comparison: Comparison | None
) -> list[Distance]:
    """The ratios of the cards in their order, each in the period that the unit's own figure shows; at most four
    queries. The programme is named in its first row only."""
    shown = [(card.programme, [f for f in (card.headline, *card.facts) if f.cell and f.is_ratio]) for card in cards]
    figures = [figure for _programme, found in shown for figure in found]
    keys = {(f.indicator.pk, f.cell.period_id) for f in figures if f.cell}
    city = _city(keys, state)
    middles = read_medians(
        scope=scope,
        members=comparison.members if comparison else [],
        indicators={i for i, _p in keys},
        periods={p for _i, p in keys},
        state=state,
    )
    return [
        _row(programme if number == 0 else None, figure, city, middles)
        for programme, found in shown
        for number, figure in enumerate(found)
    ]


def _city(keys: set[tuple[int, int]], state: State) -> dict[tuple[int, int], Decimal | None]:
    if not keys:
        return {}
    query = CellQuery(
        indicators=[i for i, _p in keys], periods=[p for _i, p in keys], units=[get_city().pk], slices=[state.slice]
    )
    return {(row.indicator_id, row.period_id): row.value for row in read_cells(query, visible=None)}


def _row(
    programme: Programme | None,
    figure: Figure,
    city: Mapping[tuple[int, int], Decimal | None],
    middles: Mapping[tuple[int, int], Decimal],
) -> Distance:
    assert figure.cell
    key = (figure.indicator.pk, figure.cell.period_id)
    target = figure.target

    def place(value: Decimal | None) -> str:
        return SCALE.place(value - target) if value is not None and target is not None else ""

    away = -figure.gap if figure.gap is not None else None
    beyond = away if away is not None and not BELOW <= away <= ABOVE else None
    return Distance(
        programme, figure, city.get(key), middles.get(key),
        place(figure.cell.value), place(city.get(key)), place(middles.get(key)), beyond,
    )  # fmt: skip
