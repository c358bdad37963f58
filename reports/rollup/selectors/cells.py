"""Reading stored cells: one query for the page, one more when persons must be protected."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from districts.access import Scope
from districts.models import Level
from reports.rollup.models import Boundaries

from .suppression import hide_small


class Key(NamedTuple):
    """The order of the rows and the place at which a page ends."""

    period_end: str
    period_id: int
    unit_code: str
    indicator_order: int
    slice: str


@dataclass(frozen=True, slots=True)
class CellQuery:
    """What is asked for, in keys. Empty `units` means every unit of the level in the scope."""

    indicators: Sequence[int]
    periods: Sequence[int]
    level: str = ""
    units: Sequence[int] = ()
    slices: Sequence[str] = ("all",)
    boundaries: int = Boundaries.PERIOD
    after: Key | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class CellRow:
    """A figure with its pedigree. `suppressed`: counts 1–4 persons (or would reveal them) and is not shown."""

    key: Key
    period_id: int
    unit_id: int
    indicator_id: int
    indicator: str
    period: str
    unit_code: str
    unit_name: str
    level: str
    district_id: int | None
    district: str | None
    slice: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    total: Decimal | None
    low: Decimal | None
    high: Decimal | None
    qualifier: int
    reported: int
    expected: int
    as_of: datetime | None
    distribution: dict[str, int] | None = field(default=None)
    suppressed: bool = False

    def masked(self) -> "CellRow":
        return replace(
            self, value=None, numerator=None, denominator=None, total=None, low=None, high=None,
            distribution=None, suppressed=True,
        )  # fmt: skip


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
LEFT JOIN districts_unit d ON d.id = CASE WHEN u.level = 'district' THEN u.id ELSE z.district_id END
WHERE c.period_id = ANY(%(periods)s) AND c.indicator_id = ANY(%(indicators)s) AND c.slice = ANY(%(slices)s)
    AND (%(units)s::bigint[] IS NULL OR c.unit_id = ANY(%(units)s))
    AND (%(level)s = '' OR u.level = %(level)s)
    AND (%(visible)s::bigint[] IS NULL OR d.id = ANY(%(visible)s))"""

# Under today's boundaries a unit whose schools were others has cells of its own; the rest is as it was.
BOUNDARIES = {
    int(Boundaries.PERIOD): " AND c.boundaries = 0",
    int(Boundaries.CURRENT): """ AND CASE WHEN EXISTS (
        SELECT 1 FROM rollup_restated r WHERE r.period_id = c.period_id AND r.unit_id = c.unit_id
    ) THEN c.boundaries = 1 AND c.reported + c.expected > 0 ELSE c.boundaries = 0 END""",
}
AFTER = """ AND (p."end"::text, p.id, u.code, i."order", c.slice)
    > (%(a_end)s, %(a_period)s, %(a_unit)s, %(a_order)s, %(a_slice)s)"""
ORDER = ' ORDER BY p."end"::text, p.id, u.code, i."order", c.slice'


def list_cells(*, scope: Scope, query: CellQuery) -> list[CellRow]:
    """Stored cells of city, districts, zones and groups in the scope, in the order of Key.

    A district office sees its district and zones, a city office everything; schools see no cells of units above them.
    """
    if not scope.sees_city and not scope.unit_ids(Level.DISTRICT):
        return []
    rows = read_cells(query, visible=None if scope.sees_city else sorted(scope.unit_ids(Level.DISTRICT)))
    return hide_small(rows, scope=scope, boundaries=query.boundaries)


def read_cells(query: CellQuery, *, visible: list[int] | None) -> list[CellRow]:
    """Cells without any protection of persons: for comparisons inside a page that shows no single row of them."""
    parameters: dict[str, Any] = {
        "periods": list(query.periods),
        "indicators": list(query.indicators),
        "slices": list(query.slices),
        "units": list(query.units) or None,
        "level": query.level,
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
        return [CellRow(Key(*row[:5]), *row[5:]) for row in cursor.fetchall()]
