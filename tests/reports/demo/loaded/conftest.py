from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from reports.demo.people import Account
from reports.demo.services import Loaded, load_demo_city, write_accounts

TODAY = date(2026, 11, 23)

# Keys decide the luck of generated schools: they begin at the same number, whatever ran before on this database.
SAME_KEYS = """
DO $$ DECLARE s regclass; BEGIN
    FOR s IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        WHERE c.relkind = 'S'
    LOOP EXECUTE format('ALTER SEQUENCE %s RESTART WITH 1000001', s); END LOOP;
END $$"""


class DemoCity:
    def __init__(self, loaded: Loaded, accounts: list[Account], file: Path) -> None:
        self.loaded, self.accounts, self.file = loaded, accounts, file


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[DemoCity]:
    """The demo city as it stands in city.toml, loaded once for all tests of this folder, which only read."""
    file = tmp_path_factory.mktemp("demo") / "demo.json"
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(SAME_KEYS)
        loaded = load_demo_city(today=TODAY)
        accounts = write_accounts(file, "http://demo/", district_code="500238", school_code="5002380001")
        yield DemoCity(loaded, accounts, file)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _nothing_stays(demo: DemoCity, db: None) -> None:
    """What a test adds is gone before the next one: `db` wraps each in a savepoint inside the city's transaction.

    It also tells pytest-django that this folder wants a database: it makes one only for the tests that ask for `db`.
    """
