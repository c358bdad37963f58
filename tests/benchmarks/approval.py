"""(b) From the click on 通过 to the changed number of the city, with ten approvals a second running.

Real HTTP to a real web server, with the sessions and CSRF tokens of the reviewers; the roll-up through Redis and a worker
in processes of its own. Clicks come evenly, ten a second, whether or not earlier ones are through. Each approves a
return of another district in turn and raises that district's number of reports by one. A poller asks the API for the
city and all its districts: both change in one transaction, so the district says which click the city's number now
holds. At the end the city's page itself must show the final number of reports.

The floor is an empty task's way through Redis and the worker (sent, run, its mark seen), measured while nothing else
runs. No ratio is required; the aim is p95 ≤ 1 s.
"""

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse

from districts.models import City, District, Role
from reports.collection.models import Form, Return, ReturnStatus
from reports.indicators.models import Period

from .bench import Bench, row
from .people import CSRF, make_office, make_token, sign_in
from .stack import WORKER, running, web_command
from .table import Line

A_SECOND = 10
SECONDS = 20
PATIENCE = 60
FORM, INDICATOR = "meeting", "G01"
AIM = 1.0

# The last period's returns of some schools go back to 待县级审核, with their values and without their facts.
SUBMIT = """
WITH chosen AS (
    SELECT r.id, r.school_id, row_number() OVER (PARTITION BY r.district_id ORDER BY r.id) AS n
    FROM collection_return r WHERE r.form_id = %(form)s AND r.period_id = %(period)s
),
reopened AS (
    UPDATE collection_return r SET status = 'submitted', approved_at = NULL, lock_version = 1
    FROM chosen c WHERE c.id = r.id AND c.n <= %(each)s RETURNING r.id, r.school_id
),
gone AS (
    DELETE FROM rollup_fact f USING reopened r, collection_formfield ff
    WHERE f.period_id = %(period)s AND f.school_id = r.school_id AND ff.form_id = %(form)s
        AND ff.indicator_id = f.indicator_id RETURNING 1
)
INSERT INTO collection_value (return_record_id, indicator_id, number, qualifier, source, known_label, confirmed, remark,
    verdict, verdict_reason, updated_at)
SELECT r.id, ff.indicator_id, 12, 0, 'typed', '', true, '', '', '', now()
FROM reopened r CROSS JOIN collection_formfield ff WHERE ff.form_id = %(form)s"""


@dataclass
class Clicks:
    """When each district's number must have grown by one more, and when it was seen to have."""

    clicked: dict[str, list[float]] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    base: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    def notice(self, district: str, reported: int, now: float) -> None:
        for number in range(self.seen.get(district, 0), reported - self.base[district]):
            self.waited.append(now - self.clicked[district][number])
        self.seen[district] = max(self.seen.get(district, 0), reported - self.base[district])


@row("b", "approval", "approve click to city's number, p95 : empty task")
def measure(bench: Bench) -> Line:
    bench.rolled_up()
    period, form = Period.objects.get(pk=bench.city.periods[-1]), Form.objects.get(code=FORM)
    _submit(bench, period, form)
    environment = {"PORT": str(bench.port)}
    with ExitStack() as stack:
        web, log = web_command("portal.wsgi:application", bench.port), bench.data / "web.log"
        stack.enter_context(running(web, log=log, answers=f"http://127.0.0.1:{bench.port}/health/", **environment))
        stack.enter_context(running(WORKER, log=bench.data / "worker.log"))
        floor = _empty_task()
        clicks = _run(bench, period, form)
    cuts = quantiles(clicks.waited, n=20)
    p50, p95 = cuts[9], cuts[18]
    figures = {"p50 s": p50, "p95 s": p95, "most s": max(clicks.waited), "approvals": len(clicks.waited)}
    note = f"{A_SECOND} approvals a second for {SECONDS} s; aim p95 ≤ {AIM:g} s: {'reached' if p95 <= AIM else 'NOT reached'}"
    return Line(1000 * p95, 1000 * floor, unit="ms", figures=figures, note=note)


