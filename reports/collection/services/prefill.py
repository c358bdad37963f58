"""What the portal already knows goes into the form before the school opens it."""

from django.db import connection, transaction

from reports.collection.models import Return

# Stocks hold until told otherwise: the last approved value is carried over. Flows start empty.
CARRY = """
SELECT DISTINCT ON (ff.indicator_id) ff.indicator_id, v.number, v.qualifier, p.name, p."end"
FROM collection_formfield ff
JOIN indicators_indicator i ON i.id = ff.indicator_id AND i.aggregation IN ('stock', 'distinct')
    AND i.origin = 'reported'
JOIN collection_return r ON r.school_id = %(school)s AND r.status = 'approved'
JOIN indicators_period p ON p.id = r.period_id AND p."end" < %(end)s
JOIN collection_value v ON v.return_record_id = r.id AND v.indicator_id = ff.indicator_id AND v.number IS NOT NULL
WHERE ff.form_id = %(form)s
ORDER BY ff.indicator_id, p."end" DESC"""

# Member counts and organisations are kept in the Party organisation tree.
RECORDS = """
WITH orgs AS (
    SELECT o.unit_id, o.kind, o.full_members, o.probationary_members, o.counted_on, o.school_id = %(school)s AS own
    FROM party_partyorganisation o JOIN districts_unit u ON u.id = o.unit_id
        AND (u.valid_from IS NULL OR u.valid_from <= %(end)s) AND (u.valid_to IS NULL OR u.valid_to > %(end)s)
    WHERE o.school_id = %(school)s OR o.unit_id IN (
        SELECT partyorganisation_id FROM party_partyorganisation_also_serves WHERE school_id = %(school)s)
)
SELECT 'X01', sum(full_members) FILTER (WHERE own), max(counted_on) FROM orgs
    HAVING max(counted_on) FILTER (WHERE own) <= %(end)s
UNION ALL SELECT 'X02', sum(probationary_members) FILTER (WHERE own), max(counted_on) FROM orgs
    HAVING max(counted_on) FILTER (WHERE own) <= %(end)s
UNION ALL SELECT 'X06', count(*), %(end)s::date FROM orgs
UNION ALL SELECT 'X07', count(*) FILTER (WHERE kind IN ('branch', 'joint_branch')), %(end)s::date FROM orgs"""

INSERT = """
INSERT INTO collection_value (return_record_id, indicator_id, number, qualifier, source, known_number, known_label,
    known_on, confirmed, remark, verdict, verdict_reason, updated_at)
SELECT %(return)s, x.indicator_id, x.number, x.qualifier, x.source, x.number, x.label, x.known_on,
    false, '', '', '', now()
FROM unnest(%(indicators)s::bigint[], %(numbers)s::numeric[], %(qualifiers)s::int[], %(sources)s::text[],
    %(labels)s::text[], %(days)s::date[]) AS x(indicator_id, number, qualifier, source, label, known_on)
ON CONFLICT (return_record_id, indicator_id) DO NOTHING"""


@transaction.atomic
def prefill_return(record: Return) -> int:
    """Write what is known into the empty cells of a draft; returns how many cells it now has.

    Records win over carried values. Cells that the school has touched are left alone. Three queries.
    """
    parameters = {"school": record.school_id, "form": record.form_id, "end": record.period.end, "return": record.pk}
    known: dict[int, tuple[object, int, str, str, object]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CARRY, parameters)
        for indicator, number, qualifier, period, day in cursor.fetchall():
            known[indicator] = (number, qualifier, "carried", f"上次已审 {period}"[:60], day)
        fields = dict(record.form.fields.values_list("indicator__code", "indicator_id"))
        cursor.execute(RECORDS, parameters)
        for code, number, day in cursor.fetchall():
            if code in fields and number is not None:
                computed = code in ("X06", "X07")
                known[fields[code]] = (number, 0, "computed" if computed else "records", "党组织台账", day)
        columns = list(zip(*known.values(), strict=True)) if known else [[], [], [], [], []]
        names = ("numbers", "qualifiers", "sources", "labels", "days")
        cursor.execute(
            INSERT,
            {**parameters, "indicators": list(known), **{n: list(c) for n, c in zip(names, columns, strict=True)}},
        )
    return record.values.count()
