"""What visitors and load balancers are told while PostgreSQL or Redis is away: 503 and plain words, at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from tests.support.city import SmallCity

NOWHERE = "/nowhere"


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def without_database(transactional_db: None) -> Iterator[None]:
    """New connections look for the socket where none is."""
    options = connections["default"].settings_dict["OPTIONS"]
    host = options["host"]
    connections["default"].close()
    options["host"] = NOWHERE
    yield
    options["host"] = host


@pytest.fixture
def without_cache(settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{NOWHERE}.sock?db=1"}}


@pytest.mark.django_db(transaction=True)
def test_well(visitor: Client) -> None:
    answer = visitor.get("/health/")
    assert answer.status_code == 200
    assert "运行正常" in answer.content.decode()
    assert visitor.get("/health/?format=json").json() == {
        "Database(alias='default')": "OK",
        "Cache(alias='default')": "OK",
    }


def test_without_postgresql_health_is_503_and_names_it(visitor: Client, without_database: None) -> None:
    answer = visitor.get("/health/?format=text")
    assert answer.status_code == 503
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("Database(alias='default'): ")
    assert "OK" not in lines[0]
    assert lines[1] == "Cache(alias='default'): OK"
    page = visitor.get("/health/")
    assert page.status_code == 503
    assert "数据库：连接不上" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_without_redis_health_is_503_and_names_it(visitor: Client, without_cache: None) -> None:
    answer = visitor.get("/health/")
    assert answer.status_code == 503
    assert "数据库：正常" in answer.content.decode()
    assert "缓存与消息队列：连接不上" in answer.content.decode()


def test_a_page_without_postgresql_is_503_in_plain_words(visitor: Client, without_database: None) -> None:
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    answer = visitor.get("/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "平台暂时连接不上数据库" in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_the_api_without_postgresql_answers_with_a_problem_document(visitor: Client, without_database: None) -> None:
    answer = visitor.get("/api/v1/units/", headers={"Authorization": "Token " + "a" * 64})
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503
    assert answer.json()["code"] == "unavailable"


def test_pages_and_api_do_without_redis(visitor: Client, without_cache: None, city: SmallCity) -> None:
    """The cache is a help, not a need: nobody is turned away because it is gone."""
    visitor.force_login(city.users["reviewer"])
    assert visitor.get("/", follow=True).status_code == 200
    assert visitor.get("/api/v1/units/").status_code == 200
