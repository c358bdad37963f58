"""Pages of higher rooms about a title. Each room registers its own when the apps are ready (docs/adr/0009)."""

from collections.abc import Callable
from dataclasses import dataclass

from .models import Designation


@dataclass(frozen=True, slots=True)
class Link:
    word: str
    url: str


# Title → the page that a room has for it, or None.
of_designations: list[Callable[[Designation], Link | None]] = []


def links_of(row: Designation) -> list[Link]:
    return [link for find in of_designations if (link := find(row)) is not None]
