"""The SQL of the roll-up, in the order in which a figure passes through it.

school values (one school, one indicator, one period, also a period made of parts)
→ ratios of each school → groups by unit and slice → cells.
Up to the school's rows every statement takes a list of periods; what is grouped is of one period, which is therefore no
key. A rebuild and a single district run the same text.
"""

from . import touched
from .grouping import AllSlices, Grouping, Targets

# A period and its parts: facts are stored where they were reported, a year sees those of its quarters.
LEAVES = """
leaves AS MATERIALIZED (
    SELECT id AS period_id, id AS part_id, "end" AS part_end FROM indicators_period WHERE id = ANY(%(periods)s)
    UNION ALL
    SELECT pp.whole_id, pp.part_id, p."end" FROM indicators_periodpart pp
    JOIN indicators_period p ON p.id = pp.part_id
    WHERE pp.whole_id = ANY(%(periods)s) AND pp.part_id = ANY(%(leaf_ids)s)
)"""

# Boundaries as of the period.
PLACES_OF_PERIOD = """
places AS MATERIALIZED (
    SELECT p.period_id, p.school_id, p.district_id, p.zone_id, p.group_id, %(city)s::bigint AS city_id,
        p.kind, p.area_type, p.ownership
    FROM rollup_placement p
    WHERE p.period_id = ANY(%(periods)s)
        AND (%(districts)s::bigint[] IS NULL OR p.district_id = ANY(%(districts)s))
        AND (%(groups)s::bigint[] IS NULL OR p.group_id = ANY(%(groups)s))
        AND (%(schools)s::bigint[] IS NULL OR p.school_id = ANY(%(schools)s))
)"""

# Restated to today's boundaries: the same schools and slices, under the district and zone of today.
PLACES_OF_TODAY = """
places AS MATERIALIZED (
    SELECT p.period_id, p.school_id, s.district_id, s.zone_id, p.group_id, %(city)s::bigint AS city_id,
        p.kind, p.area_type, p.ownership
    FROM rollup_placement p JOIN registry_school s ON s.unit_id = p.school_id
    WHERE p.period_id = ANY(%(periods)s) AND (%(districts)s::bigint[] IS NULL OR s.district_id = ANY(%(districts)s))
        AND (%(schools)s::bigint[] IS NULL OR p.school_id = ANY(%(schools)s))
)"""

# `leaf_ids` repeats the leaves as a plain list: the planner sees how much of the facts that is, which no CTE tells it.
# Where only some schools are wanted, it is told so too and finds them by index.
OF_SOME_SCHOOLS = "AND {table}.school_id = ANY(ARRAY(SELECT school_id FROM places))"
# Facts lie together by period and district: that of the part in which they were reported.
OF_SOME_DISTRICTS = """AND f.district_id = ANY(ARRAY(
        SELECT DISTINCT q.district_id FROM rollup_placement q JOIN places USING (school_id)
        WHERE q.period_id = ANY(%(leaf_ids)s)))"""
# Of the facts, only those that the chosen indicators are made of.
OF_SOME_INDICATORS = """AND f.indicator_id = ANY(ARRAY(
        SELECT unnest(ARRAY[id, numerator_id, denominator_id]) FROM indicators_indicator WHERE id = ANY(%(chosen)s)))"""

# Where no period of the list has parts with facts, a fact is the value: nothing to group.
VALUES_OF_LEAVES = """
school_values AS MATERIALIZED (
    SELECT f.period_id, f.school_id, f.indicator_id, f.value, f.qualifier, f.approved_at AS as_of
    FROM rollup_fact f JOIN places USING (period_id, school_id)
    WHERE f.period_id = ANY(%(leaf_ids)s) {narrowed}
)"""

# Otherwise the values of a school are added up, or the last of them is taken.
VALUES_OF_WHOLES = """
part_values AS MATERIALIZED (
    SELECT places.period_id, f.school_id, f.indicator_id, f.value, f.qualifier,
        f.approved_at AS as_of, leaves.part_end, i.aggregation
    FROM rollup_fact f
    JOIN leaves ON leaves.part_id = f.period_id
    JOIN places ON places.period_id = leaves.period_id AND places.school_id = f.school_id
    JOIN indicators_indicator i ON i.id = f.indicator_id
    WHERE f.period_id = ANY(%(leaf_ids)s) {narrowed}
),
school_values AS MATERIALIZED (
    SELECT period_id, school_id, indicator_id, sum(value) AS value, max(qualifier) AS qualifier, max(as_of) AS as_of
    FROM part_values WHERE aggregation = 'sum'
    GROUP BY period_id, school_id, indicator_id
    UNION ALL
    SELECT period_id, school_id, indicator_id,
        CASE aggregation WHEN 'mean' THEN avg(value) WHEN 'min' THEN min(value) ELSE max(value) END,
        max(qualifier), max(as_of)
    FROM part_values WHERE aggregation IN ('mean', 'min', 'max')
    GROUP BY period_id, school_id, indicator_id, aggregation
    UNION ALL (
        SELECT DISTINCT ON (period_id, school_id, indicator_id) period_id, school_id, indicator_id, value,
            max(qualifier) OVER parts, max(as_of) OVER parts
        FROM part_values WHERE aggregation NOT IN ('sum', 'mean', 'min', 'max')
        WINDOW parts AS (PARTITION BY period_id, school_id, indicator_id)
        ORDER BY period_id, school_id, indicator_id, part_end DESC
    )
)"""


