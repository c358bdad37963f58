"""A connection that its server ended is noticed before it is used, and what a server was told to remember may be gone."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.postgres import prepared
from portal.postgres.base import DatabaseWrapper

DOUBLE = "SELECT %s::int * 2"


@pytest.fixture(autouse=True)
def _of_its_own(transactional_db: None) -> Iterator[None]:
    """Each test begins and ends with a connection that nothing is prepared on."""
    connection.close()
    yield
    connection.close()


@pytest.fixture
def other() -> Iterator[DatabaseWrapper]:
    """A second connection, which can end the first."""
    second = connection.copy()
    yield second
    second.close()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(pid: int, other: DatabaseWrapper) -> None:
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_an_open_connection_is_used_again_without_a_question(client: Client) -> None:
    pid = backend()
    connection.health_check_enabled, connection.health_check_done = True, False
    assert connection.is_usable()
    connection.close_if_health_check_failed()
    assert backend() == pid


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_replaced(other: DatabaseWrapper) -> None:
    pid = backend()
    end(pid, other)
    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    connection.close_if_health_check_failed()
    assert backend() != pid


@pytest.mark.django_db(transaction=True)
def test_after_an_error_the_server_is_asked(other: DatabaseWrapper) -> None:
    pid = backend()
    connection.errors_occurred = True
    assert connection.is_usable()
    end(pid, other)
    assert not connection.is_usable()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_prepared_once_for_each_connection() -> None:
    with CaptureQueriesContext(connection) as asked, connection.cursor() as cursor:
        for number in (1, 2, 3):
            prepared.ask(cursor, "double", DOUBLE, [number])
            assert cursor.fetchone() == (2 * number,)
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = 'double'")
        assert cursor.fetchone() == (1,)
    assert len(asked) == 4
    connection.close()
    with connection.cursor() as cursor:
        prepared.ask(cursor, "double", DOUBLE, [4])
        assert cursor.fetchone() == (8,)


@pytest.mark.django_db(transaction=True)
def test_a_name_that_the_server_forgot_is_no_error() -> None:
    with connection.cursor() as cursor:
        prepared.ask(cursor, "double", DOUBLE, [1])
        for _again in range(2):
            cursor.execute("DEALLOCATE ALL")
            prepared.ask(cursor, "double", DOUBLE, [5])
            assert cursor.fetchone() == (10,)
        prepared.ask(cursor, "double", DOUBLE, [6])
        assert cursor.fetchone() == (12,)


@pytest.mark.django_db(transaction=True)
def test_a_name_that_the_server_has_already_is_no_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PREPARE double AS SELECT $1::int * 2")
        prepared.ask(cursor, "double", DOUBLE, [8])
        assert cursor.fetchone() == (16,)


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_the_failure_is_told() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        prepared.ask(cursor, "double", DOUBLE, [1])
        cursor.execute("DEALLOCATE ALL")
        with pytest.raises(OperationalError):
            prepared.ask(cursor, "double", DOUBLE, [1])
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        prepared.ask(cursor, "double", DOUBLE, [7])
        assert cursor.fetchone() == (14,)


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_statement_itself_is_an_error() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError):
        prepared.ask(cursor, "nowhere", "SELECT * FROM no_such_table WHERE id = %s", [1])
