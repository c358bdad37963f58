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

    label: str
    url_name: str
    order: int
    roles: frozenset[str] = frozenset()
    count: Question | None = None


_items: list[Item] = []


def register(*items: Item) -> None:
    _items.extend(items)
    _items.sort(key=lambda item: item.order)


def navigation_of(request: HttpRequest) -> list[dict[str, Any]]:
    """The items for this user, the current one marked: the one whose address is the longest beginning of the path."""
    roles = request.scope.roles  # type: ignore[attr-defined]
    shown = [item for item in _items if roles and (not item.roles or item.roles & roles)]
    urls = {item: reverse(item.url_name) for item in shown}
    fitting = [url for url in urls.values() if request.path == url or (url != "/" and request.path.startswith(url))]
    current = max(fitting, key=len, default="")
    return [
        {
            "label": item.label,
            "url": urls[item],
            "current": urls[item] == current,
            "count": item.count(request) if item.count else None,
        }
        for item in shown
    ]
