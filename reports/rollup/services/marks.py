"""Working off the stale marks. The list lives in PostgreSQL: losing Redis or a worker loses nothing."""

from django.db import connection, transaction

from districts.models import Journal
from reports.rollup.engine import lock_period, recompute_districts, recompute_period

from .placements import refresh_placements

# One period at a time, all its marks together: ten approvals in a district are one recomputation.
TAKE = """
WITH chosen AS (
    SELECT period_id FROM rollup_stalemark ORDER BY marked_at LIMIT 1 FOR UPDATE SKIP LOCKED
),
taken AS (
    DELETE FROM rollup_stalemark WHERE id IN (
        SELECT m.id FROM rollup_stalemark m JOIN chosen USING (period_id) FOR UPDATE OF m SKIP LOCKED
    ) RETURNING period_id, district_id
)
SELECT period_id, array_agg(DISTINCT district_id) FROM taken GROUP BY period_id"""


def process_marks(*, at_most: int = 10_000) -> int:
    """Recompute what the marks name, until none is left; returns how many periods were recomputed.

    Each period is one transaction. A crash rolls it back, marks included; another worker's marks are skipped.
    """
    drain_journal()
    done = 0
    while done < at_most and _process_one():
        done += 1
    return done


@transaction.atomic
def _process_one() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(TAKE)
        row = cursor.fetchone()
    if row is None:
        return False
    period_id, districts = row
    lock_period(period_id)
    recompute_districts(period_id, sorted(districts))
    return True


@transaction.atomic
def drain_journal() -> int:
    """Take the notes that the lower rooms left; a changed school is filed anew in all its periods."""
    notes = list(Journal.objects.select_for_update(skip_locked=True).filter(topic__startswith="school."))
    for school_id in {note.unit_id for note in notes if note.unit_id}:
        refresh_placements(school_id)
    Journal.objects.filter(pk__in=[note.pk for note in notes]).delete()
    return len(notes)


def rebuild(periods: list[int] | None = None) -> int:
    """Recompute every cell of these periods (all that have placements by default); returns the number of periods."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT period_id FROM rollup_placement ORDER BY 1")
        known = [row[0] for row in cursor.fetchall()]
    chosen = [pk for pk in known if periods is None or pk in periods]
    for period_id in chosen:
        with transaction.atomic():
            lock_period(period_id)
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM rollup_stalemark WHERE period_id = %s", [period_id])
            recompute_period(period_id)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rollup_cell")
    return len(chosen)
