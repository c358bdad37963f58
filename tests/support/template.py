"""Databases that others are a copy of.

Migrating takes half a minute, loading the demo city as long, copying a second. The migrated, empty one is made for each
state of the migration files and kept in the folder of the test run; the first worker makes it, the others wait. It is a
shortcut only: Django migrates the copy too, and whatever were missing would be applied there.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg2
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from portal.embedded.processes import locked
from portal.migrating import options_in_place

PREFIX = "migrated_"


def migrated_template() -> str:
    """The name of the database; made if it is not there."""
    return make_once(PREFIX, _fingerprint(), _migrate)


def make_once(prefix: str, key: str, fill: Callable[[], object], *, source: str = "template1") -> str:
    """The database of this prefix and key: a copy of `source` that `fill` filled, by whoever comes first.

    Those of other keys are dropped. One that was interrupted has another name, so nobody takes it for a whole one.
    """
    name = prefix + key
    with locked(Path(settings.PORTAL_DATA) / f"{prefix}template.lock"):
        kept = {held for (held,) in run("SELECT datname FROM pg_database") if held.startswith(prefix)}
        if name not in kept:
            # One of the same key that was begun and interrupted is among them.
            for other in kept:
                run(f"DROP DATABASE {other} WITH (FORCE)")
            run(f"CREATE DATABASE {name}_new TEMPLATE {source}")
            with working_in(f"{name}_new"):
                fill()
            run(f"ALTER DATABASE {name}_new RENAME TO {name}")
    return name


def drop_all(prefix: str) -> None:
    """Drop every database of this prefix."""
    for (name,) in run("SELECT datname FROM pg_database"):
        if name.startswith(prefix):
            run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def working_in(name: str) -> Iterator[None]:
    """Inside, this process works in another database, and so do the threads that open a connection meanwhile."""
    ours = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = ours


@contextmanager
def working_in_copy(of: str, name: str) -> Iterator[None]:
    """The same in a copy that is dropped at the end. Its files are copied: a big one would else go through the log."""
    run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    run(f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY FILE_COPY")
    try:
        with working_in(name):
            yield
    finally:
        run(f"DROP DATABASE {name} WITH (FORCE)")


def _fingerprint() -> str:
    digest = sha256()
    for app in apps.get_app_configs():
        for path in sorted((Path(app.path) / "migrations").glob("*.py")):
            digest.update(f"{app.label}/{path.name}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate() -> None:
    with options_in_place():
        call_command("migrate", verbosity=0)


def run(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """On a connection without a transaction, to the database that is always there."""
    with closing(psycopg2.connect(**{**connection.get_connection_params(), "dbname": "postgres"})) as maintenance:
        maintenance.autocommit = True
        with maintenance.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []
