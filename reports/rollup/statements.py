"""The SQL of the roll-up, in the order in which a figure passes through it.

school values (one school, one indicator, one period, also a period made of parts)
→ ratios of each school → groups by unit and slice → cells.
Every statement takes lists of periods and, optionally, of districts: a rebuild and a single district run the same text.
"""

# A period and its parts: facts are stored where they were reported, a year sees those of its quarters.
LEAVES = """
leaves AS MATERIALIZED (
    SELECT id AS period_id, id AS part_id, "end" AS part_end FROM indicators_period WHERE id = ANY(%(periods)s)
    UNION ALL
    SELECT pp.whole_id, pp.part_id, p."end" FROM indicators_periodpart pp
    JOIN indicators_period p ON p.id = pp.part_id WHERE pp.whole_id = ANY(%(periods)s)
)"""

# Boundaries as of the period.
PLACES_OF_PERIOD = """
places AS MATERIALIZED (
    SELECT period_id, school_id, district_id, zone_id, group_id, %(city)s::bigint AS city_id,
        kind, area_type, ownership
    FROM rollup_placement
    WHERE period_id = ANY(%(periods)s)
        AND (%(districts)s::bigint[] IS NULL OR district_id = ANY(%(districts)s))
        AND (%(groups)s::bigint[] IS NULL OR group_id = ANY(%(groups)s))
)"""

# Restated to today's boundaries: the same schools and slices, under the district and zone of today.
PLACES_OF_TODAY = """
places AS MATERIALIZED (
    SELECT p.period_id, p.school_id, s.district_id, s.zone_id, p.group_id, %(city)s::bigint AS city_id,
        p.kind, p.area_type, p.ownership
    FROM rollup_placement p JOIN registry_school s ON s.unit_id = p.school_id
    WHERE p.period_id = ANY(%(periods)s) AND (%(districts)s::bigint[] IS NULL OR s.district_id = ANY(%(districts)s))
)"""

# Where no period of the list has parts with facts, a fact is the value: nothing to group.
VALUES_OF_LEAVES = """
school_values AS MATERIALIZED (
    SELECT f.period_id, f.school_id, f.indicator_id, f.value, f.qualifier, f.approved_at AS as_of
    FROM places JOIN rollup_fact f USING (period_id, school_id)
    WHERE true {only}
)"""

VALUES_OF_WHOLES = """
school_values AS MATERIALIZED (
    SELECT places.period_id, f.school_id, f.indicator_id,
        CASE i.aggregation
            WHEN 'sum' THEN sum(f.value)
            WHEN 'mean' THEN avg(f.value)
            WHEN 'min' THEN min(f.value)
            WHEN 'max' THEN max(f.value)
            ELSE (array_agg(f.value ORDER BY leaves.part_end DESC))[1]
        END AS value,
        max(f.qualifier) AS qualifier, max(f.approved_at) AS as_of
    FROM places JOIN leaves USING (period_id)
    JOIN rollup_fact f ON f.period_id = leaves.part_id AND f.school_id = places.school_id
    JOIN indicators_indicator i ON i.id = f.indicator_id
    WHERE true {only}
    GROUP BY places.period_id, f.school_id, f.indicator_id, i.aggregation
)"""
ONLY_GRADES = "AND f.indicator_id IN (SELECT id FROM indicators_indicator WHERE aggregation = 'dist')"


def values_of(*, wholes: bool, only: str = "") -> str:
    return (VALUES_OF_WHOLES if wholes else VALUES_OF_LEAVES).format(only=only)


