"""Everything that the page of one unit shows, from stored cells, in a number of queries that does not grow."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from districts.access import Scope
from districts.models import Level, Unit
from reports.dashboards.state import State

from .attention import Finding, get_findings
from .cards import Card, get_cards
from .comparison import Comparison, get_comparison
from .distance import Distance, get_distances
from .peers import SchoolPeers, get_school_peers
from .progress import PeriodProgress, get_progress
from .series import Figure
from .tile_map import TileMap, get_tile_map
from .trend import Trend, get_trend
from .zones import ZoneRow, get_zones

# 履职承诺: made, due and kept by secretaries; teachers' public commitments.
COMMITMENTS = ("L08", "L09", "L10", "L11", "P08", "P09")


@dataclass(frozen=True, slots=True)
class Board:
    """None and empty lists stand for parts that the level of the unit does not have."""

    cards: list[Card]
    figures: dict[str, Figure]
    figure: Figure
    trend: Trend | None
    comparison: Comparison | None
    peers: SchoolPeers | None
    progress: PeriodProgress | None
    findings: list[Finding]
    tile_map: TileMap | None
    distances: list[Distance]
    zones: list[ZoneRow]
    zone_figures: list[Figure]

    @property
    def as_of(self) -> datetime | None:
        """The newest approval behind any figure of the page."""
        moments = [f.cell.as_of for f in self.figures.values() if f.cell and f.cell.as_of]
        return max(moments, default=None)

    @property
    def commitments(self) -> dict[str, Figure]:
        return {code: self.figures[code] for code in COMMITMENTS if code in self.figures}

    @property
    def hidden(self) -> bool:
        """Whether anything on the cards is suppressed, so that the page must say what * means."""
        return any(f.cell is not None and f.cell.suppressed for f in self.figures.values())


def get_board(*, scope: Scope, unit: Unit, state: State) -> Board:
    """The parts that belong to the unit's level. Http404 when the address compares with a unit that is none."""
    also = COMMITMENTS if unit.level == Level.DISTRICT else ()
    cards, figures = get_cards(scope=scope, unit=unit, state=state, also=also)
    figure = figures[state.indicator.code]
    tile_map = get_tile_map(scope=scope, state=state, figure=figure) if unit.level == Level.CITY else None
    measured = _compared_unit(tile_map, state) if tile_map else unit
    comparison = get_comparison(scope=scope, unit=measured, state=state, figure=figure) if measured else None
    progress = get_progress_of(unit, state)
    district = unit.level == Level.DISTRICT
    zone_figures = _zone_figures(cards, figure) if district else []
    return Board(
        cards=cards,
        figures=figures,
        figure=figure,
        trend=get_trend(
            scope=scope, unit=unit, state=state, figure=figure, comparison=None if tile_map else comparison
        ),
        comparison=comparison,
        peers=get_school_peers(unit=unit, state=state, figure=figure),
        progress=progress,
        findings=get_findings(scope=scope, unit=unit, state=state, progress=progress) if progress else [],
        tile_map=tile_map,
        distances=_distances(scope, unit, state, cards, comparison),
        zones=get_zones(scope=scope, unit=unit, state=state, figures=zone_figures) if district else [],
        zone_figures=zone_figures,
    )


def get_progress_of(unit: Unit, state: State) -> PeriodProgress | None:
    """Reporting progress of a city or district; other units have none of their own."""
    if unit.level == Level.CITY:
        return get_progress(state=state)
    return get_progress(state=state, district_ids=[unit.pk]) if unit.level == Level.DISTRICT else None


def _distances(
    scope: Scope, unit: Unit, state: State, cards: list[Card], comparison: Comparison | None
) -> list[Distance]:
    if unit.level not in (Level.DISTRICT, Level.ZONE):
        return []
    return get_distances(scope=scope, unit=unit, state=state, cards=cards, comparison=comparison)


def _compared_unit(tile_map: TileMap, state: State) -> Unit | None:
    """The district whose group a city page shows: the one asked for, else the one with the most schools."""
    if state.compare:
        chosen = next((t.district for t in tile_map.tiles if t.district.code == state.compare), None)
        if chosen is None:
            raise Http404
        return chosen
    known = [t for t in tile_map.tiles if t.cell and t.cell.reported and not t.district.is_direct]
    largest = max(known, key=lambda t: t.cell.expected if t.cell else 0, default=None)
    return largest.district if largest else None


def _zone_figures(cards: list[Card], figure: Figure) -> list[Figure]:
    """The chosen indicator first, then ratios that head a card, three in all."""
    heads = [c.headline for c in cards if c.headline.is_ratio and c.headline.indicator.pk != figure.indicator.pk]
    return [figure, *heads[:2]]
