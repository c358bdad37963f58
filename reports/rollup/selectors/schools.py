"""Figures of single schools: not stored, but computed by the same text as the cells above them."""

from typing import Any

from django.conf import settings
from django.db import connection

from districts.access import Scope
from districts.models import City, Level
from reports.rollup import statements
from reports.rollup.models import Boundaries

from .cells import CellQuery, CellRow, Key
from .suppression import person_parts

# Places of whole districts, so that it is known which schools a total could be resolved with.
SELECT = """
SELECT p."end"::text, p.id, u.code, i."order", 'all',
    p.id, u.id, i.id, i.code, p.code, u.code, u.name, u.level, d.id, d.code, 'all',
    r.value, r.numerator, r.denominator,
    CASE WHEN i.aggregation IN ('ratio', 'dist', 'mean', 'min', 'max', 'latest') THEN NULL ELSE r.value END,
    r.value, r.value, COALESCE(r.qualifier, 0), (r.school_id IS NOT NULL)::int, 1, r.as_of, NULL
FROM places CROSS JOIN indicators_indicator i
LEFT JOIN school_rows r ON r.period_id = places.period_id AND r.school_id = places.school_id AND r.indicator_id = i.id
LEFT JOIN LATERAL (
    SELECT 1 AS owes FROM owed_schools o
    WHERE o.period_id = places.period_id AND o.school_id = places.school_id AND o.indicator_id = i.id
) o ON true
JOIN indicators_period p ON p.id = places.period_id
JOIN districts_unit u ON u.id = places.school_id
JOIN districts_unit d ON d.id = places.district_id
WHERE i.id = ANY(%(indicators)s) AND (r.school_id IS NOT NULL OR o.owes = 1)
    AND (%(units)s::bigint[] IS NULL OR places.school_id = ANY(%(units)s))
    AND (%(visible)s::bigint[] IS NULL OR EXISTS (
        SELECT 1 FROM registry_school s WHERE s.unit_id = places.school_id
            AND (s.district_id = ANY(%(visible)s) OR s.unit_id = ANY(%(own)s))))"""
OWED_SCHOOLS = """
owed_schools AS (
    SELECT DISTINCT places.period_id, places.school_id, d.indicator_id
    FROM places JOIN owed USING (period_id, school_id)
    JOIN (SELECT * FROM unnest(%(duty_indicators)s::bigint[], %(duty_forms)s::bigint[]) AS t(indicator_id, forms)) d
        ON d.indicator_id = ANY(%(indicators)s) AND d.forms <> 0 AND owed.forms & d.forms = d.forms
)"""
AFTER = """ AND (p."end"::text, p.id, u.code, i."order", 'all')
    > (%(a_end)s, %(a_period)s, %(a_unit)s, %(a_order)s, %(a_slice)s)"""
ORDER = ' ORDER BY p."end"::text, p.id, u.code, i."order"'


def list_school_cells(*, scope: Scope, query: CellQuery, districts: list[int] | None = None) -> list[CellRow]:
    """Figures of schools in the scope, shaped like cells (slice `all`), in the order of Key.

    `districts` narrows to the schools that these districts had under the boundaries asked for.
    """
    from reports.rollup.duties import read_duties

    duties = read_duties()
    visible = None if scope.sees_city else sorted(scope.unit_ids(Level.DISTRICT))
    own = sorted(scope.unit_ids(Level.SCHOOL))
    if visible is not None and not visible and not own:
        return []
    today = query.boundaries == Boundaries.CURRENT
    parameters: dict[str, Any] = {
        "periods": list(query.periods),
        "indicators": list(query.indicators),
        "units": list(query.units) or None,
        "districts": districts,
        "groups": None,
        "visible": visible,
        "own": own,
        "city": City.objects.values_list("pk", flat=True).get(),
        "form_ids": duties.form_ids,
        "form_bits": duties.form_bits,
        "duty_indicators": duties.indicators,
        "duty_forms": duties.forms,
        "limit": query.limit,
    }
    ctes = [
        statements.LEAVES,
        statements.PLACES_OF_TODAY if today else statements.PLACES_OF_PERIOD,
        statements.values_of(wholes=True),
        statements.SCHOOL_ROWS,
        statements.OWED_BY_SCHOOL,
        OWED_SCHOOLS,
    ]
    statement = f"WITH {','.join(ctes)} {SELECT}"
    if query.after:
        statement += AFTER
        names = ("a_end", "a_period", "a_unit", "a_order", "a_slice")
        parameters |= dict(zip(names, query.after, strict=True))
    statement += ORDER + (" LIMIT %(limit)s" if query.limit else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = [CellRow(Key(*row[:5]), *row[5:]) for row in cursor.fetchall()]
    return _protect(rows, scope)


def _protect(rows: list[CellRow], scope: Scope) -> list[CellRow]:
    """Outside the district of a school, 1 to 4 persons are not shown, nor a ratio that has them inside.

    A district never shows its total beside all but one of its schools: the smallest other one is hidden as well.
    """
    inside_districts, own = scope.unit_ids(Level.DISTRICT), scope.unit_ids(Level.SCHOOL)
    parts = person_parts()
    below = settings.SUPPRESS_BELOW
    families: dict[tuple[Any, ...], list[CellRow]] = {}
    for row in rows:
        if row.indicator_id in parts and row.district_id not in inside_districts and row.unit_id not in own:
            families.setdefault((row.period_id, row.district_id, row.indicator_id), []).append(row)
    hidden: set[int] = set()
    for family in families.values():
        small = [row for row in family if _smallest(row) and 0 < _smallest(row) < below]
        hidden |= set(map(id, small))
        others = sorted((row for row in family if row not in small and _smallest(row)), key=_smallest)
        if len(small) == 1 and others:
            hidden.add(id(others[0]))
    return [row.masked() if id(row) in hidden else row for row in rows]


def _smallest(row: CellRow) -> Any:
    """The smallest count inside the figure; 0 when there is none."""
    counts = [n for n in (row.numerator, row.denominator) if n] or [row.total or 0]
    return min(counts)
