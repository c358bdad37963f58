"""The cells that an approval changes: those of the units and slices of its school, and who else stands in them."""

# After an approval only some cells change: those of the units and slices of its school. Every school that stands in one
# of these units, and what of it goes into which of these cells.
PLACES_OF_TARGETS = """
places AS MATERIALIZED (
    SELECT p.period_id, p.school_id, {district} AS district_id, {zone} AS zone_id, p.group_id,
        p.kind, p.area_type, p.ownership
    FROM rollup_placement p {joined}
    WHERE p.period_id = ANY(%(periods)s)
        AND ({district} = ANY(%(target_units)s) OR p.group_id = ANY(%(target_units)s))
)"""
MEMBERS = """
targets AS MATERIALIZED (
    SELECT * FROM unnest(%(target_units)s::bigint[], %(target_slices)s::text[]) AS t(unit_id, slice)
),
members AS MATERIALIZED (
    SELECT p.school_id, t.unit_id, t.slice
    FROM (
        SELECT *, district_id AS unit_id FROM places
        UNION ALL SELECT *, zone_id FROM places WHERE zone_id IS NOT NULL
        UNION ALL SELECT *, group_id FROM places WHERE group_id IS NOT NULL
    ) p JOIN targets t USING (unit_id)
    WHERE t.slice IN ('all', 'kind:' || p.kind, 'area:' || p.area_type, 'ownership:' || p.ownership)
)"""
TARGETS = """
SELECT DISTINCT u.unit_id, s.slice
FROM rollup_placement p {joined}
CROSS JOIN LATERAL (VALUES ({district}), ({zone}) {group}) AS u(unit_id)
CROSS JOIN LATERAL (
    VALUES ('all'), ('kind:' || p.kind), ('area:' || p.area_type), ('ownership:' || p.ownership)
) AS s(slice)
WHERE p.period_id = %(period)s AND p.school_id = ANY(%(touched)s) AND u.unit_id IS NOT NULL {among}"""
THEN = {"joined": "", "district": "p.district_id", "zone": "p.zone_id"}
TODAY = {
    "joined": "JOIN registry_school r ON r.unit_id = p.school_id", "district": "r.district_id", "zone": "r.zone_id",
}  # fmt: skip
OF_RESTATED = """AND u.unit_id IN (SELECT unit_id FROM rollup_restated WHERE period_id = %(period)s)"""


def places(*, today: bool) -> str:
    """Every school that stands in one of the target units."""
    return PLACES_OF_TARGETS.format(**(TODAY if today else THEN))


def targets_statement(*, today: bool) -> str:
    """(unit, slice) of every cell that a figure of the touched schools goes into, below the city.

    Today's boundaries know no groups, and have cells only of units whose schools were others then.
    """
    if today:
        return TARGETS.format(**TODAY, group="", among=OF_RESTATED)
    return TARGETS.format(**THEN, group=", (p.group_id)", among="")
