"""A short text that changes when anything does that an answer made of cells could show."""

from collections.abc import Sequence

from django.db import connection

# xmin names the last writer of a row; of a table, their number and sum change with every change of any of its rows,
# a name of a unit as well as a rule of the catalogue. Cells are counted by their periods, all of a year together:
# its other figures decide which of them are hidden (docs/adr/0021-small-numbers.md).
ROWS = "SELECT concat_ws(' ', count(*), sum(xmin::text::bigint), max(xmin::text::bigint))"
EDITION = f"""
SELECT concat_ws('|',
    ({ROWS} FROM indicators_indicator),
    ({ROWS} FROM indicators_period),
    ({ROWS} FROM districts_unit WHERE level = ANY('{{city,district,zone,group}}')),
    ({ROWS} FROM districts_zone),
    (SELECT concat_ws(' ', count(*), sum(v.version), sum(v.xmin::text::bigint)) FROM rollup_recomputed v
        JOIN indicators_period f ON f.id = v.period_id
        WHERE EXISTS (
            SELECT 1 FROM indicators_period p
            JOIN indicators_period y ON y.kind = 'Y' AND y.start <= p.start AND p.start <= y."end"
            WHERE p.id = ANY(%(periods)s) AND (f.id = p.id OR y.start <= f.start AND f.start <= y."end"))))"""


def edition_of_cells(periods: Sequence[int]) -> str:
    """Of everything behind the cells of these periods, as committed now. One statement.

    To be read before the cells that it stands for: then what changes in between makes the two differ, never agree.
    """
    with connection.cursor() as cursor:
        cursor.execute(EDITION, {"periods": list(periods)})
        return str(cursor.fetchone()[0])
