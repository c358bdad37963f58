"""A portal of a test's own without its web part: servers, their supervisor, worker and beat, all of which may be killed.

Inside `use(stack)` the services of the test process work on its database and send to its queue.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connections

from portal import embedded
from portal.celery import app
from portal.embedded.processes import is_alive
from tests.support.servers import ROOT, environment, pids, python, query, start, until

WAIT_SECONDS = 240
CELERY = ("-m", "celery", "--quiet", "-A", "portal")
COMMANDS = {
    "servers": ("-m", "portal.embedded", "run"),
    "worker": (
        *CELERY,
        "worker",
        "--concurrency",
        "1",
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ),
    "beat": (*CELERY, "beat", "--loglevel", "WARNING", "--max-interval", "2"),
}
BUILD = """
import django
django.setup()
from django.core.management import call_command
from portal.migrating import options_in_place
with options_in_place():
    call_command("migrate", verbosity=0)
for command in ("load_districts", "load_catalogue", "load_forms"):
    call_command(command, verbosity=0)
"""


class Stack:
    """Processes by name, as the runner of the Procfile has them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def build(self) -> None:
        python(self.data, "-c", BUILD, DJANGO_SETTINGS_MODULE="portal.settings.demo")
        for name in COMMANDS:
            self.start(name)

    def start(self, name: str) -> None:
        """Start a process in a group of its own; a worker until it answers."""
        with (self.data / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *COMMANDS[name]], cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
                env=environment(self.data, DJANGO_SETTINGS_MODULE="portal.settings.demo"),
            )  # fmt: skip

    def kill(self, name: str) -> None:
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()

    def kill_server(self, which: int) -> int:
        """Kill PostgreSQL (0) or Redis (1) and wait until it is gone; its former pid."""
        pid = pids(self.data)[which]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda: not is_alive(pid))
        return pid

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """Nobody starts again what dies meanwhile."""
        supervisor = self.processes["servers"]
        supervisor.send_signal(signal.SIGSTOP)
        yield
        supervisor.send_signal(signal.SIGCONT)

    def children(self, name: str) -> list[int]:
        """The processes that do the work of a worker."""
        pid = self.processes[name].pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def workers_answer(self) -> bool:
        """Ask on a new connection: the kept one may lead to a server that was killed."""
        with app.connection_for_write() as asking:
            return bool(app.control.ping(timeout=1, connection=asking))

    def log(self, name: str) -> str:
        return (self.data / f"{name}.log").read_text(errors="replace")[-3000:]

    def end(self) -> None:
        for name in ("beat", "worker", "servers"):
            process = self.processes.get(name)
            if process is not None and process.poll() is None:
                self.kill(name)


@contextmanager
def held_up(data: Path, space: int, key: int) -> Iterator[None]:
    """Hold the advisory lock of a period's roll-up: whoever recomputes it stops in the middle and waits."""
    with closing(psycopg2.connect(embedded.servers(data)[0].url())) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [space, key])
        yield


def waiting_for_lock(data: Path) -> list[tuple[Any, ...]]:
    return query(data, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory'")


def eventually(condition: Any, *, seconds: float = WAIT_SECONDS) -> Any:
    return until(condition, seconds=seconds)


@contextmanager
def use(stack: Stack, blocker: Any) -> Iterator[None]:
    """Point this process's database connection and queue at the stack, and back."""
    start(stack.data)
    connection = connections["default"]
    before, broker = dict(connection.settings_dict), app.conf.broker_url
    postgres, cache = embedded.servers(stack.data)
    password = postgres.password_file.read_text(encoding="ascii").strip()
    options = {**before["OPTIONS"], "host": str(postgres.sockets)}
    with blocker.unblock():
        connection.close()
        connection.settings_dict.update(
            {"NAME": "portal", "USER": "portal", "PASSWORD": password, "HOST": "", "OPTIONS": options}
        )
        _send_to(f"redis+socket://{cache.socket}?virtual_host=0")
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)
            _send_to(broker)


def _send_to(broker: str) -> None:
    """Celery keeps its connections; a fork is when it gives them up, and what we need is the same."""
    app.conf.broker_url = broker
    app._after_fork()


def settle(check: Any, *, seconds: float = WAIT_SECONDS) -> list[str]:
    """Ask until nothing is wrong, or the time is over; the last answer. The database may be away meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = list(check())
        except psycopg2.Error as error:
            found = [str(error)]
        except Exception as error:  # Django's own class for the same
            connections["default"].close()
            found = [repr(error)]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.5)