def values_of(*, wholes: bool, narrowed: bool, chosen: bool) -> str:
    """School values from all facts, or those of some schools, or those that the chosen indicators are made of."""
    some = [OF_SOME_DISTRICTS] * narrowed + [OF_SOME_INDICATORS] * chosen
    return (VALUES_OF_WHOLES if wholes else VALUES_OF_LEAVES).format(narrowed="\n        ".join(some))


def narrow(template: str, table: str, narrowed: bool) -> str:
    return template.format(narrowed=OF_SOME_SCHOOLS.format(table=table) if narrowed else "")


# A school counts for a ratio only if it reports both parts. Each value is handed to the ratios that it is a part of and
# the two meet in a group: linear, where a join of the values with themselves would multiply them. `amount` is what is
# added up: the value itself, of a ratio its numerator. Rows are of the chosen indicators; null means all.
SCHOOL_ROWS = """
ratio_parts AS MATERIALIZED (
    SELECT id AS ratio_id, scale, numerator_id AS indicator_id, true AS above FROM indicators_indicator
    WHERE aggregation = 'ratio' AND (%(chosen)s::bigint[] IS NULL OR id = ANY(%(chosen)s))
    UNION ALL
    SELECT id, scale, denominator_id, false FROM indicators_indicator
    WHERE aggregation = 'ratio' AND (%(chosen)s::bigint[] IS NULL OR id = ANY(%(chosen)s))
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
    SELECT period_id, school_id, indicator_id, value, value AS amount, NULL::numeric AS denominator, qualifier, as_of
    FROM school_values WHERE %(chosen)s::bigint[] IS NULL OR indicator_id = ANY(%(chosen)s)
    UNION ALL
    SELECT period_id, school_id, ratio_id, numerator / NULLIF(denominator, 0) * scale, numerator, denominator,
        qualifier, as_of
    FROM school_ratios
)"""

# Which forms a school owes in the period, as bits; an indicator is expected where all its forms are owed.
OWED_BY_SCHOOL = """
owed AS MATERIALIZED (
    SELECT places.period_id, places.school_id, bit_or(1::bigint << f.bit) AS forms
    FROM collection_return r
    JOIN leaves ON leaves.part_id = r.period_id
    JOIN places ON places.period_id = leaves.period_id AND places.school_id = r.school_id
    JOIN (SELECT * FROM unnest(%(form_ids)s::bigint[], %(form_bits)s::int[]) AS t(form_id, bit)) f
        ON f.form_id = r.form_id
    WHERE r.period_id = ANY(%(leaf_ids)s) AND r.form_id = ANY(%(form_ids)s) {narrowed}
    GROUP BY places.period_id, places.school_id
)"""

# How many schools owe which forms in each unit and slice, and therefore each indicator that these forms give.
OWED_GROUPS = """
    SELECT {unit} AS unit_id, {slice} AS slice, owed.forms, count(*) AS schools
    FROM {placed} JOIN owed USING (school_id)
    GROUP BY {groups}"""
EXPECTATIONS = """
duties AS MATERIALIZED (
    SELECT * FROM unnest(%(duty_indicators)s::bigint[], %(duty_forms)s::bigint[]) AS t(indicator_id, forms)
    WHERE forms <> 0
),
owed_groups AS MATERIALIZED ({owed_groups}),
owed_duties AS (
    SELECT g.unit_id, g.slice, d.forms, sum(g.schools) AS expected
    FROM owed_groups g JOIN (SELECT DISTINCT forms FROM duties) d ON g.forms & d.forms = d.forms
    GROUP BY g.unit_id, g.slice, d.forms
),
expectations AS (
    SELECT o.unit_id, d.indicator_id, o.slice, o.expected FROM owed_duties o JOIN duties d USING (forms)
)"""

SUMS = """
    SELECT {unit} AS unit_id, indicator_id, {slice} AS slice,
        sum(amount) AS amount, sum(denominator) AS denominator,
        min(value) AS low, max(value) AS high, count(*) AS reported,
        max(qualifier) AS qualifier, max(as_of) AS as_of
    FROM school_rows JOIN {placed} USING (school_id)
    GROUP BY {groups}"""

