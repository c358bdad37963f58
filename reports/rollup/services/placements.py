"""Where schools stood in a period: written once per period, refreshed when a move reaches into the past."""

from collections.abc import Sequence

from django.db import connection

# The last district of the school in the period: as of its end, or of the school's own end within it.
ENSURE = """
INSERT INTO rollup_placement (period_id, school_id, district_id, zone_id, group_id, kind, area_type, ownership)
SELECT DISTINCT ON (p.id, s.unit_id) p.id, s.unit_id, a.district_id, a.zone_id, s.group_id,
    s.kind, s.area_type, s.ownership
FROM indicators_period p
JOIN districts_affiliation a ON a.valid_from <= p."end" AND (a.valid_to IS NULL OR a.valid_to > p.start)
JOIN registry_school s ON s.unit_id = a.unit_id
WHERE p.id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR s.unit_id = ANY(%(schools)s))
ORDER BY p.id, s.unit_id, a.valid_from DESC
ON CONFLICT (period_id, school_id) DO NOTHING"""

# Only district and zone follow from dated affiliation; the slices of a past period stay what they were.
REFRESH = """
UPDATE rollup_placement q SET district_id = x.district_id, zone_id = x.zone_id
FROM (
    SELECT DISTINCT ON (a.unit_id, p.id) a.unit_id, p.id AS period_id, a.district_id, a.zone_id
    FROM indicators_period p
    JOIN districts_affiliation a ON a.unit_id = ANY(%(schools)s)
        AND a.valid_from <= p."end" AND (a.valid_to IS NULL OR a.valid_to > p.start)
    ORDER BY a.unit_id, p.id, a.valid_from DESC
) x
WHERE q.school_id = x.unit_id AND q.period_id = x.period_id
    AND (q.district_id, COALESCE(q.zone_id, 0)) IS DISTINCT FROM (x.district_id, COALESCE(x.zone_id, 0))"""

REFILE = """
UPDATE rollup_fact f SET district_id = q.district_id FROM rollup_placement q
WHERE f.school_id = ANY(%(schools)s) AND q.school_id = f.school_id AND q.period_id = f.period_id
    AND f.district_id <> q.district_id"""

MARK_EVERYWHERE = """
INSERT INTO rollup_stalemark (period_id, district_id, marked_at)
SELECT DISTINCT period_id, district_id, now() FROM rollup_placement WHERE school_id = ANY(%(schools)s)"""


def ensure_placements(periods: Sequence[int], *, schools: Sequence[int] | None = None) -> int:
    """Write the missing placements of these periods (and schools), what is there stays; returns how many it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(ENSURE, {"periods": list(periods), "schools": None if schools is None else list(schools)})
        return int(cursor.rowcount)


def refresh_placements(schools: Sequence[int]) -> None:
    """After a move, merger or closure: file the schools' past anew, and mark every district that they touched."""
    with connection.cursor() as cursor:
        for statement in (MARK_EVERYWHERE, REFRESH, REFILE, MARK_EVERYWHERE):
            cursor.execute(statement, {"schools": list(schools)})


def periods_of(schools: Sequence[int]) -> list[int]:
    """The periods in which any of these schools stands somewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT period_id FROM rollup_placement WHERE school_id = ANY(%s)", [list(schools)])
        return [row[0] for row in cursor.fetchall()]
