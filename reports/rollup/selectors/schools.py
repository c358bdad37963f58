"""Figures of single schools: not stored, but computed by the same text as the cells above them."""

from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from districts.access import Scope
from districts.models import Level
from reports.indicators.selectors import leaf_keys
from reports.rollup import statements
from reports.rollup.models import Boundaries, Placement
from schools.registry.models import School

from .cells import cell_row
from .rows import CellQuery, CellRow
from .suppression import hide_small

SELECT = """
SELECT p."end"::text, p.id, u.code, i."order", 'all',
    p.id, u.id, i.id, i.code, p.code, u.code, u.name, u.level, d.id, d.code, 'all',
    r.value, CASE WHEN i.aggregation = 'ratio' THEN r.amount END, r.denominator,
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
    AND (%(units)s::bigint[] IS NULL OR places.school_id = ANY(%(units)s)
        OR %(inside)s::bigint[] && ARRAY[places.district_id, places.zone_id, places.group_id])
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

    `districts` narrows to the schools that these districts had under the boundaries asked for; so does the query's
    `inside`, together with its `units`.
    """
    visible = None if scope.sees_city else sorted(scope.unit_ids(Level.DISTRICT))
    own = sorted(scope.unit_ids(Level.SCHOOL))
    if visible is not None and not visible and not own:
        return []
    alone = None if query.inside else list(query.units) or None
    rows = _read(query, {"districts": districts, "schools": alone, "visible": visible, "own": own})
    return hide_small(rows, scope=scope, boundaries=query.boundaries)


def read_school_cells(query: CellQuery) -> list[CellRow]:
    """Figures of the query's schools without any protection: for the middle of a group that shows no single one."""
    return _read(query, {"districts": None, "schools": list(query.units), "visible": None, "own": []})


def _read(query: CellQuery, limits: dict[str, Any]) -> list[CellRow]:
    from reports.rollup.duties import read_duties

    duties = read_duties()
    today = query.boundaries == Boundaries.CURRENT
    schools = list(query.units) or None
    if query.inside:
        schools = list(query.units)
        limits = {**limits, "districts": _districts_inside(query, today=today)}
    elif schools and not limits["districts"] and not limits["schools"]:
        limits = {**limits, "districts": _districts_of(schools, today=today)}
    parameters: dict[str, Any] = {
        **limits,
        "periods": list(query.periods),
        "indicators": list(query.indicators),
        "chosen": list(query.indicators),
        "units": schools,
        "inside": list(query.inside),
        "groups": None,
        "city": None,
        "leaf_ids": leaf_keys(query.periods),
        "form_ids": duties.form_ids,
        "form_bits": duties.form_bits,
        "duty_indicators": duties.indicators,
        "duty_forms": duties.forms,
        "limit": query.limit,
    }
    # An empty list of districts narrows too: to nothing.
    narrowed = parameters["districts"] is not None or bool(parameters["schools"])
    ctes = [
        statements.LEAVES,
        statements.PLACES_OF_TODAY if today else statements.PLACES_OF_PERIOD,
        statements.values_of(wholes=True, narrowed=narrowed, chosen=True),
        statements.SCHOOL_ROWS,
        # Not narrowed to the schools as a list: each is found by its period, and not all of them for each.
        statements.narrow(statements.OWED_BY_SCHOOL, "r", False),
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
        return [cell_row(row) for row in cursor.fetchall()]


def _districts_of(schools: list[int], *, today: bool) -> list[int]:
    """Every district that these schools have been in (or are in today)."""
    places: QuerySet[Any] = (
        School.objects.filter(pk__in=schools) if today else Placement.objects.filter(school__in=schools)
    )
    return list(places.values_list("district_id", flat=True).distinct())


def _districts_inside(query: CellQuery, *, today: bool) -> list[int]:
    """The districts in which the schools of the query's units are to be looked for."""
    inside, places = list(query.inside), Placement.objects.filter(period__in=list(query.periods))
    here = Q(district__in=inside) | Q(zone__in=inside)
    rows: QuerySet[Any] = places.filter(here | Q(group__in=inside))
    if today:
        rows = School.objects.filter(here | Q(pk__in=places.filter(group__in=inside).values("school")))
    alone = _districts_of(list(query.units), today=today) if query.units else []
    return sorted({*rows.values_list("district_id", flat=True).distinct(), *alone})
