"""(d) City and district dashboard: queries and server milliseconds with 6,000 schools against 400.

The whole page through middleware, view and template, by Django's test client, without the network; the fastest of
several requests, after one that warms up. The floor is the same page over a city of 400 schools with as many districts
and periods, in a process and database of its own. Flat means: as many queries, and hardly more time. A district of 150
schools has zones where one of 10 has none; the part of the page that shows them is what 1.1 leaves room for.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .bench import Bench, Size, row
from .table import Line

SMALL = 400
TIMES = 20
PAGES = ("city", "district")


@row("d", "boards", "city dashboard, all schools : 400 schools", most=1.3)
def measure(bench: Bench) -> list[Line]:
    bench.rolled_up()
    large, small = measure_pages(), _measure_small(bench)
    lines = []
    for page in PAGES:
        title = f"{page} dashboard, {bench.size.schools:,} schools : {SMALL} schools"
        slow = "; ".join(f"{ms:.0f} ms {sql}" for ms, sql in large[page]["slow"])
        lines.append(
            Line(large[page]["ms"], small[page]["ms"], unit="ms", title=title, most=1.3, note=f"slowest: {slow}")
        )
        queries = large[page]["queries"], small[page]["queries"]
        lines.append(Line(*queries, unit="queries", title=f"{page} dashboard, queries", most=1.1))
    return lines


def measure_pages() -> dict[str, dict[str, Any]]:
    """page → number of queries, milliseconds, the three slowest queries."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from districts.models import City, District, Role

    from .people import make_office

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    user, _office = make_office(Role.CITY_STAFF, City.objects.get(), "bench-reader")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    code = District.objects.filter(valid_to=None).order_by("code").values_list("code", flat=True)[0]
    urls = {"city": reverse("dashboards:city"), "district": reverse("dashboards:district", args=[code])}
    return {page: _measure_page(client, urls[page]) for page in PAGES}


def _measure_page(client: Any, url: str) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    # Read at once: the next request empties the log.
    queries = list(captured)
    if answer.status_code != 200:
        raise RuntimeError(f"{url}: {answer.status_code}")
    milliseconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        client.get(url)
        milliseconds.append(1000 * (time.perf_counter() - started))
    slow = sorted(((1000 * float(q["time"]), " ".join(q["sql"].split())[:60]) for q in queries), reverse=True)[:3]
    return {"queries": len(queries), "ms": min(milliseconds), "slow": slow}


def _measure_small(bench: Bench) -> dict[str, dict[str, Any]]:
    folder = bench.data.parent / "bench-small"
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.boards",
        str(folder),
        str(bench.size.districts),
        str(bench.size.periods),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    if result.returncode:
        raise RuntimeError(result.stderr[-2000:])
    return dict(json.loads(result.stdout.splitlines()[-1]))


def _small(folder: Path, districts: int, periods: int) -> None:
    import shutil

    from portal import embedded

    from .prepare import prepare

    prepare(folder)
    try:
        bench = Bench(Size(SMALL, districts, periods), folder, port=0)
        bench.rolled_up()
        print(json.dumps(measure_pages()))
    finally:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    _small(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
