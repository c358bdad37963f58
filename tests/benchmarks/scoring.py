"""(f) The scoring page: server milliseconds at p95 against a bare view that runs the same SQL; flat from 60 to 600 cases.

The subject is the whole page (an item of some 5,000 characters beside its sheet, the queue of the expert's own items) through
middleware, view and template, by Django's test client, without the network. The floor is a WSGI function on the same
connection that runs the page's own statements with their own parameters, fetches every row and answers with their
number: no session, no scope, no objects, no template. Both are asked in turns. Flat means: as many queries in a round of 600
cases as in one of 60, and hardly more time.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from .bench import Bench, row
from .table import Line

LARGE, SMALL = 600, 60
EXPERTS, EACH, TURNS = 5, 8, 3


@dataclass(frozen=True, slots=True)
class Pages:
    page_ms: float
    bare_ms: float
    queries: int


@row("f", "scoring", "scoring page p95, 600 cases : bare view + same SQL", most=8)
def measure(bench: Bench) -> list[Line]:
    large, small = measure_round(bench.contest(LARGE).round), measure_round(bench.contest(SMALL).round)
    note = f"{EXPERTS * EACH * TURNS} requests of {EXPERTS} experts, in turns with the floor; {large.queries} queries"
    return [
        Line(large.page_ms, large.bare_ms, unit="ms", note=note),
        Line(
            large.page_ms, small.page_ms, unit="ms", title=f"scoring page p95, {LARGE} cases : {SMALL} cases", most=1.3
        ),
        Line(large.queries, small.queries, unit="queries", title="scoring page, queries", most=1.0),
    ]


def measure_round(round_: Any) -> Pages:
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from projects.selection.models import Assignment, Expert

    settings.ALLOWED_HOSTS = ["*"]
    pages: list[float] = []
    floors: list[float] = []
    queries: set[int] = set()
    experts = Expert.objects.filter(assignments__round=round_).select_related("office__user").distinct()
    for expert in experts.order_by("pk")[:EXPERTS]:
        client = Client()
        client.force_login(expert.office.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        keys = Assignment.objects.filter(round=round_, expert=expert).order_by("pk").values_list("pk", flat=True)
        for url in [reverse("selection:score", args=[pk]) for pk in keys[:EACH]]:
            statements = _statements(client, url)
            queries.add(len(statements))
            bare = bare_view(statements)
            for _turn in range(TURNS):
                pages.append(_milliseconds(lambda url=url, client=client: client.get(url)))
                floors.append(_milliseconds(lambda bare=bare: list(bare({}, _nothing))))
    if len(queries) != 1:
        raise AssertionError(f"queries differ from item to item: {sorted(queries)}")
    return Pages(_p95(pages), _p95(floors), queries.pop())


def _statements(client: Any, url: str) -> list[str]:
    """What the page asks the database, with its values, after a request that warms up."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    if answer.status_code != 200 or "w-document" not in answer.content.decode():
        raise RuntimeError(f"{url}: {answer.status_code}, or an item that cannot be read")
    return [query["sql"] for query in captured]


def bare_view(statements: list[str]) -> Callable[..., Iterable[bytes]]:
    """The floor: a WSGI application that runs these statements and counts their rows."""
    from django.db import connection

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        rows = 0
        with connection.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                if cursor.description is not None:
                    rows += len(cursor.fetchall())
        body = f"{rows}".encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", f"{len(body)}")])
        return [body]

    return application


def _nothing(*_given: Any) -> None:
    return None


def _milliseconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - started)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
