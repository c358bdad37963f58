"""(a) The full rebuild against the bare grouped SQL over the same facts.

The floor is what somebody would write who has these facts and placements and wants these figures once: for each
period one INSERT … SELECT with GROUPING SETS over facts ⋈ placements, with the ratios of schools that report both parts,
for every district, zone and the city, in total and in each slice: the same cells, with sum, parts of ratios, lowest,
highest, number of reports, qualifier and date. It writes them into a temporary table: no log, no key, no index.

It does not do what only the engine does: count who owes a figure, distributions of grades, things that are counted
distinct, periods made of parts, the check for moved schools, deleting what was there, the key and index that the pages
read by, the log that survives a crash. That is what the allowance of one half is for.

The first line is what `manage.py rollup rebuild` does: as many periods at a time as there are cores, over cells that are
there and are deleted first. For the second one period follows the other, on one core like the floor, and the two take
turns period by period, so that a neighbour's load falls on both. One statement over all periods at once would be slower
than twenty: its groups do not fit into memory.
"""

import os
import time

from django.db import connection

from reports.rollup.services.marks import rebuild, rebuild_period

from .bench import Bench, row
from .table import Line

FACTS = """
SELECT f.indicator_id, f.value, NULL::numeric AS numerator, NULL::numeric AS denominator, f.qualifier,
    f.approved_at, p.district_id, p.zone_id, 0 AS city_id, p.kind, p.area_type, p.ownership
FROM rollup_fact f JOIN rollup_placement p USING (period_id, school_id) WHERE f.period_id = %(period)s
UNION ALL
SELECT r.id, n.value / NULLIF(d.value, 0) * r.scale, n.value, d.value, greatest(n.qualifier, d.qualifier),
    greatest(n.approved_at, d.approved_at), p.district_id, p.zone_id, 0, p.kind, p.area_type, p.ownership
FROM rollup_placement p JOIN rollup_fact n USING (period_id, school_id) JOIN rollup_fact d USING (period_id, school_id)
JOIN indicators_indicator r ON r.numerator_id = n.indicator_id AND r.denominator_id = d.indicator_id
WHERE p.period_id = %(period)s"""
SETS = ", ".join(
    f"(indicator_id, {unit}{part})"
    for unit in ("district_id", "zone_id", "city_id")
    for part in ("", ", kind", ", area_type", ", ownership")
)
FLOOR = f"""
INSERT INTO floor_cell
SELECT %(period)s, district_id, zone_id, city_id, indicator_id, kind, area_type, ownership, sum(value), sum(numerator),
    sum(denominator), min(value), max(value), count(*), max(qualifier), max(approved_at)
FROM ({FACTS}) f GROUP BY GROUPING SETS ({SETS})
HAVING GROUPING(zone_id) = 1 OR zone_id IS NOT NULL"""
TABLE = """
CREATE TEMP TABLE floor_cell (period bigint, district bigint, zone bigint, city bigint, indicator bigint,
    kind text, area_type text, ownership text, total numeric, numerator numeric, denominator numeric,
    low numeric, high numeric, reported bigint, qualifier int, as_of timestamptz)"""


@row("a", "rebuild", "full rebuild : bare grouped SQL", most=1.5)
def measure(bench: Bench) -> list[Line]:
    """Sums over all periods; the number of cells is compared, so that neither does less than the other."""
    floor = subject = 0.0
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        # A hash for each grouping set instead of a sort for each: the floor gets the engine's memory and planning.
        cursor.execute("SET work_mem = '128MB'; SET enable_sort = off")
        for number, period in enumerate(bench.city.periods):
            turns = [lambda p=period: cursor.execute(FLOOR, {"period": p}), lambda p=period: rebuild_period(p)]
            seconds = [0.0, 0.0]
            for turn in (0, 1) if number % 2 else (1, 0):
                started = time.perf_counter()
                turns[turn]()
                seconds[turn] = time.perf_counter() - started
            floor, subject = floor + seconds[0], subject + seconds[1]
        # What a rebuild does once, after the last period.
        started = time.perf_counter()
        rebuild([])
        subject += time.perf_counter() - started
        cursor.execute("RESET work_mem; RESET enable_sort")
        cursor.execute("SELECT count(*) FROM floor_cell")
        cells = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM rollup_cell WHERE period_id = ANY(%s)", [bench.city.periods])
        stored = cursor.fetchone()[0]
        cursor.execute("DROP TABLE floor_cell")
    if cells != stored:
        raise AssertionError(f"the floor has {cells} cells, the engine {stored}")
    started, cores = time.perf_counter(), os.cpu_count() or 1
    rebuild(bench.city.periods, workers=cores)
    together = time.perf_counter() - started
    note = f"{cores} periods at a time; {bench.city.facts:,} facts, {stored:,} cells"
    return [
        Line(together, floor, unit="s", note=note),
        Line(subject, floor, unit="s", title="the same, one period after the other : the same"),
    ]
