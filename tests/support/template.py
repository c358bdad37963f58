"""The migrated, empty database that every test database is a copy of.

Migrating takes half a minute, copying half a second. One is made for each state of the migration files and kept in the
folder of the test run; the first worker makes it, the others wait. It is a shortcut only: Django migrates the copy too,
and whatever were missing would be applied there.
"""

from contextlib import closing
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
    name = PREFIX + _fingerprint()
    with locked(Path(settings.PORTAL_DATA) / "template.lock"):
        kept = _run("SELECT datname FROM pg_database WHERE datname LIKE %s", f"{PREFIX}%")
        if (name,) not in kept:
            for (other,) in kept:
                _run(f"DROP DATABASE {other}")
            _migrate(f"{name}_new")
            _run(f"ALTER DATABASE {name}_new RENAME TO {name}")
    return name


def _fingerprint() -> str:
    digest = sha256()
    for app in apps.get_app_configs():
        for path in sorted((Path(app.path) / "migrations").glob("*.py")):
            digest.update(f"{app.label}/{path.name}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(name: str) -> None:
    _run(f"CREATE DATABASE {name}")
    ours = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        with options_in_place():
            call_command("migrate", verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = ours


def _run(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """On a connection without a transaction, to the database that is always there."""
    with closing(psycopg2.connect(**{**connection.get_connection_params(), "dbname": "postgres"})) as maintenance:
        maintenance.autocommit = True
        with maintenance.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []
