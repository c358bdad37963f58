"""(g) The ranking of 600 cases × 5 sheets against the bare SQL of the same means.

The subject is what closing the review computes: weighted totals, trimmed mean, median and plain mean, the ties by criteria,
median and lot, read into Python. The floor is one grouped statement that makes the weighted total of every sheet and the
trimmed mean of every case, and nothing else; its rows are fetched. Both several times in turns, the fastest counts. The second
line is the chair's whole page with strictness and sensitivity, against the same floor; it is reported.
"""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from districts.models import City, Role
from projects.selection.models import Assignment, AssignmentStatus
from projects.selection.selectors.results import compute_ranking

from .bench import Bench, row
from .people import make_office
from .table import Line

CASES, TIMES = 600, 9
FLOOR = """
SELECT application_id, avg(total) FILTER (WHERE n < %(trim_from)s OR at BETWEEN %(trim)s + 1 AND n - %(trim)s) FROM (
    SELECT application_id, total, count(*) OVER w AS n, row_number() OVER (w ORDER BY total) AS at FROM (
        SELECT a.application_id, a.id, sum(m.points * coalesce(c.weight, c.maximum) / c.maximum) AS total
        FROM selection_assignment a JOIN selection_mark m ON m.assignment_id = a.id
        JOIN selection_criterion c ON c.id = m.criterion_id
        WHERE a.round_id = %(round)s AND a.status = 'submitted' GROUP BY a.application_id, a.id
    ) sheet WINDOW w AS (PARTITION BY application_id)
) placed GROUP BY application_id"""


@row("g", "ranking", "ranking of 600 cases × 5 sheets : bare SQL of the same means", most=3)
def measure(bench: Bench) -> list[Line]:
    contest = bench.contest(CASES)
    round_ = contest.round
    rows = Assignment.objects.filter(round=round_, status=AssignmentStatus.ASSIGNED)
    from django.utils import timezone

    rows.update(status=AssignmentStatus.SUBMITTED, submitted_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE selection_assignment")
    ranked = compute_ranking(round_)
    if len(ranked) != CASES or {row.sheets for _pk, row in ranked} != {5}:
        raise AssertionError(f"{len(ranked)} ranked instead of {CASES} with five sheets each")
    floors, subjects = _turns(lambda: _floor(round_), lambda: compute_ranking(round_))
    page, queries = _outcome_page(round_)
    note = f"{CASES * 5:,} sheets, {CASES * 25:,} marks; the draw of {contest.experts} experts with the redaction {contest.draw_seconds:.1f} s"
    return [
        Line(subjects, floors, unit="ms", note=note),
        Line(page, floors, unit="ms", title="outcome page with strictness : the same", note=f"{queries} queries"),
    ]


def _turns(floor: Callable[[], Any], subject: Callable[[], Any]) -> tuple[float, float]:
    found: tuple[list[float], list[float]] = ([], [])
    for _time in range(TIMES):
        for call, times in zip((floor, subject), found, strict=True):
            started = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - started))
    return min(found[0]), min(found[1])


def _floor(round_: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(FLOOR, {"round": round_.pk, "trim": round_.trim, "trim_from": round_.trim_from})
        return cursor.fetchall()


def _outcome_page(round_: Any) -> tuple[float, int]:
    """The chair's page after the review is closed: milliseconds of the fastest of several, and queries."""
    from django.conf import settings
    from django.test.utils import CaptureQueriesContext

    from districts.access import scope_of
    from projects.selection.services.results import close_review

    settings.ALLOWED_HOSTS = ["*"]
    user, _office = make_office(Role.CITY_ADMIN, City.objects.get(), "bench-chair")
    round_.refresh_from_db()
    if round_.status == "reviewing":
        close_review(actor=user, scope=scope_of(user), round_id=round_.pk, lock_version=round_.lock_version)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = reverse("selection:outcome", args=[round_.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    # Read at once: the next request empties the log.
    queries = len(captured)
    if answer.status_code != 200:
        raise RuntimeError(f"{url}: {answer.status_code}")
    times = []
    for _time in range(3):
        started = time.perf_counter()
        client.get(url)
        times.append(1000 * (time.perf_counter() - started))
    return min(times), queries
