"""What every installation starts with: the city's units, the catalogue with its periods, the forms.

Loaded once a run. A test with real transactions ends with a flush of every table; Django tells by `post_migrate`, and
the reference rows come back from a copy in a schema of its own, where no flush looks.
"""

from io import StringIO
from typing import Any

import pgtrigger
from django.apps import apps
from django.contrib.contenttypes.management import create_contenttypes
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.signals import post_migrate

COPIES = "reference"
# No flush empties it.
OWN = {"django_migrations"}
# Made by a migration of knox, but our own token model stands in its place: no flush empties it, and it refuses theirs.
SWAPPED_OUT = "knox_authtoken"


def load_reference() -> None:
    for command in ("load_districts", "load_catalogue", "load_forms", "load_standard", "load_regulation"):
        call_command(command, stdout=StringIO())


def keep_reference() -> None:
    """Copy what is there now, and put it back after every flush of this process."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {SWAPPED_OUT}")
        cursor.execute(f"DROP SCHEMA IF EXISTS {COPIES} CASCADE")
        cursor.execute(f"CREATE SCHEMA {COPIES}")
        for table in sorted(set(connection.introspection.table_names(cursor)) - OWN):
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
            if cursor.fetchone()[0]:
                cursor.execute(f'CREATE TABLE {COPIES}."{table}" AS TABLE "{table}"')
    # Theirs come back with all the others; to work them out anew takes seconds.
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.connect(_restore, sender=list(apps.get_app_configs())[-1], weak=False, dispatch_uid="reference")


def _restore(**_signal: Any) -> None:
    """Foreign keys are deferred to the end of the transaction, so the order of the tables does not matter."""
    with transaction.atomic(), pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [COPIES])
        for (table,) in cursor.fetchall():
            cursor.execute(f'INSERT INTO "{table}" SELECT * FROM {COPIES}."{table}"')
