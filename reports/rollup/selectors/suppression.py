"""Party membership is sensitive: a figure that counts 1 to 4 members is not shown outside its district.

And where exactly one child of a unit would be hidden, the next smallest is hidden too, or the rest would give it away.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from districts.access import Scope
from districts.models import Level
from reports.indicators.models import Indicator
from reports.rollup.models import Boundaries

if TYPE_CHECKING:
    from .cells import CellRow

HIDDEN = """
WITH siblings AS (
    SELECT c.period_id, c.unit_id, c.indicator_id, c.slice, c.total, u.level, COALESCE(z.district_id, 0) AS parent,
        c.total > 0 AND c.total < %(below)s AS small
    FROM rollup_cell c JOIN districts_unit u ON u.id = c.unit_id LEFT JOIN districts_zone z ON z.unit_id = u.id
    WHERE c.period_id = ANY(%(periods)s) AND c.indicator_id = ANY(%(indicators)s) AND c.slice = ANY(%(slices)s)
        AND u.level = ANY(%(levels)s)
        AND CASE WHEN %(current)s AND EXISTS (
            SELECT 1 FROM rollup_restated r WHERE r.period_id = c.period_id AND r.unit_id = c.unit_id
        ) THEN c.boundaries = 1 ELSE c.boundaries = 0 END
),
ranked AS (
    SELECT *, count(*) FILTER (WHERE small) OVER family AS small_ones,
        row_number() OVER (PARTITION BY period_id, indicator_id, slice, level, parent, small ORDER BY total, unit_id) AS rank
    FROM siblings WHERE total > 0
    WINDOW family AS (PARTITION BY period_id, indicator_id, slice, level, parent)
)
SELECT period_id, unit_id, indicator_id, slice FROM ranked
WHERE small OR (small_ones = 1 AND NOT small AND rank = 1)"""


def person_parts() -> dict[int, tuple[int, ...]]:
    """Indicator → the person counts that it would reveal: itself, or the parts of a ratio."""
    rows = list(Indicator.objects.values_list("pk", "counts_persons", "numerator_id", "denominator_id"))
    persons = {pk for pk, counts, _n, _d in rows if counts}
    parts = {pk: tuple(p for p in (pk, n, d) if p in persons) for pk, _c, n, d in rows}
    return {pk: found for pk, found in parts.items() if found}


def hide_small(rows: list["CellRow"], *, scope: Scope, boundaries: int) -> list["CellRow"]:
    """Mask the cells that the scope may not see exactly; two more queries, and only when persons are counted."""
    inside = scope.unit_ids(Level.DISTRICT)
    parts = person_parts()
    levels = (Level.DISTRICT, Level.ZONE, Level.GROUP)
    touched = [r for r in rows if r.indicator_id in parts and r.level in levels and r.district_id not in inside]
    if not touched:
        return rows
    hidden = _hidden(touched, parts, boundaries)
    suspects = set(map(id, touched))
    return [
        row.masked()
        if id(row) in suspects
        and any((row.period_id, row.unit_id, part, row.slice) in hidden for part in parts[row.indicator_id])
        else row
        for row in rows
    ]


def _hidden(
    rows: Iterable["CellRow"], parts: dict[int, tuple[int, ...]], boundaries: int
) -> set[tuple[int, int, int, str]]:
    rows = list(rows)
    parameters: dict[str, Any] = {
        "below": settings.SUPPRESS_BELOW,
        "periods": list({row.period_id for row in rows}),
        "indicators": list({part for row in rows for part in parts[row.indicator_id]}),
        "slices": list({row.slice for row in rows}),
        "levels": list({str(row.level) for row in rows}),
        "current": boundaries == Boundaries.CURRENT,
    }
    with connection.cursor() as cursor:
        cursor.execute(HIDDEN, parameters)
        return set(cursor.fetchall())
