"""What others did that concerns a person: the bell and 动态. Each room registers its source (docs/adr/0009)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .access import Scope

MOST = 100


@dataclass(frozen=True, slots=True)
class News:
    """One step: of what (with its address), whose it is, what happened, why, when."""

    subject: str
    url: str
    unit: str
    word: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """`read` gives at most `MOST`, newest first; `count` at most `MOST` too, in as few queries as can be."""

    roles: frozenset[str]
    read: Callable[[Scope, datetime], list[News]]
    count: Callable[[Scope, datetime], int]


_sources: list[Source] = []


def register_news(source: Source) -> None:
    _sources.append(source)


def list_news(*, scope: Scope, since: datetime) -> list[News]:
    """What happened after `since`, newest first, at most `MOST`."""
    found = [news for source in _concerning(scope) for news in source.read(scope, since)]
    return sorted(found, key=lambda news: news.at, reverse=True)[:MOST]


def count_news(*, scope: Scope, since: datetime) -> int:
    return min(sum(source.count(scope, since) for source in _concerning(scope)), MOST)


def hears(scope: Scope) -> bool:
    """Whether there is anything that this scope could hear of: without it there is no bell."""
    return bool(_concerning(scope))


def _concerning(scope: Scope) -> list[Source]:
    return [source for source in _sources if source.roles & scope.roles]
