"""The main navigation. Each room registers its items when the apps are ready; nobody lists them all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

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
        }
        for item in shown
    ]