def _submit(bench: Bench, period: Period, form: Form) -> None:
    from reports.rollup.services.facts import periods_touched
    from reports.rollup.services.marks import rebuild

    each = -(-A_SECOND * SECONDS // bench.size.districts)
    with connection.cursor() as cursor:
        cursor.execute(SUBMIT, {"form": form.pk, "period": period.pk, "each": each})
    rebuild(periods_touched(period.pk), workers=2)


def _empty_task() -> float:
    """Seconds from sending a task that finds nothing to do until its journal note is gone: the median of some."""
    from districts.models import Journal
    from reports.rollup.tasks import process_marks

    found = []
    for _ in range(15):
        # A note about nobody: the task takes it away and has nothing to compute.
        note = Journal.objects.create(topic="school.bench")
        started = time.perf_counter()
        process_marks.delay()
        while Journal.objects.filter(pk=note.pk).exists():
            if time.perf_counter() - started > PATIENCE:
                raise RuntimeError("the worker does not work")
            time.sleep(0.002)
        found.append(time.perf_counter() - started)
    return sorted(found)[len(found) // 2]


def _run(bench: Bench, period: Period, form: Form) -> Clicks:
    waiting = _waiting(period, form)
    clicks, ended = Clicks(), threading.Event()
    poll = _Poller(bench, period, clicks)
    clicks.base = poll.ask()
    total = A_SECOND * SECONDS
    thread = threading.Thread(target=poll.run, args=(ended, total))
    thread.start()
    try:
        _click_all(bench, form, waiting[:total], clicks)
        thread.join(PATIENCE)
    finally:
        ended.set()
        thread.join()
    if poll.error or len(clicks.waited) < total:
        raise RuntimeError(poll.error or f"only {len(clicks.waited)} of {total} approvals arrived in {PATIENCE} s")
    return clicks


def _waiting(period: Period, form: Form) -> list[tuple[int, str]]:
    """(return, district code), the districts in turn."""
    rows = Return.objects.filter(period=period, form=form, status=ReturnStatus.SUBMITTED)
    by_district: dict[str, list[int]] = {}
    for pk, code in rows.order_by("pk").values_list("pk", "school__district__code"):
        by_district.setdefault(code, []).append(pk)
    most = max(map(len, by_district.values()))
    return [(pks[n], code) for n in range(most) for code, pks in by_district.items() if n < len(pks)]


def _click_all(bench: Bench, form: Form, waiting: list[tuple[int, str]], clicks: Clicks) -> None:
    headers = {
        d.code: sign_in(make_office(Role.DISTRICT_REVIEWER, d, f"bench-{d.code}".lower())[0])
        for d in District.objects.filter(code__in={code for _pk, code in waiting})
    }
    codes = list(form.fields.filter(indicator__origin="reported").values_list("indicator__code", flat=True))
    body = urlencode({"csrfmiddlewaretoken": CSRF, "lock_version": 1, **{f"verdict-{c}": "pass" for c in codes}})
    with ThreadPoolExecutor(max_workers=8) as pool:
        # Nobody approves what he has not opened.
        list(pool.map(lambda one: _open(bench.port, one[0], headers[one[1]]), waiting[: len(headers)]))
    started = time.perf_counter()
    with ThreadPoolExecutor(max_workers=32) as pool:
        jobs = []
        for number, (pk, code) in enumerate(waiting):
            time.sleep(max(started + number / A_SECOND - time.perf_counter(), 0))
            clicks.clicked.setdefault(code, []).append(time.perf_counter())
            jobs.append(pool.submit(_approve, bench.port, pk, body, headers[code]))
        for job in jobs:
            job.result()


def _open(port: int, pk: int, headers: dict[str, str]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    link.request("GET", reverse("collection:review", args=[pk]), headers=headers)
    answer = link.getresponse()
    answer.read()
    link.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status} for the page of return {pk}")


def _approve(port: int, pk: int, body: str, headers: dict[str, str]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    link.request("POST", reverse("collection:decide", args=[pk]), body, {**headers, **form_type})
    answer = link.getresponse()
    text = answer.read()
    link.close()
    if answer.status != 302:
        raise RuntimeError(f"{answer.status} for return {pk}: {text[:400]!r}")


class _Poller:
    """Asks for the city and its districts again and again, on one connection."""

    def __init__(self, bench: Bench, period: Period, clicks: Clicks) -> None:
        self.clicks, self.error = clicks, ""
        self.link = http.client.HTTPConnection("127.0.0.1", bench.port, timeout=PATIENCE)
        self.headers = {"Authorization": f"Token {make_token()}"}
        query = {"indicator": INDICATOR, "period": period.code, "level": "city,district"}
        self.path = f"/api/v1/statistics/cells/?{urlencode(query)}"
        self.city = City.objects.get().code

    def ask(self) -> dict[str, int]:
        self.link.request("GET", self.path, headers=self.headers)
        answer = self.link.getresponse()
        found = json.loads(answer.read())
        reported = {item["unit"]["code"]: item["reported"] for item in found["results"]}
        city = reported.pop(self.city)
        if city != sum(reported.values()):
            raise RuntimeError(f"the city says {city}, its districts {sum(reported.values())}")
        return reported

    def run(self, ended: threading.Event, total: int) -> None:
        try:
            while not ended.is_set() and len(self.clicks.waited) < total:
                reported = self.ask()
                now = time.perf_counter()
                for district, number in reported.items():
                    self.clicks.notice(district, number, now)
                time.sleep(0.05)
        except Exception as error:
            self.error = repr(error)
