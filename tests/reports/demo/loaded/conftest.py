from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.demo import TODAY, DemoCity, demo_city

__all__ = ["TODAY", "DemoCity"]


@pytest.fixture(scope="package")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[DemoCity]:
    """The demo city as it stands in city.toml, for all tests of this folder, which only read."""
    with django_db_blocker.unblock(), demo_city(tmp_path_factory.mktemp("demo")) as city:
        yield city


@pytest.fixture(autouse=True)
def _nothing_stays(demo: DemoCity, db: None) -> None:
    """What a test adds is gone before the next one: `db` wraps each in a transaction of its own.

    It also tells pytest-django that this folder wants a database: it makes one only for the tests that ask for `db`.
    """
