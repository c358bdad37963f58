"""A real Celery worker, as a process of its own, on the database of the test run."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from portal.celery import app
from reports.rollup.models import StaleMark

# After which something is missing, and not late: a slow machine may do other things too.
READY_SECONDS = 180
QUIET_SECONDS = 60


def database_url() -> str:
    """Address of the test database, for another process."""
    given = connection.settings_dict
    options = {"host": given["OPTIONS"]["host"]} if "host" in given.get("OPTIONS", {}) else {}
    who = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}" if given["USER"] else ""
    where = f"{given['HOST']}:{given['PORT']}" if given["HOST"] and given["PORT"] else given["HOST"]
    return f"postgres://{who}@{where}/{given['NAME']}" + (f"?{urlencode(options)}" if options else "")


def start_worker(log: Path) -> subprocess.Popen[bytes]:
    """Start the worker and wait until it answers."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "DATABASE_URL": database_url(),
        "TEST_DATA": str(settings.PORTAL_DATA),
        "PYTHONWARNINGS": "ignore:::celery.platforms",
    }
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "portal", "worker", "--pool", "solo", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]  # fmt: skip
    with log.open("wb") as output:
        worker = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, stdout=output, stderr=output)
    deadline = time.monotonic() + READY_SECONDS
    while not app.control.ping(timeout=1, limit=1):
        if worker.poll() is not None or time.monotonic() > deadline:
            stop_worker(worker)
            raise RuntimeError(f"The Celery worker did not start:\n{log.read_text(errors='replace')[-3000:]}")
    return worker


def stop_worker(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(timeout=30)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait(timeout=15)


def wait_until_quiet() -> None:
    """Until no other process works in this database: a flush would wait for it, or for ever."""
    deadline = time.monotonic() + QUIET_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
            )
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.05)


def wait_until_rolled_up() -> None:
    """Until the worker has worked off every mark that has been left for it."""
    deadline = time.monotonic() + READY_SECONDS
    while StaleMark.objects.exists():
        if time.monotonic() > deadline:
            raise RuntimeError("The worker has not worked off the stale marks")
        time.sleep(0.1)
