"""Shapes that the owners' statements share.

Registers that the portal keeps itself are tied to no form: everything that there is stands in them. So nothing recorded
is 0 and not missing, in every school that is placed in the period, and all these schools are expected.
"""

# The last days of as-of periods that are over.
ENDS = """
    SELECT p.id AS key, p."end" AS day FROM indicators_period p
    WHERE p.id = ANY(%(periods)s) AND p.kind = 'A' AND p."end" <= CURRENT_DATE"""

# Years that have begun, up to today.
YEARS = """
    SELECT p.id AS key, p.start, LEAST(p."end", CURRENT_DATE) AS day FROM indicators_period p
    WHERE p.id = ANY(%(periods)s) AND p.kind = 'Y' AND p.start <= CURRENT_DATE"""

# Every school that stood somewhere in the period, with what {joined} finds of it; {counted} becomes the value.
OF_SCHOOLS = """
    SELECT place.period_id, place.district_id, place.school_id, {counted}::numeric, 0, max(d.day)::timestamptz
    FROM rollup_placement place
    JOIN ({days}) d ON d.key = place.period_id
    {joined}
    WHERE (%(schools)s::bigint[] IS NULL OR place.school_id = ANY(%(schools)s))
    GROUP BY place.period_id, place.district_id, place.school_id"""