# How many schools stand at each grade, for indicators with a distribution.
SCHOOLS_OF_GRADES = """
    SELECT {unit} AS unit_id, indicator_id, {slice} AS slice, value, count(*) AS schools
    FROM school_values JOIN {placed} USING (school_id)
    WHERE indicator_id = ANY(%(graded)s)
    GROUP BY {groups}"""
GRADES = """
grades AS (
    SELECT unit_id, indicator_id, slice, jsonb_object_agg(value::int, schools) AS distribution
    FROM ({schools}) c GROUP BY unit_id, indicator_id, slice
)"""

# Totals of indicators that are counted distinct from records: the entities of each school's last part.
ENTITIES = """
entities AS MATERIALIZED (
    SELECT l.school_id, l.indicator_id, e.entity, count(*) OVER (PARTITION BY l.indicator_id, e.entity) AS schools
    FROM (
        SELECT DISTINCT ON (e.school_id, e.indicator_id) e.school_id, e.indicator_id, leaves.part_id
        FROM rollup_factentity e
        JOIN leaves ON leaves.part_id = e.period_id
        JOIN places ON places.period_id = leaves.period_id AND places.school_id = e.school_id
        WHERE e.period_id = ANY(%(leaf_ids)s) AND e.indicator_id = ANY(%(folded)s) {narrowed}
        ORDER BY e.school_id, e.indicator_id, leaves.part_end DESC
    ) l
    JOIN rollup_factentity e
        ON e.period_id = l.part_id AND e.school_id = l.school_id AND e.indicator_id = l.indicator_id
    WHERE e.period_id = ANY(%(leaf_ids)s)
)"""
# Most belong to one school and are simply counted; only those of several schools can meet in a group.
THINGS_OF_ONE = """
    SELECT {unit} AS unit_id, indicator_id, {slice} AS slice, count(*) AS things
    FROM entities JOIN {placed} USING (school_id) WHERE schools = 1
    GROUP BY {groups}"""
THINGS_OF_SEVERAL = """
    SELECT {unit} AS unit_id, indicator_id, {slice} AS slice, entity
    FROM entities JOIN {placed} USING (school_id) WHERE schools > 1
    GROUP BY {groups}"""
THINGS = """
things AS (
    SELECT unit_id, indicator_id, slice, sum(things) AS things
    FROM (
        SELECT * FROM ({of_one}) o
        UNION ALL
        SELECT unit_id, indicator_id, slice, count(*) FROM ({of_several}) s GROUP BY unit_id, indicator_id, slice
    ) t GROUP BY unit_id, indicator_id, slice
)"""

NO_THINGS = """
things AS (
    SELECT NULL::bigint AS unit_id, NULL::bigint AS indicator_id, NULL AS slice, NULL::numeric AS things WHERE false
)"""


def things_of(grouping: Grouping, *, narrowed: bool, counted: bool) -> str:
    """`counted`: whether there are entities to count at all; to look for them school by school costs more than that."""
    if not counted:
        return NO_THINGS
    parts = [
        narrow(ENTITIES, "e", narrowed),
        THINGS.format(
            of_one=grouping.fill(THINGS_OF_ONE, "indicator_id"),
            of_several=grouping.fill(THINGS_OF_SEVERAL, "indicator_id", "entity"),
        ),
    ]
    return ",".join(parts)


COLUMNS = (
    "period_id, boundaries, unit_id, indicator_id, slice, value, numerator, denominator, total, low, high, "
    "distribution, qualifier, reported, expected, as_of"
)

# The value of a cell from its sums, by the aggregation of the indicator. Nothing reported: null, never 0.
VALUE = """CASE c.aggregation
        WHEN 'ratio' THEN c.numerator / NULLIF(c.denominator, 0) * c.scale
        WHEN 'mean' THEN c.numerator / NULLIF(c.denominator, 0)
        WHEN 'min' THEN c.low
        WHEN 'max' THEN c.high
        WHEN 'dist' THEN NULL
        WHEN 'latest' THEN NULL
        ELSE c.total END"""

# Written in the order of the primary key: the index grows at its end, and the figures of a unit lie together.
CELLS = f"""
SELECT %(period)s, %(boundaries)s, c.unit_id, c.indicator_id, c.slice, {VALUE} AS value,
    c.numerator, c.denominator, c.total, c.low, c.high, c.distribution, c.qualifier, c.reported, c.expected, c.as_of
FROM (
    SELECT unit_id, indicator_id, slice, i.aggregation, i.scale,
        CASE WHEN i.aggregation IN ('mean', 'ratio') THEN s.amount END AS numerator,
        CASE WHEN i.aggregation = 'mean' THEN s.reported ELSE s.denominator END AS denominator,
        CASE WHEN i.aggregation NOT IN ('ratio', 'dist', 'mean', 'min', 'max', 'latest')
            THEN COALESCE(t.things, s.amount) END AS total,
        s.low, s.high, t.distribution, COALESCE(s.qualifier, 0) AS qualifier, COALESCE(s.reported, 0) AS reported,
        GREATEST(COALESCE(e.expected, 0), COALESCE(s.reported, 0)) AS expected, s.as_of
    FROM sums s FULL JOIN expectations e USING (unit_id, indicator_id, slice)
    JOIN indicators_indicator i ON i.id = indicator_id
    LEFT JOIN (
        SELECT unit_id, indicator_id, slice, distribution, NULL::numeric AS things FROM grades
        UNION ALL
        SELECT unit_id, indicator_id, slice, NULL::jsonb, things FROM things
    ) t USING (unit_id, indicator_id, slice)
) c
ORDER BY c.unit_id, c.indicator_id, c.slice"""


