"""Answers that programs ask for again and again, kept as bytes for as long as nothing behind them has changed.

In the memory of each web process and not in Redis: an answer is checked against the database every time anyway, and
what is lost with the process is made anew by one request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache
from rest_framework.request import Request

from districts.access import Scope
from districts.models import Level
from reports.rollup.selectors import read_edition

BYTES = 32 * 1024 * 1024
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    periods: tuple[int, ...]
    edition: str
    body: bytes


_kept: LRUCache[Key, Kept] = LRUCache(BYTES, getsizeof=lambda kept: len(kept.body))
_lock = Lock()


def key_of(request: Request, scope: Scope) -> Key:
    """Everything of a request that its answer depends on: the question, where links lead, and what may be seen."""
    seen = (scope.sees_city, frozenset(scope.unit_ids(Level.DISTRICT)), frozenset(scope.unit_ids(Level.SCHOOL)))
    return request.scheme, request.get_host(), request.META.get("QUERY_STRING", ""), *seen


def recall(key: Key) -> bytes | None:
    """The answer as it was given, if it would be the same now. One statement, none when it was never given."""
    with _lock:
        kept = _kept.get(key)
    return kept.body if kept and kept.edition == read_edition().of(kept.periods) else None


def keep(key: Key, *, periods: Sequence[int], edition: str, body: bytes) -> None:
    """`edition` was read before the cells in `body`. An answer of more than the whole room is not kept."""
    if len(body) <= BYTES:
        with _lock:
            _kept[key] = Kept(tuple(periods), edition, body)