# A school counts for a ratio only if it reports both parts. Each value is handed to the ratios that it is a part of and
# the two meet in a group: linear, where a join of the values with themselves would multiply them.
SCHOOL_ROWS = """
ratio_parts AS (
    SELECT id AS ratio_id, scale, numerator_id AS indicator_id, true AS above FROM indicators_indicator
    WHERE aggregation = 'ratio'
    UNION ALL
    SELECT id, scale, denominator_id, false FROM indicators_indicator WHERE aggregation = 'ratio'
),
school_ratios AS (
    SELECT v.period_id, v.school_id, r.ratio_id, r.scale,
        max(v.value) FILTER (WHERE r.above) AS numerator, max(v.value) FILTER (WHERE NOT r.above) AS denominator,
        max(v.qualifier) AS qualifier, max(v.as_of) AS as_of
    FROM school_values v JOIN ratio_parts r USING (indicator_id)
    GROUP BY v.period_id, v.school_id, r.ratio_id, r.scale
    HAVING count(*) = 2
),
school_rows AS (
    SELECT period_id, school_id, indicator_id, value, NULL::numeric AS numerator, NULL::numeric AS denominator,
        qualifier, as_of
    FROM school_values
    UNION ALL
    SELECT period_id, school_id, ratio_id, numerator / NULLIF(denominator, 0) * scale, numerator, denominator,
        qualifier, as_of
    FROM school_ratios
)"""

# Which forms a school owes in the period, as bits; an indicator is expected where all its forms are owed.
OWED_BY_SCHOOL = """
owed AS MATERIALIZED (
    SELECT places.period_id, places.school_id, bit_or(1::bigint << f.bit) AS forms
    FROM places JOIN leaves USING (period_id)
    JOIN collection_return r ON r.period_id = leaves.part_id AND r.school_id = places.school_id
    JOIN (SELECT * FROM unnest(%(form_ids)s::bigint[], %(form_bits)s::int[]) AS t(form_id, bit)) f
        ON f.form_id = r.form_id
    GROUP BY places.period_id, places.school_id
)"""

OWED = (
    OWED_BY_SCHOOL
    + """,
owed_groups AS MATERIALIZED (
    SELECT places.period_id, district_id, zone_id, group_id, kind, area_type, ownership,
        COALESCE(owed.forms, 0) AS forms, count(*) AS schools
    FROM places LEFT JOIN owed USING (period_id, school_id)
    GROUP BY places.period_id, district_id, zone_id, group_id, kind, area_type, ownership, COALESCE(owed.forms, 0)
),
expected_rows AS (
    SELECT g.*, d.indicator_id FROM owed_groups g
    JOIN (SELECT * FROM unnest(%(duty_indicators)s::bigint[], %(duty_forms)s::bigint[]) AS t(indicator_id, forms)) d
        ON d.forms <> 0 AND g.forms & d.forms = d.forms
)"""
)


def grouping_sets(units: tuple[str, ...]) -> str:
    """Each unit column alone and with each slice column: the groups of all cells in one pass."""
    sets = [
        f"(period_id, indicator_id, {unit}{slice_column})"
        for unit in units
        for slice_column in ("", ", kind", ", area_type", ", ownership")
    ]
    return ", ".join(sets)


SLICE = """CASE
        WHEN GROUPING(kind) = 0 THEN 'kind:' || kind
        WHEN GROUPING(area_type) = 0 THEN 'area:' || area_type
        WHEN GROUPING(ownership) = 0 THEN 'ownership:' || ownership
        ELSE 'all' END"""


def unit_expression(units: tuple[str, ...]) -> str:
    """The unit of a group, whichever of the columns it was grouped by."""
    return "COALESCE(" + ", ".join(f"CASE WHEN GROUPING({unit}) = 0 THEN {unit} END" for unit in units) + ")"


def grouped(units: tuple[str, ...]) -> str:
    unit, sets = unit_expression(units), grouping_sets(units)
    return f"""
sums AS (
    SELECT period_id, {unit} AS unit_id, indicator_id, {SLICE} AS slice,
        sum(value) AS total, sum(numerator) AS numerator, sum(denominator) AS denominator,
        min(value) AS low, max(value) AS high, count(*) AS reported,
        max(qualifier) AS qualifier, max(as_of) AS as_of
    FROM school_rows JOIN places USING (period_id, school_id)
    GROUP BY GROUPING SETS ({sets})
    HAVING {unit} IS NOT NULL
),
expectations AS (
    SELECT period_id, {unit} AS unit_id, indicator_id, {SLICE} AS slice, sum(schools) AS expected
    FROM expected_rows GROUP BY GROUPING SETS ({sets}) HAVING {unit} IS NOT NULL
)"""


