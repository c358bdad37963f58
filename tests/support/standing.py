"""What many tests of a file begin with stands already: it is built once, in a transaction that they share.

`@standing` takes the place of `@pytest.fixture` where a fixture needs nothing but the database and other standing
fixtures. What it builds is a level: a savepoint above the levels that it needs. A test works in pytest-django's savepoint
above them and gets copies of the objects, so what it does to either is gone before the next one. The levels that the
next test does not need are rolled back before it, the others stay; none outlives its file. So a test that asks for the
bare database finds it empty, and one that needs real transactions builds everything itself.
"""

import pickle
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from inspect import Parameter, Signature, signature
from typing import Any, TypeVar

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

T = TypeVar("T")
GIVEN = pytest.StashKey[dict[str, Any]]()
ENDED = pytest.StashKey[bool]()


@dataclass(frozen=True, slots=True)
class Level:
    build: Callable[..., Any]
    atomic: transaction.Atomic
    made_on: date
    kept: bytes
    """The objects of this level and of those below it, by the names of their fixtures."""


_levels: list[Level] = []


def standing(build: Callable[..., T]) -> Callable[..., T]:
    """A fixture that is built once for all neighbours which need it."""
    name, below = build.__name__, list(signature(build).parameters)

    def fixture(request: pytest.FixtureRequest, db: None, **others: Any) -> Any:
        given = request.node.stash.get(GIVEN, {})
        return given[name] if name in given else build(**others)

    needs = [Parameter(each, Parameter.POSITIONAL_OR_KEYWORD) for each in ("request", "db", *below)]
    fixture.__signature__ = Signature(needs)  # type: ignore[attr-defined]
    fixture.__doc__, fixture.__module__ = build.__doc__, build.__module__
    fixture.build = build  # type: ignore[attr-defined]
    return pytest.fixture(name=name)(fixture)


def levels_of(item: pytest.Item) -> list[Callable[..., Any]]:
    """What has to stand before this test, the lowest first; nothing for a test that commits."""
    marker = item.get_closest_marker("django_db")
    names: list[str] = getattr(item, "fixturenames", [])
    if "transactional_db" in names or "live_server" in names or (marker and marker.kwargs.get("transaction")):
        return []
    known = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    found: dict[str, Callable[..., Any]] = {}

    def stands(name: str) -> bool:
        build = getattr(known[name][-1].func, "build", None) if name in known else None
        if build is None or not all(stands(each) for each in signature(build).parameters):
            return False
        found.setdefault(name, build)
        return True

    for name in names:
        stands(name)
    return list(found.values())


def prepare(item: pytest.Item, blocker: Any) -> None:
    """Before the transaction of a test begins: what it needs stands, and nothing else."""
    with blocker.unblock():
        _prepare(item)
    module = item.getparent(pytest.Module)
    if _levels and module is not None and not module.stash.get(ENDED, False):
        module.stash[ENDED] = True
        module.addfinalizer(lambda: _end(blocker))


def _prepare(item: pytest.Item) -> None:
    needed = levels_of(item)
    if _levels and (_levels[-1].made_on != timezone.localdate() or not _sound()):
        _tear_down()
    same = 0
    while same < min(len(needed), len(_levels)) and _levels[same].build is needed[same]:
        same += 1
    _tear_down(same)
    for build in needed[same:]:
        _raise(build)
    item.stash[GIVEN] = pickle.loads(_levels[-1].kept) if needed else {}


def _end(blocker: Any) -> None:
    with blocker.unblock():
        _tear_down()


def _tear_down(remaining: int = 0) -> None:
    while len(_levels) > remaining:
        level = _levels.pop()
        with suppress(DatabaseError):
            if not connection.closed_in_transaction:
                transaction.set_rollback(True)
            level.atomic.__exit__(None, None, None)


def _raise(build: Callable[..., Any]) -> None:
    objects = pickle.loads(_levels[-1].kept) if _levels else {}
    atomic = transaction.atomic()
    atomic.__enter__()
    try:
        made = build(**{name: objects[name] for name in signature(build).parameters})
        # Or every test would check the keys of these rows again at its end.
        connection.check_constraints()
        kept = pickle.dumps({**objects, build.__name__: made})
    except BaseException as error:
        atomic.__exit__(type(error), error, error.__traceback__)
        raise
    _levels.append(Level(build, atomic, timezone.localdate(), kept))


def _sound() -> bool:
    """Whether the last test left the connection as it found it."""
    return bool(
        connection.connection is not None
        and not connection.connection.closed
        and not connection.needs_rollback
        and connection.atomic_blocks
        and connection.atomic_blocks[-1] is _levels[-1].atomic
    )
