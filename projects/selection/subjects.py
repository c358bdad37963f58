"""Holders that other rooms own (brands, courses, topics): registered here, never imported."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that may apply: its key in its own room, and its name."""

    pk: int
    title: str


# School key → the subjects of the kind that the school may enter.
Lister = Callable[[int], list[Subject]]

_listers: dict[str, Lister] = {}
_pages: dict[str, str] = {}


def register(kind: str, lister: Lister, *, page: str = "") -> None:
    """Let a room offer its things as holders of `kind` (a HolderKind); called once, when the apps are ready.

    `page`: route of the page on which a school enters a new one.
    """
    _listers[kind] = lister
    _pages[kind] = page


def page_of(kind: str) -> str:
    """Route of the page on which a school enters a new thing of the kind; empty where there is none."""
    return _pages.get(kind, "")


def is_registered(kind: str) -> bool:
    return kind in _listers


def list_subjects(kind: str, school_id: int) -> list[Subject]:
    """What the school may enter; empty for kinds that nobody keeps (then the title is typed)."""
    lister = _listers.get(kind)
    return lister(school_id) if lister else []
