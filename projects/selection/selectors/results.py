"""The ranking as one set-based statement, and the sheets behind it. Equal to `rules.result`, which a test proves."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import connection

from projects.selection.models import Application, AssignmentStatus, Criterion, Mark, Round
from projects.selection.rules.result import Ranked, Rubric, Sheet, Strictness, strictest_first

RANKING = """
WITH sheet AS (
    SELECT a.application_id, a.id,
        round(sum(m.points * coalesce(c.weight, c.maximum) / c.maximum), 4) AS total
    FROM selection_assignment a
    JOIN selection_mark m ON m.assignment_id = a.id
    JOIN selection_criterion c ON c.id = m.criterion_id
    WHERE a.round_id = %(round)s AND a.status = 'submitted'
    GROUP BY a.application_id, a.id
), placed AS (
    SELECT application_id, total, count(*) OVER (PARTITION BY application_id) AS n,
        row_number() OVER (PARTITION BY application_id ORDER BY total, id) AS at
    FROM sheet
), scored AS (
    SELECT application_id, max(n) AS n,
        round(avg(total) FILTER (WHERE n < %(trim_from)s OR at BETWEEN %(trim)s + 1 AND n - %(trim)s), 4) AS score,
        round(avg(total) FILTER (WHERE at IN ((n + 1) / 2, n / 2 + 1)), 4) AS median,
        round(avg(total), 4) AS mean
    FROM placed GROUP BY application_id
), tie AS (
    SELECT application_id, array_agg(-mean ORDER BY array_position(%(tie)s::text[], code)) AS keys FROM (
        SELECT a.application_id, c.code::text AS code, round(avg(m.points), 4) AS mean
        FROM selection_assignment a
        JOIN selection_mark m ON m.assignment_id = a.id
        JOIN selection_criterion c ON c.id = m.criterion_id
        WHERE a.round_id = %(round)s AND a.status = 'submitted' AND c.code = ANY(%(tie)s)
        GROUP BY a.application_id, c.code
    ) m GROUP BY application_id
)
SELECT s.application_id, s.score, s.median, s.mean, s.n,
    row_number() OVER (
        ORDER BY s.score DESC, t.keys, s.median DESC,
            encode(sha256(convert_to(%(seed)s || '|' || a.blind_code, 'UTF8')), 'hex')
    ) AS rank
FROM scored s
JOIN selection_application a ON a.id = s.application_id
LEFT JOIN tie t ON t.application_id = s.application_id
ORDER BY rank"""


STRICTNESS = """
WITH sheet AS (
    SELECT a.application_id, a.expert_id,
        round(sum(m.points * coalesce(c.weight, c.maximum) / c.maximum), 4) AS total
    FROM selection_assignment a
    JOIN selection_mark m ON m.assignment_id = a.id
    JOIN selection_criterion c ON c.id = m.criterion_id
    WHERE a.round_id = %(round)s AND a.status = 'submitted'
    GROUP BY a.application_id, a.expert_id
), beside AS (
    SELECT expert_id, total, (sum(total) OVER item - total) / nullif(count(*) OVER item - 1, 0) AS others
    FROM sheet WINDOW item AS (PARTITION BY application_id)
)
SELECT expert_id::text, count(*), round(avg(total), 4), round(avg(others), 4)
FROM beside GROUP BY expert_id"""


def compute_strictness(round_: Round) -> list[Strictness]:
    """How strict each expert was against the others on the same items, strictest first; expert by key. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STRICTNESS, {"round": round_.pk})
        return strictest_first(Strictness(*row) for row in cursor.fetchall())


def compute_ranking(round_: Round) -> list[tuple[int, Ranked]]:
    """(application key, ranked by blind code), best first, from the submitted sheets as they stand."""
    parameters: dict[str, Any] = {
        "round": round_.pk, "trim": round_.trim, "trim_from": round_.trim_from if round_.trim else 0,
        "tie": list(round_.tie_rule), "seed": round_.seed,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RANKING, parameters)
        rows = cursor.fetchall()
    codes = dict(Application.objects.filter(round=round_).values_list("pk", "blind_code"))
    return [(pk, Ranked(codes[pk], score, median, mean, n, rank)) for pk, score, median, mean, n, rank in rows]


def get_rubric(round_: Round) -> Rubric:
    """Criterion → (maximum, weight); without a weight the maximum is the weight."""
    rows = Criterion.objects.filter(round=round_)
    return Rubric({c.code: (c.maximum, c.weight if c.weight is not None else c.maximum) for c in rows})


def list_sheets(round_: Round) -> list[Sheet]:
    """Submitted sheets by blind code and expert number (the key of the register entry, no name)."""
    rows = (
        Mark.objects.filter(assignment__round=round_, assignment__status=AssignmentStatus.SUBMITTED)
        .order_by("assignment__application__blind_code", "assignment__expert_id", "criterion__order")
        .values_list("assignment__application__blind_code", "assignment__expert_id", "criterion__code", "points")
    )
    sheets: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for item, expert, criterion, points in rows:
        sheets[item, str(expert)][criterion] = points
    return [Sheet(item, expert, points) for (item, expert), points in sheets.items()]
