"""Facts from returns: in the transaction that approves a return, or all at once."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from portal.celery import enqueue_on_commit
from reports.collection.models import Return
from reports.indicators.models import PeriodPart
from reports.rollup.derivations import derive_facts, derive_records
from reports.rollup.models import Fact, Placement

from .placements import ensure_placements, periods_of

COPY_VALUES = """
INSERT INTO rollup_fact (period_id, district_id, indicator_id, school_id, value, qualifier, derived, approved_at)
SELECT r.period_id, q.district_id, v.indicator_id, r.school_id, v.number, v.qualifier, false, r.approved_at
FROM collection_return r
JOIN collection_value v ON v.return_record_id = r.id AND v.number IS NOT NULL
JOIN indicators_indicator i ON i.id = v.indicator_id AND i.origin = 'reported'
JOIN rollup_placement q ON q.period_id = r.period_id AND q.school_id = r.school_id
WHERE r.status = 'approved'"""

MARK = """
INSERT INTO rollup_stalemark (period_id, district_id, school_id, indicators, direct, marked_at)
SELECT q.period_id, q.district_id, %(only)s::bigint, %(indicators)s::bigint[], q.period_id = %(own)s, now()
FROM rollup_placement q WHERE q.school_id = %(school)s AND q.period_id = ANY(%(periods)s)"""

# Whose record changed, what follows from it and where: in the period and in all that it is a part of.
MARK_CHANGES = """
WITH changed AS (
    SELECT * FROM unnest(%(periods)s::bigint[], %(schools)s::bigint[], %(indicators)s::bigint[])
        AS t(period_id, school_id, indicator_id)
),
touched AS (
    SELECT * FROM changed
    UNION SELECT pp.whole_id, c.school_id, c.indicator_id
    FROM changed c JOIN indicators_periodpart pp ON pp.part_id = c.period_id
)
INSERT INTO rollup_stalemark (period_id, district_id, school_id, indicators, direct, marked_at)
SELECT q.period_id, q.district_id, q.school_id, array_agg(t.indicator_id ORDER BY t.indicator_id), false, now()
FROM touched t JOIN rollup_placement q USING (period_id, school_id) GROUP BY q.period_id, q.district_id, q.school_id"""

MARK_ALL = """
INSERT INTO rollup_stalemark (period_id, district_id, marked_at)
SELECT DISTINCT q.period_id, q.district_id, now() FROM rollup_placement q WHERE q.period_id = ANY(%(periods)s)"""

# What schools have in periods, indicator by indicator, as numbers that change when anything of it does.
FINGERPRINTS = """
SELECT period_id, school_id, indicator_id, 'fact', hash_record_extended(f, 0)::numeric FROM rollup_fact f
WHERE period_id = ANY(%(periods)s) AND school_id = ANY(%(schools)s)
UNION ALL
SELECT period_id, school_id, indicator_id, 'entity', sum(hash_record_extended(e, 0)) FROM rollup_factentity e
WHERE period_id = ANY(%(periods)s) AND school_id = ANY(%(schools)s) GROUP BY period_id, school_id, indicator_id"""
# Of period, school and indicator: which kind of row, and its number.
Fingerprints = set[tuple[int, int, int, str, Any]]


# So long after its end a period is still counted every night: a worker may have stood still over a holiday.
JUST_ENDED_DAYS = 31


def periods_touched(period_id: int) -> list[int]:
    """The period itself and everything that it is a part of."""
    wholes = PeriodPart.objects.filter(part_id=period_id).values_list("whole_id", flat=True)
    return [period_id, *wholes]


def write_facts(record: Return) -> None:
    """Copy the values of a return that has just been approved to facts and mark what follows from them.

    Runs inside the approving transaction; the row must already be saved as approved.
    """
    touched = periods_touched(record.period_id)
    placed = ensure_placements(touched, schools=[record.school_id])
    before = _fingerprints([record.period_id], [record.school_id])
    remove_reported(record)
    with connection.cursor() as cursor:
        cursor.execute(COPY_VALUES + " AND r.id = %(return)s", {"return": record.pk})
    derive_facts([record.period_id], schools=[record.school_id])
    # A school that is new to a period is expected to report everything that it owes.
    _mark_and_send(record, touched, None if placed else before ^ _fingerprints([record.period_id], [record.school_id]))


def expect_returns(period_id: int) -> None:
    """Returns of the period have been opened: 0 of n reported is a figure too, and records need no return."""
    touched = periods_touched(period_id)
    ensure_placements(touched)
    derive_records(touched)
    with connection.cursor() as cursor:
        cursor.execute(MARK_ALL, {"periods": touched})
    _send()


@transaction.atomic
def count_again(*, today: date) -> int:
    """Count the records of running and just ended periods anew; returns the number of periods.

    Days pass without anybody's doing: a title expires, a check falls due, an as-of day comes.
    """
    running = {"period__start__lte": today, "period__end__gte": today - timedelta(days=JUST_ENDED_DAYS)}
    periods = list(Placement.objects.filter(**running).order_by().values_list("period_id", flat=True).distinct())
    derive_facts(periods)
    with connection.cursor() as cursor:
        cursor.execute(MARK_ALL, {"periods": periods})
    return len(periods)


def remove_facts(record: Return) -> None:
    """Take back the facts of a return that is no longer approved."""
    before = _fingerprints([record.period_id], [record.school_id])
    remove_reported(record)
    derive_facts([record.period_id], schools=[record.school_id])
    changed = before ^ _fingerprints([record.period_id], [record.school_id])
    _mark_and_send(record, periods_touched(record.period_id), changed)


def recount_records(schools: Sequence[int]) -> None:
    """Records of these schools have changed, not where they stand: mark what their figures say otherwise than before.

    Runs in the caller's transaction. Most records touch one indicator in the periods since their day.
    """
    periods, schools = periods_of(schools), list(schools)
    before = _fingerprints(periods, schools)
    derive_facts(periods, schools=schools)
    changed = {row[:3] for row in before ^ _fingerprints(periods, schools)}
    if changed:
        columns = dict(zip(("periods", "schools", "indicators"), map(list, zip(*changed, strict=True)), strict=True))
        with connection.cursor() as cursor:
            cursor.execute(MARK_CHANGES, columns)


def remove_reported(record: Return) -> None:
    codes = record.form.fields.values("indicator_id")
    Fact.objects.filter(
        period_id=record.period_id, school_id=record.school_id, indicator_id__in=codes, derived=False
    ).delete()


def _fingerprints(periods: Sequence[int], schools: Sequence[int]) -> Fingerprints:
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINTS, {"periods": list(periods), "schools": list(schools)})
        return set(cursor.fetchall())


def _mark_and_send(record: Return, periods: Sequence[int], changed: Fingerprints | None) -> None:
    """`changed`: the fingerprints in which before and after differ; None when its whole district is to be computed."""
    parameters = {
        "school": record.school_id,
        "only": None if changed is None else record.school_id,
        "periods": list(periods),
        "own": record.period_id,
        "indicators": None if changed is None else sorted({row[2] for row in changed}),
    }
    with connection.cursor() as cursor:
        cursor.execute(MARK, parameters)
    _send()


def _send() -> None:
    from reports.rollup.tasks import process_marks

    enqueue_on_commit(process_marks)


@transaction.atomic
def rewrite_all_facts(*, fresh: bool = False) -> int:
    """Every fact anew from the approved returns and the records, every period marked; returns how many facts.

    `fresh`: there are no facts yet, and the table may still be without its indexes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT period_id FROM collection_return UNION "
            "SELECT DISTINCT pp.whole_id FROM collection_return r "
            "JOIN indicators_periodpart pp ON pp.part_id = r.period_id UNION "
            "SELECT DISTINCT p.id FROM collection_return r JOIN indicators_period p "
            "ON p.kind = 'M' AND r.due_on BETWEEN p.start AND p.\"end\""
        )
        periods = [row[0] for row in cursor.fetchall()]
        ensure_placements(periods)
        if not fresh:
            cursor.execute("DELETE FROM rollup_factentity; DELETE FROM rollup_fact")
        cursor.execute(COPY_VALUES)
    derive_facts(periods, fresh=fresh)
    with connection.cursor() as cursor:
        cursor.execute(MARK_ALL, {"periods": periods})
    return Fact.objects.count()
