"""Facts from returns: in the transaction that approves a return, or all at once."""

from collections.abc import Sequence

from django.db import connection, transaction

from portal.celery import enqueue_on_commit
from reports.collection.models import Return
from reports.indicators.models import PeriodPart
from reports.rollup.derivations import derive_facts
from reports.rollup.models import Fact, FactEntity

from .placements import ensure_placements

COPY_VALUES = """
INSERT INTO rollup_fact (period_id, district_id, indicator_id, school_id, value, qualifier, derived, approved_at)
SELECT r.period_id, q.district_id, v.indicator_id, r.school_id, v.number, v.qualifier, false, r.approved_at
FROM collection_return r
JOIN collection_value v ON v.return_record_id = r.id AND v.number IS NOT NULL
JOIN indicators_indicator i ON i.id = v.indicator_id AND i.origin = 'reported'
JOIN rollup_placement q ON q.period_id = r.period_id AND q.school_id = r.school_id
WHERE r.status = 'approved'"""

MARK = """
INSERT INTO rollup_stalemark (period_id, district_id, marked_at)
SELECT q.period_id, q.district_id, now() FROM rollup_placement q
WHERE q.school_id = %(school)s AND q.period_id = ANY(%(periods)s)"""


def periods_touched(period_id: int) -> list[int]:
    """The period itself and everything that it is a part of."""
    wholes = PeriodPart.objects.filter(part_id=period_id).values_list("whole_id", flat=True)
    return [period_id, *wholes]


def write_facts(record: Return) -> None:
    """Copy the values of a return that has just been approved to facts and mark what follows from them.

    Runs inside the approving transaction; the row must already be saved as approved.
    """
    touched = periods_touched(record.period_id)
    ensure_placements(touched, schools=[record.school_id])
    remove_reported(record)
    with connection.cursor() as cursor:
        cursor.execute(COPY_VALUES + " AND r.id = %(return)s", {"return": record.pk})
    derive_facts([record.period_id], schools=[record.school_id])
    _mark_and_send(record, touched)


def remove_facts(record: Return) -> None:
    """Take back the facts of a return that is no longer approved."""
    remove_reported(record)
    derive_facts([record.period_id], schools=[record.school_id])
    _mark_and_send(record, periods_touched(record.period_id))


def remove_reported(record: Return) -> None:
    codes = record.form.fields.values("indicator_id")
    Fact.objects.filter(
        period_id=record.period_id, school_id=record.school_id, indicator_id__in=codes, derived=False
    ).delete()


def _mark_and_send(record: Return, periods: Sequence[int]) -> None:
    from reports.rollup.tasks import process_marks

    with connection.cursor() as cursor:
        cursor.execute(MARK, {"school": record.school_id, "periods": list(periods)})
    enqueue_on_commit(process_marks)


@transaction.atomic
def rewrite_all_facts() -> int:
    """Every fact anew from the approved returns and the records; returns how many there are."""
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
        FactEntity.objects.all().delete()
        cursor.execute("DELETE FROM rollup_fact")
        cursor.execute(COPY_VALUES)
    derive_facts(periods)
    return Fact.objects.count()
