"""Numbers that stand on every page, counted by a statement that is written once.

To write such a statement from a queryset takes five to twenty times as long as to run it. Its text depends on who asks
and on the day, and on nothing that is stored.
"""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

# Stands in a queryset for the moment that `count_rows` is given, which is another one every time.
SINCE = datetime(1, 1, 2, tzinfo=UTC)
KEPT = 1000
# None: the conditions contradict each other, and there is nothing to ask.
Text = tuple[str, tuple[Any, ...]] | None
_texts: LRUCache[Hashable, Text] = LRUCache(KEPT)
_lock = Lock()


def count_rows(name: str, key: Hashable, make: Callable[[], QuerySet[Any]], *, since: datetime | None = None) -> int:
    """How many rows `make()` has; one query, none where there can be no row.

    `key`: all that `make` depends on beside `name` and the day. It must not depend on what is stored: a subquery may,
    a list of keys that was read may not.
    """
    place = (name, key, timezone.localdate())
    with _lock:
        known, text = place in _texts, _texts.get(place)
    if not known:
        text = _write(make())
        with _lock:
            _texts[place] = text
    if text is None:
        return 0
    statement, values = text
    with connection.cursor() as cursor:
        cursor.execute(statement, [since if value == SINCE else value for value in values])
        return int(cursor.fetchone()[0])


def _write(rows: QuerySet[Any]) -> Text:
    try:
        text, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return f"SELECT count(*) FROM ({text}) AS rows", tuple(values)
