"""Party brands, counted from their register.

A brand counts on a day when it is in use and its branch, where it has one, is not dissolved (the same as
`schools.showcase.selectors.brands.active_on`). A group's brand is one of each school in the group, and above the
schools it is counted once.
"""

from .shapes import ENDS, OF_SCHOOLS

# School → the brands that it has.
HAVING = """
    SELECT b.id, b.school_id FROM showcase_brand b
    UNION
    SELECT b.id, s.unit_id FROM showcase_brand b JOIN registry_school s ON s.group_id = b.group_id"""
BRANDS = f"""
    SELECT place.period_id, place.school_id, b.id AS entity
    FROM ({ENDS}) d
    JOIN rollup_placement place ON place.period_id = d.key
    JOIN ({HAVING}) h ON h.school_id = place.school_id
    JOIN showcase_brand b ON b.id = h.id
        AND b.started_on <= d.day AND (b.ended_on IS NULL OR b.ended_on > d.day)
    LEFT JOIN districts_unit o ON o.id = b.organisation_id
    WHERE (o.valid_to IS NULL OR o.valid_to > d.day)
        AND (%(schools)s::bigint[] IS NULL OR place.school_id = ANY(%(schools)s))"""
COUNTED = OF_SCHOOLS.format(
    counted="count(e.entity)", days=ENDS,
    joined="""LEFT JOIN rollup_factentity e ON e.period_id = place.period_id AND e.school_id = place.school_id
        AND e.indicator_id = %(indicator)s""",
)  # fmt: skip

ENTITIES = {"X13": BRANDS}
RECORDS = {"X13": COUNTED}
