"""What waits for a person, on the start page. Each room registers its source (docs/adr/0009)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from .access import Scope


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do: what, why or how much, until which day (the last on which it can be done), and where."""

    title: str
    detail: str
    url: str
    button: str
    due: date | None = None
    came_back: bool = False


Source = Callable[[Scope], list[Duty]]
_sources: list[tuple[frozenset[str], Source]] = []


def register_duties(roles: frozenset[str], source: Source) -> None:
    """`source` is asked for holders of these roles only, so that nobody pays for what cannot concern them."""
    _sources.append((roles, source))


def list_duties(*, scope: Scope) -> list[Duty]:
    """Everything that waits for the scope: what came back first, then by the day."""
    found = [duty for roles, source in _sources if roles & scope.roles for duty in source(scope)]
    return sorted(found, key=lambda duty: (not duty.came_back, duty.due or date.max, duty.title))
