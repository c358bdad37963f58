"""Servers of a test's own, to be killed without harm to the others; and what is left of them."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import redis

from portal import embedded
from portal.embedded.processes import is_alive

ROOT = Path(__file__).resolve().parent.parent.parent
ORDINARY = 1000


@contextmanager
def own_data(*, inside: str = "") -> Iterator[Path]:
    """A short data folder that everybody may pass; whatever runs in it at the end is ended, the folder removed."""
    top = Path(tempfile.mkdtemp(prefix="portal-"))
    top.chmod(0o755)
    data = top / inside if inside else top / "data"
    try:
        yield data
    finally:
        embedded.stop(data)
        for pid in processes_of(data):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(top, ignore_errors=True)


def processes_of(data: Path) -> list[int]:
    """Living processes that name the folder in their command line, or have it as their PORTAL_DATA."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid() or not is_alive(int(entry.name)):
            continue
        try:
            said = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            told = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"{data}/".encode() in said or f"PORTAL_DATA={data}".encode() in told:
            found.append(int(entry.name))
    return found


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a portal of its own: nothing of the test run's servers is in it."""
    ours = ("DATABASE_URL", "REDIS_URL", "REDIS_DB", "TEST_DATA", "DJANGO_SETTINGS_MODULE", "PORTAL_DATA", "PORT")
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PYTEST")}
    return {**kept, "PORTAL_DATA": str(data), "PYTHONWARNINGS": "ignore", **more}


def manage(data: Path, *arguments: str, **more: str) -> str:
    """What `manage.py` says in an environment of its own; AssertionError with its words if it fails."""
    return python(data, "manage.py", *arguments, **more)


def python(data: Path, *arguments: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment(data, **more), capture_output=True, text=True,
        timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def until(condition: Callable[[], Any], *, seconds: float = 120) -> Any:
    """Wait for a true answer and return it; AssertionError after the time."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return answer


def free_port() -> int:
    """A port that nobody listens on at this moment, and none that the kernel lends to whoever connects somewhere."""
    lent = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(max(lent - 12_000, 1024), lent), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise RuntimeError("every port is taken")


def start(data: Path) -> embedded.Addresses:
    return embedded.addresses(data, database_url="", redis_url="")


def pids(data: Path) -> tuple[int | None, int | None]:
    """Process ids of PostgreSQL and Redis of this folder."""
    postgres, cache = embedded.servers(data)
    return postgres.pid(), cache.pid()


def query(data: Path, statement: str) -> list[tuple[Any, ...]]:
    """Run one statement in the folder's database; the rows, if it has any."""
    postgres, _cache = embedded.servers(data)
    with closing(psycopg2.connect(postgres.url())) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def cache_of(data: Path, *, db: int = 3) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(embedded.servers(data)[1].socket), db=db)


def is_readable_to_others() -> bool:
    """May a user who is neither root nor the owner run the programs of the wheels?"""
    folder = Path(psycopg2.__file__).resolve()
    return all(parent.stat().st_mode & 0o001 for parent in folder.parents)


def as_ordinary_user(work: Callable[[], None]) -> int:
    """Run `work` in a child that has given away root's rights; its exit code. (The interpreter itself may lie in a
    folder of root's, so the child is a copy of this process and not a new one.)"""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(ORDINARY)
            os.setuid(ORDINARY)
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
