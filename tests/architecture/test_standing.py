"""Levels that stand for several tests: built once, gone where they are not asked for, untouched by who used them."""

import pytest
from django.db import connection

from portal.accounts.models import User
from schools.registry.models import School
from tests.support import standing as levels
from tests.support.city import SmallCity, make_school
from tests.support.standing import standing

built: list[str] = []


@standing
def fourth(city: SmallCity) -> School:
    """A level above the city."""
    built.append("fourth")
    return make_school("5002380003", "文峰小学", city.wuxi)


@pytest.fixture
def renamed(city: SmallCity) -> SmallCity:
    """Not a level: it belongs to one test."""
    city.one.name = "改名小学"
    city.one.save()
    return city


def names() -> set[str]:
    return set(School.objects.values_list("name", flat=True))


def stand() -> list[str]:
    return [level.build.__name__ for level in levels._levels]


@pytest.mark.django_db
def test_the_bare_database_is_empty() -> None:
    assert stand() == []
    assert names() == set()


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_does_to_rows_and_objects_is_gone_before_the_next(city: SmallCity, turn: int) -> None:
    assert stand() == ["city"]
    assert (names(), city.one.name) == ({"云台小学", "城厢中学", "聚奎中学"}, "云台小学")
    city.one.name = "改名小学"
    city.one.save()
    assert User.objects.filter(username="nobody").delete()[0] == 1
    city.users.pop("nobody")


@pytest.mark.parametrize("turn", [1, 2])
def test_a_level_is_built_once_above_what_it_needs_and_shares_its_objects(
    city: SmallCity, fourth: School, turn: int
) -> None:
    assert stand() == ["city", "fourth"]
    assert built == ["fourth"]
    assert names() == {"云台小学", "城厢中学", "聚奎中学", "文峰小学"}
    assert fourth.district is city.wuxi


def test_a_fixture_of_one_test_works_above_the_levels(renamed: SmallCity) -> None:
    assert stand() == ["city"]
    assert "改名小学" in names()


@pytest.mark.parametrize("turn", [1, 2])
def test_after_a_lost_connection_the_next_test_builds_anew(city: SmallCity, turn: int) -> None:
    assert stand() == ["city"]
    assert names() == {"云台小学", "城厢中学", "聚奎中学"}
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_who_commits_builds_everything_itself(city: SmallCity, fourth: School) -> None:
    assert stand() == []
    assert not connection.in_atomic_block
    assert names() == {"云台小学", "城厢中学", "聚奎中学", "文峰小学"}
    built.remove("fourth")


def test_a_builder_that_fails_leaves_nothing(db: None) -> None:
    def broken() -> None:
        User.objects.create_user("left-over")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        levels._raise(broken)
    assert not User.objects.filter(username="left-over").exists()
