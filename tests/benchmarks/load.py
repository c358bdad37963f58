"""A load client: so many keep-alive connections against one loopback address for so many seconds, and no more.

The same client, with the same number of connections, measures floor and subject. Its processes are started once for a
row and take turns between the two, so that a neighbour's load falls on both.
"""

import http.client
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PROCESSES = 2
THREADS = 4
MOST_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Target:
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    # What makes another question of the address for every request.
    vary: Callable[[str], str] | None = None


def requests_per_second(pool: ProcessPoolExecutor, target: Target, *, seconds: float) -> float:
    """Answers a second over all connections. Any status but the expected one is an error of the benchmark."""
    seconds = min(seconds, MOST_SECONDS)
    jobs = [pool.submit(_process, target, seconds) for _ in range(PROCESSES)]
    return sum(job.result() for job in jobs)


def _process(target: Target, seconds: float) -> float:
    rates: list[float] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            rates.append(_connection(target, seconds))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sum(rates)


def _connection(target: Target, seconds: float) -> float:
    parts = urlsplit(target.url)
    if parts.hostname != "127.0.0.1":
        raise ValueError("only loopback is measured")
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    done, started = 0, time.perf_counter()
    try:
        while time.perf_counter() - started < seconds:
            connection.request("GET", target.vary(path) if target.vary else path, headers=target.headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != target.status:
                raise RuntimeError(f"{answer.status} from {target.url}: {body[:300]!r}")
            done += 1
    finally:
        connection.close()
    return done / (time.perf_counter() - started)
