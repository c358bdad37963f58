"""Statements that nearly every request asks, read and planned by the server once for each connection.

Only for statements whose best plan does not depend on what is asked for: after a few times the server takes one plan
for all. Kept by name on the server's side of a connection; behind a pooler that gives every transaction another
connection the name may be unknown, and the statement is then sent as it is.
"""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection
from psycopg2.errors import DuplicatePreparedStatement, InvalidSqlStatementName

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def ask(cursor: Any, name: str, statement: str, values: Sequence[Any] = ()) -> None:
    """Run `statement`, whose parameters are `%s`, under a name of its own."""
    names = _known.setdefault(cursor.connection, set())
    if name not in names:
        _prepare(cursor.connection, name, statement)
        names.add(name)
    asked = f"EXECUTE {name}" + (f" ({', '.join(['%s'] * len(values))})" if values else "")
    try:
        cursor.execute(asked, values or None)
    except DatabaseError as error:
        if not isinstance(error.__cause__, InvalidSqlStatementName) or connection.in_atomic_block:
            raise
        names.discard(name)
        cursor.execute(statement, values or None)


def _prepare(raw: Any, name: str, statement: str) -> None:
    """On a cursor of the driver: it is no question of the request, and is not counted as one."""
    parts = statement.split("%s")
    numbered = parts[0] + "".join(f"${number}{part}" for number, part in enumerate(parts[1:], 1))
    try:
        with connection.wrap_database_errors, raw.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {numbered}")
    except DatabaseError as error:
        # A pooler's connection, on which another process has prepared the same.
        if not isinstance(error.__cause__, DuplicatePreparedStatement) or connection.in_atomic_block:
            raise
