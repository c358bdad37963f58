"""(c) The cells endpoint with 200 rows against a bare WSGI view that runs the same SQL and dumps with orjson.

Subject and floor stand behind the same server with the same number of processes and threads, and the same client asks
them in turns. The floor has none of what makes an API: see bare.py. The first line asks the same question again and again, as
programs do: the portal looks every time whether anything behind its answer has changed, and otherwise gives the answer
that it kept. The second line is the answer 304 to a client that already has the rows, the third asks in words that
nobody has used before, so that everything is read and built; both are reported against the same floor.
"""

import http.client
import json
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

from django.conf import settings

from reports.indicators.models import Indicator, Period
from reports.rollup.models import Boundaries
from reports.rollup.selectors.cells import BOUNDARIES, ORDER, SELECT

from .anew import ask_anew
from .bench import Bench, row
from .load import PROCESSES, Target, requests_per_second
from .people import make_token
from .stack import running, web_command
from .table import Line

ROUNDS, SECONDS = 3, 4.0
ROWS = 200
NAMES = [
    "indicator",
    "period",
    "unit",
    "name",
    "level",
    "district_id",
    "district",
    "slice",
    "value",
    "numerator",
    "denominator",
    "total",
    "low",
    "high",
    "qualifier",
    "reported",
    "expected",
    "as_of",
    "distribution",
]


@row("c", "cells", "cells endpoint, 200 rows : bare WSGI + same SQL + orjson", least=0.5)
def measure(bench: Bench) -> list[Line]:
    bench.rolled_up()
    indicators = list(Indicator.objects.filter(origin="reported").order_by("order")[: -(-ROWS // bench.size.districts)])
    period = Period.objects.get(pk=bench.city.periods[-1])
    _write_plan(bench, indicators, period)
    query = f"indicator={','.join(i.code for i in indicators)}&period={period.code}&level=district&limit={ROWS}"
    url = f"http://127.0.0.1:{bench.port}/api/v1/statistics/cells/?{query}"
    floor_url = f"http://127.0.0.1:{bench.port + 1}/"
    log = bench.data / "web.log"
    with ExitStack() as stack:
        web = web_command("portal.wsgi:application", bench.port)
        bare = web_command("tests.benchmarks.bare:application", bench.port + 1)
        stack.enter_context(running(web, log=log, answers=f"http://127.0.0.1:{bench.port}/health/"))
        stack.enter_context(running(bare, log=log, answers=floor_url, BENCH_BARE=str(bench.data / "bare.json")))
        token = {"Authorization": f"Token {make_token()}"}
        rows, etag = _look(url, token)
        if rows != ROWS or _look(floor_url, {})[0] != ROWS:
            raise AssertionError(f"{rows} rows instead of {ROWS}")
        targets = [
            Target(floor_url), Target(url, token), Target(url, {**token, "If-None-Match": etag}, status=304),
            Target(url, token, vary=ask_anew),
        ]  # fmt: skip
        floor, subject, unchanged, anew = _turns(targets)
    note = f"{rows} rows; median of {ROUNDS} turns"
    return [
        Line(subject, floor, unit="req/s", note=note),
        Line(unchanged, floor, unit="req/s", title="cells endpoint, 304 : the same"),
        Line(anew, floor, unit="req/s", title="cells endpoint, never asked before : the same"),
    ]


def _turns(targets: list[Target]) -> list[float]:
    """The median rate of each target over the rounds; the first round, which warms up, does not count."""
    rates: list[list[float]] = [[] for _ in targets]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for number in range(ROUNDS + 1):
            for target, found in zip(targets, rates, strict=True):
                rate = requests_per_second(pool, target, seconds=SECONDS if number else 1.0)
                found.extend([rate] if number else [])
    return [sorted(found)[len(found) // 2] for found in rates]


def _look(url: str, headers: dict[str, str]) -> tuple[int, str]:
    host, _slash, path = url.removeprefix("http://").partition("/")
    link = http.client.HTTPConnection(host, timeout=20)
    link.request("GET", f"/{path}", headers=headers)
    answer = link.getresponse()
    body = answer.read()
    link.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {body[:300]!r}")
    return len(json.loads(body)["results"]), answer.headers.get("ETag", "")


def _write_plan(bench: Bench, indicators: list[Indicator], period: Period) -> None:
    """The endpoint's own statement with its own parameters, without the columns that only make its cursor."""
    head, tail = SELECT.split("\nFROM", 1)
    columns = ",".join(head.split(",")[8:])
    parameters = {
        "periods": [period.pk], "indicators": [i.pk for i in indicators], "slices": ["all"], "units": None,
        "levels": ["district"], "visible": None, "limit": ROWS + 1,
    }  # fmt: skip
    plan = {
        "dsn": _dsn(),
        "statement": f"SELECT {columns} FROM{tail}{BOUNDARIES[int(Boundaries.PERIOD)]}{ORDER} LIMIT %(limit)s",
        "parameters": parameters,
        "names": NAMES,
    }
    (bench.data / "bare.json").write_text(json.dumps(plan), encoding="utf-8")


def _dsn() -> str:
    database = settings.DATABASES["default"]
    host = database.get("HOST") or database.get("OPTIONS", {}).get("host", "")
    return f"host={host} user={database['USER']} password={database['PASSWORD']} dbname={database['NAME']}"
