"""Real PostgreSQL, real Redis. Reference data are loaded once a worker; a test adds its own city."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from tests.support.city import SmallCity, build_small_city
from tests.support.reference import keep_reference, load_reference


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        load_reference()
        keep_reference()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Counters of the throttle and the lockout do not pass from test to test."""
    yield
    cache.clear()


@pytest.fixture
def city(db: None) -> SmallCity:
    return build_small_city()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The last one out ends the servers: workers only use them, and another run in this folder may still do so."""
    if hasattr(session.config, "workerinput"):
        return
    from django.conf import settings
    from django.db import connections

    from portal import embedded

    connections.close_all()
    cache.close()
    data = Path(settings.PORTAL_DATA)
    if not any(server.clients() for server in embedded.servers(data)):
        embedded.stop(data)
