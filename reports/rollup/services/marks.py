"""Working off the stale marks. The list lives in PostgreSQL: losing Redis or a worker loses nothing."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

from districts.models import Journal
from reports.rollup.derivations import derive_facts
from reports.rollup.engine import LOCK_SPACE, lock_period, recompute_districts, recompute_period, recompute_schools

from .facts import recount_records
from .placements import periods_of, refresh_placements

NEXT = "SELECT period_id FROM rollup_stalemark WHERE direct = %(direct)s ORDER BY marked_at LIMIT 1"
# All marks of a period together: ten approvals are one recomputation.
TAKE = """
DELETE FROM rollup_stalemark WHERE period_id = %(period)s AND direct = %(direct)s
RETURNING district_id, school_id, indicators"""

# Notes about where a school stands and what it is; all others are about its records.
FILED = frozenset({"school.opened", "school.changed", "school.moved", "school.closed"})

# What has most parts takes longest and comes first: no worker is left alone with a year at the end.
PERIODS = """
SELECT q.period_id FROM (SELECT DISTINCT period_id FROM rollup_placement) q
LEFT JOIN indicators_periodpart pp ON pp.whole_id = q.period_id GROUP BY q.period_id
ORDER BY count(pp.part_id) DESC, q.period_id"""


def process_marks(*, at_most: int = 10_000) -> int:
    """Recompute what the marks name, until none is left; returns how many periods were recomputed.

    Each period is one transaction; a crash rolls it back, marks included.
    """
    drain_journal()
    done = 0
    while done < at_most and (worked_off := _process_one()) is not None:
        done += bool(worked_off)
    return done


@transaction.atomic
def _process_one() -> int | None:
    """How many marks were worked off; None when none is left. 0: another worker had them all meanwhile."""
    period_id, direct = _next(direct=True), True
    if period_id is None and _may_take_the_rest():
        period_id, direct = _next(direct=False), False
    if period_id is None:
        return None
    # Locked before the marks are taken: whoever had to wait takes along all that have come meanwhile.
    lock_period(period_id)
    taken = _take(period_id, direct=direct)
    if not taken:
        return 0
    if districts := {district for district, school, _of in taken if school is None}:
        whole = _together(of for _district, school, of in taken if school is None)
        recompute_districts(period_id, sorted(districts), indicators=whole)
    if schools := {school for _district, school, _of in taken if school is not None}:
        single = _together(of for _district, school, of in taken if school is not None)
        recompute_schools(period_id, sorted(schools), indicators=single)
    _count_version(period_id)
    return len(taken)


def _next(*, direct: bool) -> int | None:
    """The period of the oldest mark."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"direct": direct})
        row = cursor.fetchone()
    return row and int(row[0])


def _take(period_id: int, *, direct: bool) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"period": period_id, "direct": direct})
        return cursor.fetchall()


def _may_take_the_rest() -> bool:
    """Years are long to count and nobody waits for them: one worker at a time does, the next is free for approvals.

    Whoever is refused leaves nothing behind: the holder of the lock looks for marks again after giving it back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [LOCK_SPACE])
        return bool(cursor.fetchone()[0])


def _together(marks: Iterable[list[int] | None]) -> list[int] | None:
    """The indicators of all marks; one mark for everything is everything."""
    found: set[int] = set()
    for indicators in marks:
        if indicators is None:
            return None
        found.update(indicators)
    return sorted(found)


def _count_version(period_id: int) -> None:
    """What readers remember about the period's cells is no longer right."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rollup_recomputed (period_id, version) VALUES (%s, 1) "
            "ON CONFLICT (period_id) DO UPDATE SET version = rollup_recomputed.version + 1",
            [period_id],
        )


@transaction.atomic
def drain_journal() -> int:
    """Take the notes that the lower rooms left; returns how many.

    A school that was opened, changed, moved or closed is filed and counted anew in all its periods, with everybody whom
    it stood or stands beside. Where only a record changed, what follows from it is counted and nothing else.
    """
    notes = list(Journal.objects.select_for_update(skip_locked=True).filter(topic__startswith="school."))
    filed = {note.unit_id for note in notes if note.unit_id and note.topic in FILED}
    recorded = {note.unit_id for note in notes if note.unit_id} - filed
    if filed:
        refresh_placements(sorted(filed))
        derive_facts(periods_of(sorted(filed)), schools=sorted(filed))
    if recorded:
        recount_records(sorted(recorded))
    Journal.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(notes)


def rebuild(periods: list[int] | None = None, *, workers: int = 1) -> int:
    """Recompute every cell of these periods (all that have placements by default); returns the number of periods.

    Each period is a transaction of its own; `workers` > 1 runs that many at a time, each on a connection of its own.
    Inside a transaction they run one after the other: another connection could not see into it and would wait for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute(PERIODS)
        known = [row[0] for row in cursor.fetchall()]
    chosen = [pk for pk in known if periods is None or pk in periods]
    if workers == 1 or connection.in_atomic_block:
        for period_id in chosen:
            rebuild_period(period_id)
    else:
        with ThreadPoolExecutor(workers) as pool:
            for _done in pool.map(_rebuild_on_own_connection, chosen):
                pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rollup_cell (period_id, boundaries, unit_id, indicator_id, slice)")
    return len(chosen)


@transaction.atomic
def rebuild_period(period_id: int) -> None:
    """Every cell of one period anew; its marks are done with."""
    lock_period(period_id)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM rollup_stalemark WHERE period_id = %s", [period_id])
    recompute_period(period_id)
    _count_version(period_id)


def _rebuild_on_own_connection(period_id: int) -> None:
    """Django gives every thread its own connection and leaves it to the thread to close it."""
    try:
        rebuild_period(period_id)
    finally:
        connection.close()
