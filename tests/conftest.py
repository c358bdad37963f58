"""Real PostgreSQL, real Redis. Reference data are loaded once a worker; a test adds its own city."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from tests.support.city import SmallCity, build_small_city
from tests.support.demo import drop_demo
from tests.support.reference import keep_reference, load_reference
from tests.support.standing import levels_of, prepare, standing
from tests.support.template import migrated_template

# A busy machine is neither a slow strategy nor a slow test.
hypothesis.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("portal")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """A file stays on one worker, and what it builds for all its tests is built once; what may take long begins first,
    so that no worker waits for the other at the end. In a file, tests that begin with the same follow one another."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    yield
    longest: dict[str, float] = {}
    for item in items:
        group = _group(item)
        longest[group] = max(longest.get(group, 0), *(mark.args[0] for mark in item.iter_markers("timeout")), 0)
    turn = {group: number for number, group in enumerate(longest)}

    def order(item: pytest.Item) -> tuple[float, int, list[str]]:
        levels = [f"{build.__module__}.{build.__name__}" for build in levels_of(item)]
        return (-longest[_group(item)], turn[_group(item)], levels)

    items.sort(key=order)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes of a file are no name: a workbook or PDF made a second later has others, and workers would not agree."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_finish() -> None:
    """What is there by now stays to the end: the garbage collector need not go through all of it again and again."""
    gc.collect()
    gc.freeze()


def _group(item: pytest.Item) -> str:
    mark = item.get_closest_marker("xdist_group")
    assert mark is not None
    return str(mark.args[0])


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_keepdb: bool, django_db_createdb: bool,
    django_db_blocker: Any,
) -> Iterator[None]:  # fmt: skip
    """The test database, whichever tests were chosen: some write by fixtures of their own and ask for none."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template()
        made = setup_databases(verbosity=0, interactive=False, keepdb=django_db_keepdb and not django_db_createdb)
        load_reference()
        keep_reference()
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Counters of the throttle and the lockout do not pass from test to test."""
    yield
    cache.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """pytest-django begins the transaction of a test in this fixture, whether a mark asks for it or `db`."""
    if fixturedef.argname == "_django_db_helper":
        prepare(request.node, request.getfixturevalue("django_db_blocker"))


@standing
def city() -> SmallCity:
    return build_small_city()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The last one out ends the servers: workers only use them, and another run in this folder may still do so."""
    if hasattr(session.config, "workerinput"):
        return
    from django.conf import settings
    from django.db import connections

    from portal import embedded

    drop_demo()
    connections.close_all()
    cache.close()
    data = Path(settings.PORTAL_DATA)
    # PostgreSQL needs a moment to forget a connection that was closed: with workers, nobody of this run has one left.
    for _moment in range(20 if session.config.getoption("numprocesses", None) else 1):
        if not any(server.clients() for server in embedded.servers(data)):
            embedded.stop(data)
            break
        time.sleep(0.05)
