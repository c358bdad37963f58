"""Whether returns came in time, counted from the returns themselves."""

# Returns that fall due inside a month; on time means first handed in on or before the due day.
TIMELINESS = """
    SELECT p.id, place.district_id, r.school_id, count(*) FILTER ({condition})::numeric, 0, max(r.due_on::timestamptz)
    FROM indicators_period p
    JOIN collection_return r ON date_trunc('month', r.due_on)::date = p.start AND r.due_on < CURRENT_DATE
    JOIN rollup_placement place ON place.period_id = p.id AND place.school_id = r.school_id
    WHERE p.id = ANY(%(periods)s) AND p.kind = 'M'
        AND (%(schools)s::bigint[] IS NULL OR r.school_id = ANY(%(schools)s))
    GROUP BY p.id, place.district_id, r.school_id"""

RECORDS = {
    "G14N": TIMELINESS.format(condition="WHERE (r.first_submitted_at AT TIME ZONE 'Asia/Shanghai')::date <= r.due_on"),
    "G14D": TIMELINESS.format(condition="WHERE true"),
}
