"""The five programme cards of a unit."""

from dataclasses import dataclass

from districts.access import Scope
from districts.models import Unit
from projects.programmes.models import Programme
from reports.dashboards.state import State
from reports.indicators.models import Indicator

from .series import Figure, build_figures, read_series


@dataclass(frozen=True, slots=True)
class Card:
    programme: Programme
    headline: Figure
    facts: list[Figure]


def get_cards(
    *, scope: Scope, unit: Unit, state: State, also: tuple[str, ...] = ()
) -> tuple[list[Card], dict[str, Figure]]:
    """Five cards, and every figure in them (and of the codes in `also`) by code. Six queries."""
    programmes = list(Programme.objects.all())
    codes = {code for p in programmes for code in (p.headline, *p.facts)} | {state.indicator.code, *also}
    indicators = list(Indicator.objects.filter(code__in=codes))
    series = read_series(scope=scope, unit=unit, indicators=indicators, state=state)
    last_year = [p.headline for p in programmes if p.compares_with_last_year]
    figures = build_figures(series=series, indicators=indicators, state=state, unit=unit, last_year=last_year)
    cards = [Card(p, figures[p.headline], [figures[code] for code in p.facts if code in figures]) for p in programmes]
    return cards, figures
