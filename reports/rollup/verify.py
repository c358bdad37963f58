"""Proof that the stored figures follow from the approved returns: recompute beside them and compare."""

from collections.abc import Iterator

from django.db import connection, transaction

from districts.models import Journal

from .engine import recompute_period
from .models import StaleMark

MISSING_OR_WRONG_FACTS = """
WITH wanted AS (
    SELECT r.period_id, r.school_id, v.indicator_id, v.number AS value, v.qualifier
    FROM collection_return r
    JOIN collection_value v ON v.return_record_id = r.id AND v.number IS NOT NULL
    JOIN indicators_indicator i ON i.id = v.indicator_id AND i.origin = 'reported'
    WHERE r.status = 'approved'
),
stored AS (
    SELECT period_id, school_id, indicator_id, value, qualifier FROM rollup_fact WHERE NOT derived
)
SELECT COALESCE(w.period_id, s.period_id), COALESCE(w.school_id, s.school_id),
    COALESCE(w.indicator_id, s.indicator_id), w.value, s.value
FROM wanted w FULL JOIN stored s USING (period_id, school_id, indicator_id)
WHERE (w.value, w.qualifier) IS DISTINCT FROM (s.value, s.qualifier) LIMIT 20"""

DIFFERENT_CELLS = """
SELECT COALESCE(a.unit_id, b.unit_id), COALESCE(a.indicator_id, b.indicator_id), COALESCE(a.slice, b.slice),
    COALESCE(a.boundaries, b.boundaries), a.value, b.value
FROM (SELECT * FROM rollup_cell WHERE period_id = %(period)s) a
FULL JOIN (SELECT * FROM verify_cell WHERE period_id = %(period)s) b USING (unit_id, indicator_id, slice, boundaries)
WHERE (a.value, a.numerator, a.denominator, a.total, a.low, a.high, a.reported, a.expected, a.as_of, a.distribution,
        a.qualifier)
    IS DISTINCT FROM (b.value, b.numerator, b.denominator, b.total, b.low, b.high, b.reported, b.expected, b.as_of,
        b.distribution, b.qualifier)
LIMIT 20"""


def find_differences() -> Iterator[str]:
    """Every way in which facts, cells and marks disagree, as sentences; nothing means that all is well."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING_OR_WRONG_FACTS)
        for period, school, indicator, wanted, stored in cursor.fetchall():
            yield f"fact period {period} school {school} indicator {indicator}: approved {wanted}, stored {stored}"
    if marks := StaleMark.objects.count():
        yield f"{marks} stale marks are not worked off"
    if notes := Journal.objects.filter(topic__startswith="school.").count():
        yield f"{notes} notes of changed schools are not drained"
    yield from _different_cells()


def _different_cells() -> Iterator[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE verify_cell (LIKE rollup_cell INCLUDING DEFAULTS) ON COMMIT DROP")
        cursor.execute(
            "SELECT DISTINCT period_id FROM rollup_placement UNION SELECT DISTINCT period_id FROM rollup_cell"
        )
        for (period,) in cursor.fetchall():
            recompute_period(period, target="verify_cell")
            cursor.execute(DIFFERENT_CELLS, {"period": period})
            for unit, indicator, part, boundaries, stored, right in cursor.fetchall():
                yield (
                    f"cell period {period} unit {unit} indicator {indicator} {part} boundaries {boundaries}: "
                    f"stored {stored}, recomputed {right}"
                )
            cursor.execute("TRUNCATE verify_cell")
        # Not only on commit: a caller may verify twice in a transaction of its own.
        cursor.execute("DROP TABLE verify_cell")
