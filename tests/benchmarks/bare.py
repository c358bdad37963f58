"""The floor of the cells endpoint: a WSGI function that runs the same SQL and dumps the rows with orjson.

No framework, no token, no scope, no counting of requests, no suppression, no ETag; the statement with its parameters
and the address of the database stand in a file named by BENCH_BARE. One connection for each thread of the server, as
Django has it.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import psycopg2

PLAN = json.loads(Path(os.environ["BENCH_BARE"]).read_text(encoding="utf-8"))
NAMES = PLAN["names"]
_local = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = psycopg2.connect(PLAN["dsn"])
        connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(PLAN["statement"], PLAN["parameters"])
        rows = [dict(zip(NAMES, row, strict=True)) for row in cursor.fetchall()]
    body = orjson.dumps({"next": None, "results": rows}, default=_default)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value))
