"""What is costly to fill is filled once a run; whoever works in a copy of it leaves nothing behind."""

from typing import Any

import pytest
from django.db import connection

from tests.support import template

PREFIX = "once_"


@pytest.fixture
def _unblocked(django_db_setup: None, django_db_blocker: Any) -> Any:
    """No transaction of a test: the connection is closed when another database is chosen."""
    with django_db_blocker.unblock():
        yield
        template.drop_all(PREFIX)


def kept() -> list[str]:
    return [name for (name,) in template.run("SELECT datname FROM pg_database") if name.startswith(PREFIX)]


def find(name: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)::text", [name])
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def fill() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filled ()")


@pytest.mark.usefixtures("_unblocked")
def test_it_is_filled_once_and_another_key_takes_its_place() -> None:
    assert [template.make_once(PREFIX, "a", fill) for _again in range(2)] == [f"{PREFIX}a"] * 2
    assert kept() == [f"{PREFIX}a"]
    assert template.make_once(PREFIX, "b", fill) == f"{PREFIX}b"
    assert kept() == [f"{PREFIX}b"]
    with pytest.raises(ZeroDivisionError):
        template.make_once(PREFIX, "c", lambda: 1 // 0)
    assert template.make_once(PREFIX, "c", fill) == f"{PREFIX}c", "what was interrupted is begun again"
    assert kept() == [f"{PREFIX}c"]


@pytest.mark.usefixtures("_unblocked")
def test_a_copy_is_worked_in_and_gone_afterwards() -> None:
    ours, source = connection.settings_dict["NAME"], template.make_once(PREFIX, "a", fill)
    with template.working_in_copy(source, f"{PREFIX}a_copy"):
        assert connection.settings_dict["NAME"] == f"{PREFIX}a_copy"
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE only_here ()")
        assert (find("filled"), find("only_here")) == ("filled", "only_here")
    assert connection.settings_dict["NAME"] == ours
    assert (find("filled"), find("only_here")) == (None, None)
    assert kept() == [source]
    with template.working_in(source):
        assert (find("filled"), find("only_here")) == ("filled", None)
