"""A count whose statement is kept: what is stored may change, who asks and from when may differ, and it is right."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import User
from portal.postgres.counting import SINCE, count_rows

pytestmark = pytest.mark.django_db


def named(prefix: str) -> QuerySet[User]:
    return User.objects.filter(username__startswith=prefix).values("pk")


def test_what_has_changed_is_counted() -> None:
    for expected in (0, 1, 2):
        assert count_rows("test.named", "counted-", lambda: named("counted-")) == expected
        User.objects.create(username=f"counted-{expected}")


def test_the_statement_is_written_once_for_each_key() -> None:
    written: list[str] = []

    def make(prefix: str) -> QuerySet[User]:
        written.append(prefix)
        return named(prefix)

    User.objects.create(username="once-1")
    for prefix, expected in (("once-", 1), ("other-", 0), ("once-", 1), ("other-", 0)):
        assert count_rows("test.once", prefix, lambda prefix=prefix: make(prefix)) == expected  # type: ignore[misc]
    assert written == ["once-", "other-"]


def test_the_moment_is_that_of_each_question() -> None:
    now = timezone.now()
    for days in (1, 3, 5):
        User.objects.create(username=f"since-{days}", date_joined=now - timedelta(days=days))

    def rows() -> QuerySet[User]:
        return named("since-").filter(date_joined__gt=SINCE)

    assert [count_rows("test.since", 0, rows, since=now - timedelta(days=days)) for days in (6, 4, 2, 0)] == [
        3,
        2,
        1,
        0,
    ]


def test_a_limit_and_a_union_are_counted_as_they_are() -> None:
    for number in range(4):
        User.objects.create(username=f"limit-{number}")
    assert count_rows("test.limit", 0, lambda: named("limit-")[:3]) == 3
    assert count_rows("test.union", 0, lambda: named("limit-").union(named("limit-1"), all=True)[:10]) == 5


def test_where_no_row_can_be_nothing_is_asked() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert count_rows("test.none", 0, lambda: User.objects.filter(Q(pk__in=[])).values("pk")) == 0
    assert not len(asked)
