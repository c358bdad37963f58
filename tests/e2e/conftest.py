"""A real Chromium against a real server on a real database with a real worker."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.browser import find_chromium
from tests.support.browsing import TIMEOUT, OpenPage, Watch, opening
from tests.support.city import SmallCity, build_small_city
from tests.support.worker import start_worker, stop_worker, wait_until_quiet

__all__ = ["OpenPage"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys are slow: they are marked, and get more time than a test of one function."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(590))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium a module. Its event loop lives in this thread, so the ORM must not mind it meanwhile."""
    path = find_chromium()
    if path is None:
        pytest.skip("Chromium is not installed; `python -m tests.support.browser` installs it where it may")
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            expect.set_options(timeout=TIMEOUT)
            chromium = playwright.chromium.launch(executable_path=path, args=arguments)
            yield chromium
            chromium.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def city(transactional_db: None) -> Iterator[SmallCity]:
    yield build_small_city()
    wait_until_quiet()


@pytest.fixture
def open_page(browser: Browser, live_server: Any, city: SmallCity, watch: Watch) -> Iterator[OpenPage]:
    with opening(browser, live_server.url, watch) as open_for:
        yield open_for


@pytest.fixture(scope="module")
def _worker_process(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        process = start_worker(tmp_path_factory.mktemp("worker") / "log")
    yield
    stop_worker(process)


@pytest.fixture
def worker(_worker_process: None, city: SmallCity) -> None:
    """What an approval leaves to do is done by a Celery worker beside the server."""
