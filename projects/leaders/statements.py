"""SQL that says where a post stands on a day: one definition for the pages of this room and for the indicators above.

`days` is a query of (key, day): one row for a page, the ends of all periods for the roll-up.
"""

KIND = "dual-leader"
ON_DAY = "SELECT 0 AS key, %(day)s::date AS day"

# Organisations in force. The secretary of a school is the secretary of its topmost organisation.
POSTS = """
    SELECT d.key, d.day, o.unit_id AS organisation_id, o.school_id,
        o.parent_id IS NULL AND o.unit_id = min(o.unit_id) FILTER (WHERE o.parent_id IS NULL)
            OVER (PARTITION BY d.key, o.school_id) AS is_top
    FROM days d
    JOIN districts_unit u ON u.level = 'organisation' AND (u.valid_from IS NULL OR u.valid_from <= d.day)
        AND (u.valid_to IS NULL OR u.valid_to > d.day)
    JOIN party_partyorganisation o ON o.unit_id = u.id
    WHERE (%(schools)s::bigint[] IS NULL OR o.school_id = ANY(%(schools)s))"""

# A title counts from the day it was given to the day before its end (projects.selection: COUNTING, valid_on), while
# its holder is in office.
TITLES = f"""
    SELECT d.key, x.id, x.school_id, f.id AS office_id, f.unit_id, x.level
    FROM days d
    JOIN selection_designation x ON x.valid_from <= d.day AND (x.valid_to IS NULL OR x.valid_to > d.day)
        AND (x.status IN ('cultivating', 'rectifying', 'passed_midterm', 'delayed', 'active') OR x.ended_on > d.day)
    JOIN selection_designationkind k ON k.id = x.kind_id AND k.code = '{KIND}'
    JOIN districts_office f ON f.id = x.office_id AND f.valid_from <= d.day
        AND (f.valid_to IS NULL OR f.valid_to > d.day)
    WHERE (%(schools)s::bigint[] IS NULL OR x.school_id = ANY(%(schools)s))"""

# The latest assessment that was confirmed, and not ended by the day.
ASSESSED = """
    SELECT DISTINCT ON (d.key, a.organisation_id) d.key, a.organisation_id, a.id, a.meets, a.valid_to
    FROM days d
    JOIN leaders_assessment a ON a.status IN ('confirmed', 'ended') AND a.assessed_on <= d.day
        AND (a.ended_on IS NULL OR a.ended_on > d.day)
    WHERE (%(schools)s::bigint[] IS NULL OR a.school_id = ANY(%(schools)s))
    ORDER BY d.key, a.organisation_id, a.assessed_on DESC, a.id DESC"""

TITLED = """
    SELECT p.key, p.organisation_id, min(t.id) AS id
    FROM posts p
    JOIN titles t ON t.key = p.key AND t.school_id = p.school_id
        AND (t.unit_id = p.organisation_id OR (t.unit_id = p.school_id AND p.is_top))
    GROUP BY p.key, p.organisation_id"""

# missing: never assessed, or the assessment was ended. expired: has to be assessed again.
STATES = """
    SELECT p.key, p.organisation_id, p.school_id, a.id AS assessment_id, t.id AS title_id, a.valid_to,
        CASE WHEN t.id IS NOT NULL OR (a.meets AND a.valid_to > p.day) THEN 'meets'
            WHEN a.id IS NULL THEN 'missing'
            WHEN a.valid_to <= p.day THEN 'expired'
            ELSE 'short' END AS state
    FROM posts p
    LEFT JOIN assessed a ON a.key = p.key AND a.organisation_id = p.organisation_id
    LEFT JOIN titled t ON t.key = p.key AND t.organisation_id = p.organisation_id"""


def with_standing(days: str = ON_DAY) -> str:
    """WITH clause up to `standing` (key, organisation_id, school_id, assessment_id, title_id, valid_to, state) and
    `titles`. Parameters: `schools` (null: all) and what `days` needs."""
    return (
        f"WITH days AS MATERIALIZED ({days}), posts AS MATERIALIZED ({POSTS}), titles AS MATERIALIZED ({TITLES}), "
        f"assessed AS MATERIALIZED ({ASSESSED}), titled AS MATERIALIZED ({TITLED}), standing AS ({STATES})"
    )