def cells_statement(
    *,
    wholes: bool,
    today: bool,
    narrowed: bool,
    chosen: bool,
    counted: bool,
    units: tuple[str, ...],
    target: str,
) -> str:
    """INSERT of every cell of the period in the chosen districts, for these unit columns, into `target`."""
    places = PLACES_OF_TODAY if today else PLACES_OF_PERIOD
    values = values_of(wholes=wholes, narrowed=narrowed, chosen=chosen)
    return _insert([LEAVES, places, values], AllSlices(units), narrowed=narrowed, counted=counted, target=target)


def targets_cells_statement(*, wholes: bool, today: bool, chosen: bool, counted: bool, target: str) -> str:
    """INSERT of the cells (`target_units`, `target_slices`) into `target`."""
    places = touched.places(today=today)
    values = values_of(wholes=wholes, narrowed=True, chosen=chosen)
    return _insert([LEAVES, places, touched.MEMBERS, values], Targets(), narrowed=True, counted=counted, target=target)


def _insert(values: list[str], grouping: Grouping, *, narrowed: bool, counted: bool, target: str) -> str:
    parts = [
        *values,
        SCHOOL_ROWS,
        f"sums AS ({grouping.fill(SUMS, 'indicator_id')})",
        narrow(OWED_BY_SCHOOL, "r", narrowed),
        EXPECTATIONS.format(owed_groups=grouping.fill(OWED_GROUPS, "forms")),
        GRADES.format(schools=grouping.fill(SCHOOLS_OF_GRADES, "indicator_id", "value")),
        things_of(grouping, narrowed=narrowed, counted=counted),
    ]
    return f"INSERT INTO {target} ({COLUMNS}) WITH {','.join(parts)} {CELLS}"


def city_statement(target: str, *, counted: bool) -> str:
    """INSERT of the city's cells, folded from the cells of its districts; distinct things are counted once more."""
    return f"""
INSERT INTO {target} ({COLUMNS})
WITH {LEAVES}, {PLACES_OF_PERIOD}, {things_of(AllSlices(("city_id",)), narrowed=False, counted=counted)},
district_cells AS MATERIALIZED (
    SELECT * FROM {target}
    WHERE period_id = %(period)s AND boundaries = 0 AND indicator_id = ANY(%(folded)s)
        AND unit_id = ANY(ARRAY(SELECT unit_id FROM districts_district))
        AND (%(folded_slices)s::text[] IS NULL OR slice = ANY(%(folded_slices)s))
),
grades AS (
    SELECT indicator_id, slice, jsonb_object_agg(key, schools) AS distribution
    FROM (
        SELECT c.indicator_id, c.slice, e.key, sum(e.value::int) AS schools
        FROM district_cells c CROSS JOIN LATERAL jsonb_each_text(c.distribution) e
        WHERE c.distribution IS NOT NULL GROUP BY c.indicator_id, c.slice, e.key
    ) k GROUP BY indicator_id, slice
)
SELECT %(period)s, 0, %(city)s, c.indicator_id, c.slice, {VALUE},
    c.numerator, c.denominator, c.total, c.low, c.high, c.distribution, c.qualifier, c.reported, c.expected, c.as_of
FROM (
    SELECT indicator_id, slice, i.aggregation, i.scale, f.numerator, f.denominator,
        COALESCE(t.things, f.total) AS total,
        f.low, f.high, g.distribution, f.qualifier, f.reported, f.expected, f.as_of
    FROM (
        SELECT indicator_id, slice, sum(numerator) AS numerator, sum(denominator) AS denominator,
            sum(total) AS total, min(low) AS low, max(high) AS high, max(qualifier) AS qualifier,
            sum(reported) AS reported, sum(expected) AS expected, max(as_of) AS as_of
        FROM district_cells GROUP BY indicator_id, slice
    ) f
    JOIN indicators_indicator i ON i.id = indicator_id
    LEFT JOIN grades g USING (indicator_id, slice)
    LEFT JOIN things t USING (indicator_id, slice)
) c"""
