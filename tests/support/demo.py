"""The demo city for tests: loaded once a run, by whoever needs it first; everybody else works in a copy."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path

from django.db import connection

from reports.demo.people import Account
from reports.demo.services import Loaded, load_demo_city, write_accounts

from .reference import load_reference
from .template import drop_all, make_once, migrated_template, run, working_in_copy

TODAY = date(2026, 11, 23)
PREFIX = "demo_"
# A run with workers has a name that they all know.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")

# Keys decide the luck of generated schools: they begin at the same number, whatever reference data take.
SAME_KEYS = """
DO $$ DECLARE s regclass; BEGIN
    FOR s IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        WHERE c.relkind = 'S'
    LOOP EXECUTE format('ALTER SEQUENCE %s RESTART WITH 1000001', s); END LOOP;
END $$"""


class DemoCity:
    def __init__(self, loaded: Loaded, accounts: list[Account], file: Path) -> None:
        self.loaded, self.accounts, self.file = loaded, accounts, file


@contextmanager
def demo_city(folder: Path) -> Iterator[DemoCity]:
    """Inside, this process works in a demo city of its own, whose logins stand in `folder`; gone at the end."""
    template = make_once(PREFIX, RUN, _load, source=migrated_template())
    with working_in_copy(template, f"{template}_copy_{os.getpid()}"):
        file = folder / "demo.json"
        accounts = write_accounts(file, "http://demo/", district_code="500238", school_code="5002380001")
        yield DemoCity(_told(template), accounts, file)


def drop_demo() -> None:
    """At the end of a run: its city takes half a gigabyte."""
    drop_all(PREFIX)


def _load() -> None:
    load_reference()
    with connection.cursor() as cursor:
        cursor.execute(SAME_KEYS)
    loaded = load_demo_city(today=TODAY)
    run(f"COMMENT ON DATABASE {connection.settings_dict['NAME']} IS %s", json.dumps(asdict(loaded)))


def _told(template: str) -> Loaded:
    """What the loading worker found, which may be another process."""
    ((said,),) = run("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", template)
    return Loaded(**json.loads(said))
