"""Figures that the portal already knows. Higher rooms register providers when the apps are ready (docs/adr/0009)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class KnownFigure:
    """As it is shown: `value` with its qualifier and unit, the period it belongs to, its last day."""

    value: str
    label: str
    as_of: date


# (school key, indicator codes, day) → code → figure. Only approved figures; what is missing is left out.
Provider = Callable[[int, Sequence[str], date], dict[str, KnownFigure]]

providers: list[Provider] = []


def known_figures(school_id: int, codes: Sequence[str], on: date) -> dict[str, KnownFigure]:
    """What is known of the school on a day; the first provider that knows a code wins."""
    found: dict[str, KnownFigure] = {}
    for provider in providers:
        missing = [code for code in codes if code not in found]
        if missing:
            found |= provider(school_id, missing, on)
    return found
