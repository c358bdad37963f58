"""What the portal already knows goes into the form before the school opens it."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from districts.models import District
from reports.collection.models import Form, FormField, Return
from reports.collection.rules import is_open_for_filling
from reports.indicators.models import Period

# Stocks hold until told otherwise: the last approved value is carried over. Flows start empty.
CARRY = """
SELECT DISTINCT ON (w.id, ff.indicator_id) w.id, ff.indicator_id, v.number, v.qualifier, p.name, p."end"
FROM collection_return w
JOIN indicators_period own ON own.id = w.period_id
JOIN collection_formfield ff ON ff.form_id = w.form_id
JOIN indicators_indicator i ON i.id = ff.indicator_id AND i.aggregation IN ('stock', 'distinct')
    AND i.origin = 'reported'
JOIN collection_return r ON r.school_id = w.school_id AND r.status = 'approved'
JOIN indicators_period p ON p.id = r.period_id AND p."end" < own."end"
JOIN collection_value v ON v.return_record_id = r.id AND v.indicator_id = ff.indicator_id AND v.number IS NOT NULL
WHERE w.id = ANY(%(returns)s)
ORDER BY w.id, ff.indicator_id, p."end" DESC"""

# Member counts and organisations are kept in the Party organisation tree.
RECORDS = """
WITH wanted AS (
    SELECT r.id, r.school_id, p."end"
    FROM collection_return r JOIN indicators_period p ON p.id = r.period_id WHERE r.id = ANY(%(returns)s)
), serving AS (
    SELECT o.school_id, o.unit_id, true AS own FROM party_partyorganisation o
    UNION ALL
    SELECT s.school_id, o.unit_id, false FROM party_partyorganisation_also_serves s
    JOIN party_partyorganisation o ON o.unit_id = s.partyorganisation_id AND o.school_id <> s.school_id
), standing AS (
    SELECT w.id, s.own, o.unit_id, o.kind, o.full_members, o.probationary_members, o.counted_on
    FROM wanted w JOIN serving s ON s.school_id = w.school_id
    JOIN party_partyorganisation o ON o.unit_id = s.unit_id
    JOIN districts_unit u ON u.id = o.unit_id
        AND (u.valid_from IS NULL OR u.valid_from <= w."end") AND (u.valid_to IS NULL OR u.valid_to > w."end")
), counted AS (
    SELECT w.id, w."end", sum(o.full_members) FILTER (WHERE o.own) AS full,
        sum(o.probationary_members) FILTER (WHERE o.own) AS probationary, max(o.counted_on) AS day,
        max(o.counted_on) FILTER (WHERE o.own) <= w."end" AS in_time, count(o.unit_id) AS organisations,
        count(o.unit_id) FILTER (WHERE o.kind IN ('branch', 'joint_branch')) AS branches
    FROM wanted w LEFT JOIN standing o ON o.id = w.id GROUP BY w.id, w."end"
)
SELECT id, 'X01', "full", day FROM counted WHERE in_time
UNION ALL SELECT id, 'X02', probationary, day FROM counted WHERE in_time
UNION ALL SELECT id, 'X06', organisations, "end" FROM counted
UNION ALL SELECT id, 'X07', branches, "end" FROM counted"""
COMPUTED = ("X06", "X07")

INSERT = """
INSERT INTO collection_value (return_record_id, indicator_id, number, qualifier, source, known_number, known_label,
    known_on, confirmed, remark, verdict, verdict_reason, updated_at)
SELECT x.return_id, x.indicator_id, x.number, x.qualifier, x.source, x.number, x.label, x.known_on,
    false, '', '', '', now()
FROM unnest(%(ids)s::bigint[], %(indicators)s::bigint[], %(numbers)s::numeric[], %(qualifiers)s::int[],
    %(sources)s::text[], %(labels)s::text[], %(days)s::date[])
    AS x(return_id, indicator_id, number, qualifier, source, label, known_on)
ON CONFLICT (return_record_id, indicator_id) DO NOTHING"""
# The same for cells that nobody types, without a look at each return.
COMPUTE = f"""
INSERT INTO collection_value (return_record_id, indicator_id, number, qualifier, source, known_number, known_label,
    known_on, confirmed, remark, verdict, verdict_reason, updated_at)
SELECT x.id, ff.indicator_id, x.number, 0, 'computed', x.number, %(label)s, x.day, false, '', '', '', now()
FROM ({RECORDS}) AS x (id, code, number, day)
JOIN collection_return r ON r.id = x.id
JOIN indicators_indicator i ON i.code = x.code AND x.code = ANY(%(computed)s)
JOIN collection_formfield ff ON ff.form_id = r.form_id AND ff.indicator_id = i.id
ON CONFLICT (return_record_id, indicator_id) DO NOTHING"""
REGISTER = "党组织台账"
COLUMNS = ("ids", "indicators", "numbers", "qualifiers", "sources", "labels", "days")


def prefill_return(record: Return) -> int:
    """Write what is known into the empty cells of a draft; returns how many cells it now has."""
    prefill_returns([record])
    return record.values.count()


def prefill_district(*, form: Form, period: Period, district: District) -> None:
    """The same for every return of the form that the schools of the district may still fill, opened or not."""
    returns = Return.objects.filter(form=form, period=period, school__district=district)
    prefill_returns([record for record in returns if is_open_for_filling(record)])


@transaction.atomic
def prefill_returns(records: Sequence[Return]) -> None:
    """Write what is known into the empty cells of these returns. Four queries, whatever their number.

    Records win over carried values. Cells that the school has touched are left alone.
    """
    if not records:
        return
    parameters = {"returns": [record.pk for record in records]}
    known: dict[tuple[int, int], tuple[Any, ...]] = {}
    fields = _fields(records)
    with connection.cursor() as cursor:
        cursor.execute(CARRY, parameters)
        for pk, indicator, number, qualifier, period, day in cursor.fetchall():
            known[pk, indicator] = (number, qualifier, "carried", f"上次已审 {period}"[:60], day)
        cursor.execute(RECORDS, parameters)
        for pk, code, number, day in cursor.fetchall():
            if code in fields[pk] and number is not None:
                source = "computed" if code in COMPUTED else "records"
                known[pk, fields[pk][code]] = (number, 0, source, REGISTER, day)
        rows = [(*key, *value) for key, value in known.items()]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
        cursor.execute(INSERT, {name: list(column) for name, column in zip(COLUMNS, columns, strict=True)})


@transaction.atomic
def write_computed(return_ids: Sequence[int]) -> int:
    """What the portal counts itself, into returns that were made in bulk; returns how many cells."""
    parameters: dict[str, Any] = {"returns": list(return_ids), "computed": list(COMPUTED), "label": REGISTER}
    with connection.cursor() as cursor:
        # Rows that were copied in a moment ago have no statistics: the planner takes thousands for a handful.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(COMPUTE, parameters)
        count = int(cursor.rowcount)
        cursor.execute("SET LOCAL enable_nestloop = on")
    return count


def _fields(records: Sequence[Return]) -> dict[int, dict[str, int]]:
    """return → code → key of the indicators on its form; one query."""
    by_form: dict[int, dict[str, int]] = {record.form_id: {} for record in records}
    fields = FormField.objects.filter(form__in=list(by_form))
    for form, code, indicator in fields.values_list("form_id", "indicator__code", "indicator_id"):
        by_form[form][code] = indicator
    return {record.pk: by_form[record.form_id] for record in records}
