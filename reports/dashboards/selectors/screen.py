"""The big screen: the same figures and words as the city page, one indicator of the map at a time."""

from dataclasses import dataclass, replace
from datetime import datetime

from districts.access import Scope
from districts.selectors.units import get_city
from reports.dashboards.state import State
from reports.rollup.selectors.freshness import get_lag

from .attention import Finding, get_findings
from .cards import Card, get_cards
from .progress import PeriodProgress, get_progress
from .series import Figure
from .tile_map import TileMap, get_tile_map

COMMITMENTS = ("L11", "L08", "P08", "P09")
FINDINGS = 3


@dataclass(frozen=True, slots=True)
class Screen:
    """`turn` counts from 1; `lag`: since when figures wait for the roll-up, or None."""

    state: State
    cards: list[Card]
    figure: Figure
    commitments: list[Figure]
    tile_map: TileMap
    progress: PeriodProgress
    findings: list[Finding]
    turn: int
    turns: int
    as_of: datetime | None
    lag: datetime | None


def get_screen(*, scope: Scope, state: State, turn: int) -> Screen:
    """What stands on the screen at its turn; turns go round. The number of queries does not grow."""
    city = get_city()
    cards, figures = get_cards(scope=scope, unit=city, state=state, also=COMMITMENTS)
    at = turn % len(cards) if cards else 0
    figure = cards[at].headline if cards else figures[state.indicator.code]
    state = replace(state, indicator=figure.indicator)
    progress = get_progress(state=state)
    return Screen(
        state=state,
        cards=cards,
        figure=figure,
        commitments=[figures[code] for code in COMMITMENTS if code in figures and figures[code].cell],
        tile_map=get_tile_map(scope=scope, state=state, figure=figure),
        progress=progress,
        findings=get_findings(scope=scope, unit=city, state=state, progress=progress)[:FINDINGS],
        turn=at + 1,
        turns=max(len(cards), 1),
        as_of=max((f.cell.as_of for f in figures.values() if f.cell and f.cell.as_of), default=None),
        lag=get_lag(),
    )
