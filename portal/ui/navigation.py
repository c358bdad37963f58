"""The main navigation. Each room registers its items when the apps are ready; nobody lists them all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# What the five programmes have, and what only keepers need: one word of the bar each.
PROGRAMMES, KEEPING = _("项目"), _("管理")

Question = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A word of the navigation, shown to those whose roles are named (all office holders if none are)."""

    label: object
    url_name: str
    order: int
    roles: frozenset[str] = frozenset()
    count: Question | None = None
    # Pages that belong to this word although their address begins with that of another.
    views: frozenset[str] = frozenset()
    # Items of one group, standing beside each other, open from one word: the bar holds seven, not fourteen.
    group: object = ""


_items: list[Item] = []
_bells: list[tuple[Item, Question]] = []


def register(*items: Item) -> None:
    _items.extend(items)
    _items.sort(key=lambda item: item.order)


def register_bell(item: Item, is_heard: Question) -> None:
    """The bell of the top bar: one item, whose count is what is new, for those to whom anything is told."""
    _bells[:] = [(item, is_heard)]


def bell_of(request: HttpRequest) -> dict[str, Any] | None:
    """Address and number of new notices, for those who get any."""
    for item, is_heard in _bells:
        if is_heard(request):
            return {"label": item.label, "url": reverse(item.url_name), "count": item.count and item.count(request)}
    return None


def navigation_of(request: HttpRequest) -> list[dict[str, Any]]:
    """The items for this user, the current one marked: the one that names the page, else the one whose address
    is the longest beginning of the path."""
    roles = request.scope.roles  # type: ignore[attr-defined]
    shown = [item for item in _items if roles and (not item.roles or item.roles & roles)]
    urls = {item: reverse(item.url_name) for item in shown}
    fitting = [url for url in urls.values() if request.path == url or (url != "/" and request.path.startswith(url))]
    view = request.resolver_match.view_name if request.resolver_match else ""
    named = (urls[item] for item in shown if view in item.views)
    current = next(named, max(fitting, key=len, default=""))
    return [
        {
            "label": item.label,
            "url": urls[item],
            "current": urls[item] == current,
            "count": item.count(request) if item.count else None,
            "group": str(item.group),
        }
        for item in shown
    ]


def group_navigation(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The words of the bar: an item, or a group with its `members`, their sum and whether one of them is current.

    A group of which somebody sees one item only is that item.
    """
    words: list[dict[str, Any]] = []
    for group, beside in groupby(items, key=lambda item: item["group"]):
        members = list(beside)
        if not group or len(members) == 1:
            words.extend(members)
            continue
        total = sum(member["count"] or 0 for member in members)
        words.append(
            {"label": group, "members": members, "count": total, "current": any(m["current"] for m in members)}
        )
    return words
