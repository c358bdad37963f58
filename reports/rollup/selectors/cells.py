"""Reading stored cells: one query for the page, one more when persons must be protected."""

import json
from typing import Any

from django.db import connection

from districts.access import Scope
from districts.models import Level
from reports.rollup.models import Boundaries

from .editions import Edition
from .rows import CellQuery, CellRow, Key
from .suppression import hide_small

SELECT = """
SELECT p."end"::text, p.id, u.code, i."order", c.slice,
    p.id, u.id, i.id, i.code, p.code, u.code, u.name, u.level, d.id, d.code, c.slice,
    c.value, c.numerator, c.denominator, c.total, c.low, c.high, c.qualifier, c.reported, c.expected, c.as_of,
    c.distribution
FROM rollup_cell c
JOIN indicators_period p ON p.id = c.period_id
JOIN indicators_indicator i ON i.id = c.indicator_id
JOIN districts_unit u ON u.id = c.unit_id
LEFT JOIN districts_zone z ON z.unit_id = u.id
LEFT JOIN (SELECT id, code FROM districts_unit JOIN districts_district ON unit_id = id) d
    ON d.id = CASE WHEN u.level = 'district' THEN u.id ELSE z.district_id END
WHERE c.period_id = ANY(%(periods)s) AND c.indicator_id = ANY(%(indicators)s) AND c.slice = ANY(%(slices)s)
    AND (%(units)s::bigint[] IS NULL OR c.unit_id = ANY(%(units)s))
    AND (%(levels)s::text[] IS NULL
        OR c.unit_id = ANY(ARRAY(SELECT id FROM districts_unit WHERE level = ANY(%(levels)s))))
    AND (%(visible)s::bigint[] IS NULL OR d.id = ANY(%(visible)s))"""

# Under today's boundaries a unit whose schools were others has cells of its own; the rest is as it was.
BOUNDARIES = {
    int(Boundaries.PERIOD): " AND c.boundaries = 0",
    # Both are named, so that the primary key finds the rows.
    int(Boundaries.CURRENT): """ AND c.boundaries = ANY('{0,1}') AND CASE WHEN EXISTS (
        SELECT 1 FROM rollup_restated r WHERE r.period_id = c.period_id AND r.unit_id = c.unit_id
    ) THEN c.boundaries = 1 AND c.reported + c.expected > 0 ELSE c.boundaries = 0 END""",
}
AFTER = """ AND (p."end"::text, p.id, u.code, i."order", c.slice)
    > (%(a_end)s, %(a_period)s, %(a_unit)s, %(a_order)s, %(a_slice)s)"""
ORDER = ' ORDER BY p."end"::text, p.id, u.code, i."order", c.slice'


def list_cells(*, scope: Scope, query: CellQuery, edition: Edition | None = None) -> list[CellRow]:
    """Stored cells of city, districts, zones and groups in the scope, in the order of Key.

    A district office sees its district and zones, a city office everything; schools see no cells of units above them.
    `edition`: what was behind the cells just before, where that has been read.
    """
    if not scope.sees_city and not scope.unit_ids(Level.DISTRICT):
        return []
    rows = read_cells(query, visible=None if scope.sees_city else sorted(scope.unit_ids(Level.DISTRICT)))
    return hide_small(rows, scope=scope, boundaries=query.boundaries, edition=edition)


def read_cells(query: CellQuery, *, visible: list[int] | None) -> list[CellRow]:
    """Cells without any protection of persons: for comparisons inside a page that shows no single row of them."""
    parameters: dict[str, Any] = {
        "periods": list(query.periods),
        "indicators": list(query.indicators),
        "slices": list(query.slices),
        "units": list(query.units) or None,
        "levels": list(query.levels) or None,
        "visible": visible,
        "limit": query.limit,
    }
    statement = SELECT + BOUNDARIES[int(query.boundaries)]
    if query.after:
        statement += AFTER
        names = ("a_end", "a_period", "a_unit", "a_order", "a_slice")
        parameters |= dict(zip(names, query.after, strict=True))
    statement += ORDER + (" LIMIT %(limit)s" if query.limit else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [cell_row(row) for row in cursor.fetchall()]


def cell_row(row: tuple[Any, ...]) -> CellRow:
    # Django hands jsonb through as text on a bare cursor. `_make` would check the length of every row.
    graded = json.loads(row[-1]) if row[-1] else None
    return tuple.__new__(CellRow, (tuple.__new__(Key, row[:5]), *row[5:-1], graded, False))
