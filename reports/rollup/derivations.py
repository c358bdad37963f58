"""Facts that follow from other facts or from records: one set-based statement each, registered by kind or code."""

from typing import Any

from django.db import connection

from reports.indicators.models import Indicator, Origin

# Derived elements: from other facts of the same school and period. %(code)s … are indicator ids.
SOURCE = """
    FROM rollup_fact f WHERE f.indicator_id = %(source)s
        AND f.period_id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR f.school_id = ANY(%(schools)s))"""
DERIVED = {
    "count_present": "SELECT f.period_id, f.district_id, f.school_id, 1::numeric, 0, f.approved_at" + SOURCE,
    "count_equal": "SELECT f.period_id, f.district_id, f.school_id, (f.value = %(value)s)::int::numeric, 0, f.approved_at"
    + SOURCE,
    "count_ge": "SELECT f.period_id, f.district_id, f.school_id, (f.value >= %(value)s)::int::numeric, 0, f.approved_at"
    + SOURCE,
    "add": """
    SELECT f.period_id, f.district_id, f.school_id, sum(f.value), max(f.qualifier), max(f.approved_at)
    FROM rollup_fact f WHERE f.indicator_id = ANY(%(sources)s)
        AND f.period_id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR f.school_id = ANY(%(schools)s))
    GROUP BY f.period_id, f.district_id, f.school_id HAVING count(*) = cardinality(%(sources)s)""",
}

# Records: organisations that exist on the last day of an as-of period in which the school owes a return.
# A joint branch is an entity of every school that it serves; above the schools it is counted once.
ORGANISATIONS = """
    SELECT DISTINCT p.id AS period_id, r.school_id, o.unit_id AS entity
    FROM indicators_period p
    JOIN collection_return r ON r.period_id = p.id
    JOIN collection_formfield ff ON ff.form_id = r.form_id AND ff.indicator_id = %(indicator)s
    JOIN LATERAL (
        SELECT o.unit_id, o.kind FROM party_partyorganisation o WHERE o.school_id = r.school_id
        UNION ALL
        SELECT o.unit_id, o.kind FROM party_partyorganisation_also_serves s
        JOIN party_partyorganisation o ON o.unit_id = s.partyorganisation_id WHERE s.school_id = r.school_id
    ) o ON true
    JOIN districts_unit u ON u.id = o.unit_id
        AND (u.valid_from IS NULL OR u.valid_from <= p."end") AND (u.valid_to IS NULL OR u.valid_to > p."end")
    WHERE p.id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR r.school_id = ANY(%(schools)s))
        AND r.status = 'approved'"""
ENTITIES = {
    "X06": ORGANISATIONS,
    "X07": ORGANISATIONS + " AND o.kind IN ('branch', 'joint_branch')",
}

# Returns that fall due inside a month; on time means first handed in on or before the due day.
TIMELINESS = """
    SELECT p.id, place.district_id, r.school_id, count(*) FILTER ({condition})::numeric, 0, max(r.due_on::timestamptz)
    FROM indicators_period p
    JOIN collection_return r ON r.due_on BETWEEN p.start AND p."end" AND r.due_on < CURRENT_DATE
    JOIN rollup_placement place ON place.period_id = p.id AND place.school_id = r.school_id
    WHERE p.id = ANY(%(periods)s) AND p.kind = 'M'
        AND (%(schools)s::bigint[] IS NULL OR r.school_id = ANY(%(schools)s))
    GROUP BY p.id, place.district_id, r.school_id"""
RECORDS = {
    "G14N": TIMELINESS.format(condition="WHERE (r.first_submitted_at AT TIME ZONE 'Asia/Shanghai')::date <= r.due_on"),
    "G14D": TIMELINESS.format(condition="WHERE true"),
}

INSERT = """
INSERT INTO rollup_fact (indicator_id, derived, period_id, district_id, school_id, value, qualifier, approved_at)
SELECT %(indicator)s, true, x.* FROM ({select}) x
ON CONFLICT (school_id, period_id, indicator_id) DO UPDATE
SET value = EXCLUDED.value, qualifier = EXCLUDED.qualifier, district_id = EXCLUDED.district_id,
    approved_at = EXCLUDED.approved_at"""


def derive_facts(periods: list[int], *, schools: list[int] | None = None) -> None:
    """Write every derived fact of these (leaf) periods, for all schools or some. Runs in the caller's transaction."""
    indicators = {row.code: row for row in Indicator.objects.filter(origin__in=[Origin.RECORDS, Origin.DERIVED])}
    ids = dict(Indicator.objects.values_list("code", "pk"))
    common: dict[str, Any] = {"periods": periods, "schools": schools}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM rollup_fact WHERE derived AND period_id = ANY(%(periods)s) "
            "AND (%(schools)s::bigint[] IS NULL OR school_id = ANY(%(schools)s))",
            common,
        )
        for code, row in indicators.items():
            if row.origin == Origin.DERIVED:
                rule = row.derivation
                parameters = {
                    "indicator": row.pk,
                    "source": ids.get(rule.get("code", "")),
                    "sources": [ids[c] for c in rule.get("codes", [])],
                    "value": rule.get("value"),
                }
                cursor.execute(INSERT.format(select=DERIVED[rule["kind"]]), {**common, **parameters})
            elif code in ENTITIES:
                _derive_entities(cursor, row, ENTITIES[code], common)
            else:
                cursor.execute(INSERT.format(select=RECORDS[code]), {**common, "indicator": row.pk})


def _derive_entities(cursor: Any, row: Indicator, select: str, common: dict[str, Any]) -> None:
    parameters = {**common, "indicator": row.pk}
    cursor.execute(
        "DELETE FROM rollup_factentity WHERE indicator_id = %(indicator)s AND period_id = ANY(%(periods)s) "
        "AND (%(schools)s::bigint[] IS NULL OR school_id = ANY(%(schools)s))",
        parameters,
    )
    cursor.execute(
        f"INSERT INTO rollup_factentity (period_id, indicator_id, school_id, entity) "
        f"SELECT period_id, %(indicator)s, school_id, entity FROM ({select}) x",
        parameters,
    )
    count = """
        SELECT e.period_id, place.district_id, e.school_id, count(*)::numeric, 0, max(r.approved_at)
        FROM rollup_factentity e
        JOIN rollup_placement place ON place.period_id = e.period_id AND place.school_id = e.school_id
        JOIN collection_return r ON r.period_id = e.period_id AND r.school_id = e.school_id AND r.status = 'approved'
        WHERE e.indicator_id = %(indicator)s AND e.period_id = ANY(%(periods)s)
            AND (%(schools)s::bigint[] IS NULL OR e.school_id = ANY(%(schools)s))
        GROUP BY e.period_id, place.district_id, e.school_id, r.form_id"""
    cursor.execute(INSERT.format(select=_one_form(count)), parameters)


def _one_form(count: str) -> str:
    """A period may hold returns of several forms; the entities of a school are counted once."""
    return f"SELECT DISTINCT ON (period_id, school_id) * FROM ({count}) c"
