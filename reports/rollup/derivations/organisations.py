"""Party organisations, counted from their register."""

# Records: organisations that exist on the last day of an as-of period in which the school owes a return.
# A joint branch is an entity of every school that it serves; above the schools it is counted once.
ORGANISATIONS = """
    SELECT DISTINCT p.id AS period_id, r.school_id, o.unit_id AS entity
    FROM indicators_period p
    JOIN collection_return r ON r.period_id = p.id
    JOIN collection_formfield ff ON ff.form_id = r.form_id AND ff.indicator_id = %(indicator)s
    JOIN (
        SELECT o.school_id, o.unit_id, o.kind FROM party_partyorganisation o
        UNION ALL
        SELECT s.school_id, o.unit_id, o.kind FROM party_partyorganisation_also_serves s
        JOIN party_partyorganisation o ON o.unit_id = s.partyorganisation_id
    ) o ON o.school_id = r.school_id
    JOIN districts_unit u ON u.id = o.unit_id
        AND (u.valid_from IS NULL OR u.valid_from <= p."end") AND (u.valid_to IS NULL OR u.valid_to > p."end")
    WHERE p.id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR r.school_id = ANY(%(schools)s))
        AND r.status = 'approved'"""

# Code → (period_id, school_id, entity); above the schools things are counted once.
ENTITIES = {
    "X06": ORGANISATIONS,
    "X07": ORGANISATIONS + " AND o.kind IN ('branch', 'joint_branch')",
}

# A period may hold returns of several forms: the figure is as of the last that was approved.
COUNT = """
    SELECT e.period_id, place.district_id, e.school_id, count(*)::numeric, 0, max(r.approved_at)
    FROM rollup_factentity e
    JOIN rollup_placement place ON place.period_id = e.period_id AND place.school_id = e.school_id
    JOIN (
        SELECT r.period_id, r.school_id, max(r.approved_at) AS approved_at FROM collection_return r
        WHERE r.status = 'approved' AND r.period_id = ANY(%(periods)s)
            AND (%(schools)s::bigint[] IS NULL OR r.school_id = ANY(%(schools)s))
        GROUP BY r.period_id, r.school_id
    ) r ON r.period_id = e.period_id AND r.school_id = e.school_id
    WHERE e.indicator_id = %(indicator)s AND e.period_id = ANY(%(periods)s)
        AND (%(schools)s::bigint[] IS NULL OR e.school_id = ANY(%(schools)s))
    GROUP BY e.period_id, place.district_id, e.school_id"""
RECORDS = dict.fromkeys(ENTITIES, COUNT)