COLUMNS = (
    "period_id, boundaries, unit_id, indicator_id, slice, value, numerator, denominator, total, low, high, "
    "qualifier, reported, expected, as_of"
)

# The value of a cell from its sums, by the aggregation of the indicator. Nothing reported: null, never 0.
VALUE = """CASE i.aggregation
        WHEN 'ratio' THEN c.numerator / NULLIF(c.denominator, 0) * i.scale
        WHEN 'mean' THEN c.numerator / NULLIF(c.denominator, 0)
        WHEN 'min' THEN c.low
        WHEN 'max' THEN c.high
        WHEN 'dist' THEN NULL
        WHEN 'latest' THEN NULL
        ELSE c.total END"""

CELLS = f"""
SELECT c.period_id, %(boundaries)s AS boundaries, c.unit_id, c.indicator_id, c.slice, {VALUE} AS value,
    c.numerator, c.denominator, c.total, c.low, c.high, c.qualifier, c.reported, c.expected, c.as_of
FROM (
    SELECT period_id, unit_id, indicator_id, slice,
        CASE WHEN j.aggregation = 'mean' THEN s.total ELSE s.numerator END AS numerator,
        CASE WHEN j.aggregation = 'mean' THEN s.reported ELSE s.denominator END AS denominator,
        CASE WHEN j.aggregation IN ('ratio', 'dist', 'mean', 'min', 'max', 'latest') THEN NULL ELSE s.total END AS total,
        s.low, s.high, COALESCE(s.qualifier, 0) AS qualifier, COALESCE(s.reported, 0) AS reported,
        GREATEST(COALESCE(e.expected, 0), COALESCE(s.reported, 0)) AS expected, s.as_of
    FROM sums s FULL JOIN expectations e USING (period_id, unit_id, indicator_id, slice)
    JOIN indicators_indicator j ON j.id = indicator_id
) c JOIN indicators_indicator i ON i.id = c.indicator_id"""


def cells_statement(*, wholes: bool, today: bool, units: tuple[str, ...], target: str) -> str:
    """INSERT of every cell of the chosen periods and districts, for these unit columns, into `target`."""
    parts = [
        LEAVES,
        PLACES_OF_TODAY if today else PLACES_OF_PERIOD,
        values_of(wholes=wholes),
        SCHOOL_ROWS,
        OWED,
        grouped(units),
    ]
    return f"INSERT INTO {target} ({COLUMNS}) WITH {','.join(parts)} {CELLS}"


def city_statement(target: str) -> str:
    """INSERT of the city's cells, folded from the cells of its districts."""
    return f"""
INSERT INTO {target} ({COLUMNS})
SELECT c.period_id, 0, %(city)s, c.indicator_id, c.slice, {VALUE},
    c.numerator, c.denominator, c.total, c.low, c.high, c.qualifier, c.reported, c.expected, c.as_of
FROM (
    SELECT period_id, indicator_id, slice, sum(numerator) AS numerator, sum(denominator) AS denominator,
        sum(total) AS total, min(low) AS low, max(high) AS high, max(qualifier) AS qualifier,
        sum(reported) AS reported, sum(expected) AS expected, max(as_of) AS as_of
    FROM {target} JOIN districts_district d USING (unit_id)
    WHERE period_id = ANY(%(periods)s) AND boundaries = 0
    GROUP BY period_id, indicator_id, slice
) c JOIN indicators_indicator i ON i.id = c.indicator_id"""


