"""COPY for generated rows: the only way in for millions of them."""

import io
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model

CHUNK = 10_000


def copy_rows(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY `rows` (tuples in the order of `columns`, which are column names) into the model's table; returns the count.

    Nothing is checked here but what the database checks: constraints and triggers hold as always. While the database
    takes one chunk in, the next one is made; `rows` may ask the database only before it gives the first row.
    """
    statement = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    iterator, count = iter(rows), 0
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as beside:
        sent: Future[None] | None = None
        while chunk := list(islice(iterator, CHUNK)):
            text = "".join(["\t".join(map(_field, row)) + "\n" for row in chunk])
            if sent:
                sent.result()
            sent = beside.submit(cursor.copy_expert, statement, io.StringIO(text))
            count += len(chunk)
        if sent:
            sent.result()
    return count


FOREIGN_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY conname"""


@contextmanager
def keys_checked_together(*models: type[Model]) -> Iterator[None]:
    """Inside, in a transaction, rows of these models are written without looking up each of their foreign keys.

    At the end every constraint is put back, which checks all rows in one statement: a key that leads nowhere fails
    as it always would. Nothing else may use the tables meanwhile: this is for filling an empty database.
    """
    with connection.cursor() as cursor:
        cursor.execute(FOREIGN_KEYS, [[model._meta.db_table for model in models]])
        keys = cursor.fetchall()
        for drop, _add in keys:
            cursor.execute(drop)
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for _drop, add in keys:
            cursor.execute(add)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# Of a constraint that has an index (primary key, uniqueness) the index goes and comes with it.
INDEXES = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = %(table)s::regclass
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = %(table)s::regclass
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))"""


@contextmanager
def indexes_built_together(*models: type[Model]) -> Iterator[None]:
    """Inside, in a transaction, these models have no index and no uniqueness; at the end each index is built in one go.

    For tables that no foreign key leads to. One that is empty gets new storage: a server that logs no more than it
    must (wal_level=minimal) then logs nothing of what is loaded.
    """
    tables = [model._meta.db_table for model in models]
    changes: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(INDEXES, {"table": table})
            changes += cursor.fetchall()
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")
            if not cursor.fetchone()[0]:
                cursor.execute(f"TRUNCATE {table}")
        for drop, _build in changes:
            cursor.execute(drop)
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for _drop, build in changes:
            cursor.execute(build)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@lru_cache(maxsize=50_000, typed=True)
def _field(value: Any) -> str:
    """The value as COPY reads it. Remembered: the same keys, days and moments come again in one row after another."""
    if value is None:
        return r"\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, str):
        return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")
    return str(value)


def take_ids(model: type[Model], count: int) -> list[int]:
    """Reserve `count` primary keys from the model's own sequence."""
    column = model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, column, count],
        )
        return [row[0] for row in cursor.fetchall()]
