"""Facts that follow from other facts or from records: one set-based statement each.

What is counted from records stands in a file a programme; it is registered here by code.
"""

from typing import Any

from django.db import connection

from reports.indicators.models import Indicator, Origin, Period
from reports.rollup.planning import hashing

from . import creation, leaders, organisations, showcase, timeliness, topics

# Derived elements: from other facts of the same school and period. %(code)s … are indicator ids.
SOURCE = """
    FROM rollup_fact f WHERE f.indicator_id = %(source)s
        AND f.period_id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR f.school_id = ANY(%(schools)s))"""
SELECTED = "SELECT f.period_id, f.district_id, f.school_id, {}, 0, f.approved_at"
DERIVED = {
    "count_present": SELECTED.format("1::numeric") + SOURCE,
    "count_equal": SELECTED.format("(f.value = %(value)s)::int::numeric") + SOURCE,
    "count_ge": SELECTED.format("(f.value >= %(value)s)::int::numeric") + SOURCE,
    "add": """
    SELECT f.period_id, f.district_id, f.school_id, sum(f.value), max(f.qualifier), max(f.approved_at)
    FROM rollup_fact f WHERE f.indicator_id = ANY(%(sources)s)
        AND f.period_id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR f.school_id = ANY(%(schools)s))
    GROUP BY f.period_id, f.district_id, f.school_id HAVING count(*) = cardinality(%(sources)s)""",
}

INSERT = """
INSERT INTO rollup_fact (indicator_id, derived, period_id, district_id, school_id, value, qualifier, approved_at)
SELECT %(indicator)s, true, x.* FROM ({select}) x"""
# Two approvals of a school at once may derive the same fact.
WRITTEN_BESIDE = """
ON CONFLICT (school_id, period_id, indicator_id) DO UPDATE
SET value = EXCLUDED.value, qualifier = EXCLUDED.qualifier, district_id = EXCLUDED.district_id,
    approved_at = EXCLUDED.approved_at"""


# Facts of records: code → (period_id, district_id, school_id, value, qualifier, as_of). Entities come first: a fact may
# count them.
RECORDS: dict[str, str] = {
    **organisations.RECORDS,
    **timeliness.RECORDS,
    **leaders.RECORDS,
    **creation.RECORDS,
    **showcase.RECORDS,
    **topics.RECORDS,
}
ENTITIES: dict[str, str] = {**organisations.ENTITIES, **leaders.ENTITIES, **showcase.ENTITIES}
OF_THESE = """
    period_id = ANY(%(periods)s) AND (%(schools)s::bigint[] IS NULL OR school_id = ANY(%(schools)s))"""


def derive_facts(periods: list[int], *, schools: list[int] | None = None, fresh: bool = False) -> None:
    """Write every derived fact of these (leaf) periods, for all schools or some. Runs in the caller's transaction.

    `fresh`: none is there yet, and the table may still be without its indexes.
    """
    catalogue = list(Indicator.objects.values_list("code", "pk", "origin", "derivation"))
    ids = {code: pk for code, pk, _origin, _rule in catalogue}
    common: dict[str, Any] = {"periods": periods, "schools": schools}
    insert = INSERT if fresh else INSERT + WRITTEN_BESIDE
    if not fresh:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM rollup_fact WHERE derived AND {OF_THESE}", common)
    # Records first: what follows from other facts may follow from these.
    derive_records(periods, schools=schools, fresh=fresh)
    with hashing(schools is None), connection.cursor() as cursor:
        for _code, pk, origin, rule in catalogue:
            if origin != Origin.DERIVED:
                continue
            parameters = {
                "indicator": pk,
                "source": ids.get(rule.get("code", "")),
                "sources": [ids[c] for c in rule.get("codes", [])],
                "value": rule.get("value"),
            }
            cursor.execute(insert.format(select=DERIVED[rule["kind"]]), {**common, **parameters})


def derive_records(periods: list[int], *, schools: list[int] | None = None, fresh: bool = False) -> None:
    """Only the facts that are counted from records, anew; `fresh` as there. Runs in the caller's transaction."""
    kinds = Period.objects.filter(pk__in=periods).values("kind")
    rows = Indicator.objects.filter(origin=Origin.RECORDS, period_kind__in=kinds)
    counted = dict(rows.values_list("code", "pk"))
    if not counted:
        return
    common: dict[str, Any] = {"periods": periods, "schools": schools}
    insert = INSERT if fresh else INSERT + WRITTEN_BESIDE
    with hashing(schools is None), connection.cursor() as cursor:
        if not fresh:
            cursor.execute(
                f"DELETE FROM rollup_fact WHERE derived AND indicator_id = ANY(%(counted)s) AND {OF_THESE}",
                {**common, "counted": list(counted.values())},
            )
        for code, pk in counted.items():
            parameters = {**common, "indicator": pk}
            if code in ENTITIES:
                _write_entities(cursor, ENTITIES[code], parameters)
            cursor.execute(insert.format(select=RECORDS[code]), parameters)


def _write_entities(cursor: Any, select: str, parameters: dict[str, Any]) -> None:
    cursor.execute(f"DELETE FROM rollup_factentity WHERE indicator_id = %(indicator)s AND {OF_THESE}", parameters)
    cursor.execute(
        f"INSERT INTO rollup_factentity (period_id, indicator_id, school_id, entity) "
        f"SELECT period_id, %(indicator)s, school_id, entity FROM ({select}) x",
        parameters,
    )
