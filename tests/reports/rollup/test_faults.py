"""Whatever dies in the middle of a roll-up: afterwards facts, cells and marks agree, and nobody had to help.

Worker, beat and servers are processes of this module's own; the supervisor of the embedded servers restarts those, the
test only starts a killed worker again, as every process runner does.
"""

import os
import signal
from collections.abc import Iterator
from typing import Any

import kombu.utils.functional
import pytest
from django.db import connection
from django_celery_beat.models import PeriodicTask

from reports.indicators.models import Period
from reports.rollup.engine import LOCK_SPACE
from reports.rollup.models import Cell, StaleMark
from reports.rollup.verify import find_differences
from tests.support.city import SmallCity, build_small_city, report
from tests.support.servers import cache_of, own_data, pids, start
from tests.support.stack import Stack, eventually, held_up, settle, use, waiting_for_lock

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900), pytest.mark.xdist_group("faults")]
POSTGRES, REDIS = 0, 1


@pytest.fixture(scope="module")
def stack(django_db_blocker: Any) -> Iterator[Stack]:
    with own_data() as data:
        start(data)
        built = Stack(data)
        built.build()
        with use(built, django_db_blocker):
            eventually(built.workers_answer)
            yield built
            built.end()


@pytest.fixture(scope="module")
def town(stack: Stack) -> SmallCity:
    return build_small_city()


@pytest.fixture(autouse=True)
def _complete(stack: Stack) -> Iterator[None]:
    """Every test starts with everything running and everything worked off."""
    for name, process in stack.processes.items():
        if process.poll() is not None:
            stack.start(name)
    eventually(stack.workers_answer)
    assert settle(find_differences) == []
    yield
    for name, process in stack.processes.items():
        assert process.poll() is None, stack.log(name)


def approve_one(town: SmallCity, period: str, value: int) -> None:
    """One return all the way to its approval."""
    report("meeting", period, town.one, town.users["clerk"], town.users["reviewer"], G01=value, G02=value)


def figures(period: str) -> set[tuple[str, int]]:
    """The district's and the city's number of meetings: what a dashboard shows."""
    cells = Cell.objects.filter(indicator__code="G01", period__code=period, slice="all", boundaries=0)
    found = cells.filter(unit__level__in=["district", "city"]).values_list("unit__code", "value")
    return {(code, int(value)) for code, value in found if value is not None}


def comes_out_right(period: str, value: int) -> None:
    assert settle(find_differences) == []
    assert figures(period) == {("500238", value), ("500000", value)}


def key_of(period: str) -> int:
    return Period.objects.get(code=period).pk


@pytest.mark.parametrize("victim", ["worker", "child"])
def test_a_worker_killed_in_the_middle_of_a_roll_up(stack: Stack, town: SmallCity, victim: str) -> None:
    period = {"worker": "2024Q1", "child": "2024Q2"}[victim]
    with held_up(stack.data, LOCK_SPACE, key_of(period)):
        approve_one(town, period, 7)
        eventually(lambda: waiting_for_lock(stack.data))
        if victim == "worker":
            stack.kill("worker")
        else:
            for child in stack.children("worker"):
                os.kill(child, signal.SIGKILL)
        assert StaleMark.objects.filter(period__code=period).exists()
        assert figures(period) == set()
    if victim == "worker":
        stack.start("worker")
    comes_out_right(period, 7)


def test_redis_flushed_with_work_in_the_queue(stack: Stack, town: SmallCity) -> None:
    stack.kill("worker")
    approve_one(town, "2024Q3", 11)
    assert cache_of(stack.data, db=0).dbsize()
    cache_of(stack.data, db=0).flushall()
    stack.start("worker")
    comes_out_right("2024Q3", 11)


def test_an_approval_while_redis_is_away(stack: Stack, town: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """It succeeds at once: nothing in the request waits for another try."""

    def never(_seconds: float) -> None:
        raise AssertionError("the request waits for Redis")

    with stack.unattended():
        stack.kill_server(REDIS)
        with monkeypatch.context() as patch:
            patch.setattr(kombu.utils.functional, "sleep", never)
            approve_one(town, "2024Q4", 13)
        assert StaleMark.objects.filter(period__code="2024Q4").exists()
    comes_out_right("2024Q4", 13)


def test_postgresql_killed_while_a_roll_up_is_at_work(stack: Stack, town: SmallCity) -> None:
    period = "2025Q1"
    with held_up(stack.data, LOCK_SPACE, key_of(period)):
        approve_one(town, period, 17)
        eventually(lambda: waiting_for_lock(stack.data))
        before = stack.kill_server(POSTGRES)
        connection.close()
    eventually(lambda: pids(stack.data)[POSTGRES] not in (None, before))
    comes_out_right(period, 17)


def test_beat_keeps_one_schedule_and_outlives_both_servers(stack: Stack) -> None:
    """While the worker is dead, what is in the queue comes from beat."""
    assert PeriodicTask.objects.get(task="reports.rollup.tasks.sweep").enabled
    assert PeriodicTask.objects.get(task="reports.collection.tasks.open_due_returns").enabled
    queue = cache_of(stack.data, db=0)
    stack.kill("worker")
    for which in (REDIS, POSTGRES):
        before = stack.kill_server(which)
        connection.close()
        eventually(lambda which=which, before=before: pids(stack.data)[which] not in (None, before))
        queue.flushdb()
        eventually(lambda: queue.llen("celery"))
    stack.start("worker")