def distribution_statement(*, wholes: bool, today: bool, units: tuple[str, ...], target: str) -> str:
    """How many schools stand at each grade, for the cells of indicators with a distribution."""
    places = PLACES_OF_TODAY if today else PLACES_OF_PERIOD
    values = values_of(wholes=wholes, only=ONLY_GRADES)
    sets = ", ".join(part.replace(")", ", value)") for part in _each_set(units))
    return f"""
WITH {LEAVES}, {places}, {values},
counts AS (
    SELECT period_id, {unit_expression(units)} AS unit_id, indicator_id, {SLICE} AS slice, value, count(*) AS schools
    FROM school_values JOIN places USING (period_id, school_id)
    GROUP BY GROUPING SETS ({sets}) HAVING {unit_expression(units)} IS NOT NULL
),
grades AS (
    SELECT period_id, unit_id, indicator_id, slice, jsonb_object_agg(value::int, schools) AS distribution
    FROM counts GROUP BY period_id, unit_id, indicator_id, slice
)
UPDATE {target} c SET distribution = g.distribution FROM grades g
WHERE c.period_id = g.period_id AND c.boundaries = %(boundaries)s AND c.unit_id = g.unit_id
    AND c.indicator_id = g.indicator_id AND c.slice = g.slice"""


def _each_set(units: tuple[str, ...]) -> list[str]:
    return [part if part.endswith(")") else part + ")" for part in grouping_sets(units).split("), ")]


def city_distribution_statement(target: str) -> str:
    return f"""
WITH counts AS (
    SELECT c.period_id, c.indicator_id, c.slice, e.key, sum(e.value::int) AS schools
    FROM {target} c JOIN districts_district d USING (unit_id) CROSS JOIN LATERAL jsonb_each_text(c.distribution) e
    WHERE c.period_id = ANY(%(periods)s) AND c.boundaries = 0 AND c.distribution IS NOT NULL
    GROUP BY c.period_id, c.indicator_id, c.slice, e.key
),
grades AS (
    SELECT period_id, indicator_id, slice, jsonb_object_agg(key, schools) AS distribution
    FROM counts GROUP BY period_id, indicator_id, slice
)
UPDATE {target} c SET distribution = g.distribution FROM grades g
WHERE c.period_id = g.period_id AND c.boundaries = 0 AND c.unit_id = %(city)s
    AND c.indicator_id = g.indicator_id AND c.slice = g.slice"""


def entities_statement(*, today: bool, units: tuple[str, ...], target: str) -> str:
    """Totals of indicators that are counted distinct from records: the entities of each school's last part."""
    places = PLACES_OF_TODAY if today else PLACES_OF_PERIOD
    unit, sets = unit_expression(units), grouping_sets(units)
    return f"""
WITH {LEAVES}, {places},
last_parts AS (
    SELECT DISTINCT ON (places.period_id, e.school_id, e.indicator_id)
        places.period_id, e.school_id, e.indicator_id, leaves.part_id
    FROM places JOIN leaves USING (period_id)
    JOIN rollup_factentity e ON e.period_id = leaves.part_id AND e.school_id = places.school_id
    ORDER BY places.period_id, e.school_id, e.indicator_id, leaves.part_end DESC
),
entities AS (
    SELECT l.period_id, l.school_id, l.indicator_id, e.entity
    FROM last_parts l JOIN rollup_factentity e
        ON e.period_id = l.part_id AND e.school_id = l.school_id AND e.indicator_id = l.indicator_id
),
counts AS (
    SELECT period_id, {unit} AS unit_id, indicator_id, {SLICE} AS slice, count(DISTINCT entity) AS things
    FROM entities JOIN places USING (period_id, school_id)
    GROUP BY GROUPING SETS ({sets}) HAVING {unit} IS NOT NULL
)
UPDATE {target} c SET total = n.things, value = n.things FROM counts n
WHERE c.period_id = n.period_id AND c.boundaries = %(boundaries)s AND c.unit_id = n.unit_id
    AND c.indicator_id = n.indicator_id AND c.slice = n.slice"""
