"""双带头人, counted from assessments, titles, studios, sessions and pairings. Nothing recorded is 0, not missing.

Where a post stands is said once, in projects.leaders: the number of a cell is the number on its pages.
"""

from projects.leaders.statements import TITLES, with_standing

from .shapes import ENDS, OF_SCHOOLS

TITLES_THEN = f"WITH days AS MATERIALIZED ({ENDS}), titles AS MATERIALIZED ({TITLES})"

# A school without a Party organisation has no post that could meet the standard: it has no figure.
MEETING = with_standing(ENDS) + OF_SCHOOLS.format(
    counted="count(*) FILTER (WHERE s.state = 'meets')", days="SELECT * FROM days",
    joined="JOIN standing s ON s.key = place.period_id AND s.school_id = place.school_id",
)  # fmt: skip
TITLED = TITLES_THEN + OF_SCHOOLS.format(
    counted="count(DISTINCT t.office_id)", days="SELECT * FROM days",
    joined="LEFT JOIN titles t ON t.key = place.period_id AND t.school_id = place.school_id AND t.level = 'city'",
)  # fmt: skip
STUDIOS = OF_SCHOOLS.format(
    counted="count(st.id)", days=ENDS,
    joined="""LEFT JOIN leaders_studio st ON st.school_id = place.school_id AND st.opened_on <= d.day
        AND (st.closed_on IS NULL OR st.closed_on > d.day)""",
)  # fmt: skip
SESSIONS = OF_SCHOOLS.format(
    counted="count(x.id)",
    days="""
        SELECT p.id AS key, p.start, p."end" AS day FROM indicators_period p
        WHERE p.id = ANY(%(periods)s) AND p.kind = 'T'""",
    joined="""LEFT JOIN (
        SELECT x.id, x.held_on, st.school_id FROM leaders_session x JOIN leaders_studio st ON st.id = x.studio_id
    ) x ON x.school_id = place.school_id AND x.held_on BETWEEN d.start AND d.day""",
)  # fmt: skip

# People are posts (their holder) or numbered teachers; who learns in studios of two schools is one above them.
MENTEES = f"""
    SELECT DISTINCT d.key AS period_id, st.school_id,
        COALESCE(f.user_id, -(g.mentee_school_id * 100000 + g.mentee_number)) AS entity
    FROM ({ENDS}) d
    JOIN leaders_pairing g ON g.started_on <= d.day AND (g.ended_on IS NULL OR g.ended_on > d.day)
    JOIN leaders_studio st ON st.id = g.studio_id AND st.opened_on <= d.day
        AND (st.closed_on IS NULL OR st.closed_on > d.day)
    JOIN rollup_placement place ON place.period_id = d.key AND place.school_id = st.school_id
    LEFT JOIN districts_office f ON f.id = g.mentee_office_id
    WHERE (%(schools)s::bigint[] IS NULL OR st.school_id = ANY(%(schools)s))"""
LEARNING = OF_SCHOOLS.format(
    counted="count(e.entity)", days=ENDS,
    joined="""LEFT JOIN rollup_factentity e ON e.period_id = place.period_id AND e.school_id = place.school_id
        AND e.indicator_id = %(indicator)s""",
)  # fmt: skip

ENTITIES = {"L07": MENTEES}
RECORDS = {"L02": MEETING, "L04": TITLED, "L05": STUDIOS, "L06": SESSIONS, "L07": LEARNING}
