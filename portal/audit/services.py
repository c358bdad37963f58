"""Exceptions to the tracking, and they are written down too."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from .models import Change, ChangeKind

SUSPEND = "SELECT set_config('audit.suspended', %s, true)"


@contextmanager
def suspend_audit(reason: str) -> Iterator[None]:
    """Inside, in a transaction, rows are not tracked one by one; one note says why. For loads of generated data."""
    if not connection.in_atomic_block:
        raise RuntimeError("suspend_audit needs a transaction: the switch ends with it")
    Change.objects.create(
        at=timezone.now(), kind=ChangeKind.NOTE, subject="", object_id="", changes={"reason": [None, reason]}
    )
    _switch("on")
    yield
    _switch("off")


def _switch(state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SUSPEND, [state])
