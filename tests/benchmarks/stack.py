"""Web and worker processes of a run, on loopback; they end with the block that started them, whatever happens."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
START_SECONDS = 90


def web_command(application: str, port: int) -> list[str]:
    """The Procfile's web line: the same server and settings for the portal and for a floor."""
    return [
        str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "2",
        "--blocking-threads", "4", "--backpressure", "64", "--no-ws", "--log-level", "warning", application,
    ]  # fmt: skip


WORKER = [
    str(BIN / "celery"), "--quiet", "-A", "portal", "worker", "--concurrency", "2", "--loglevel", "ERROR",
    "--without-gossip", "--without-mingle",
]  # fmt: skip


@contextmanager
def running(command: list[str], *, log: Path, answers: str = "", **environment: str) -> Iterator[None]:
    """Run a process (with its children in a group of their own) and wait until the address answers."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "ignore", **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        if answers:
            _wait_for(answers, process, log)
        yield
    finally:
        _end(process)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{url} does not answer:\n{log.read_text(errors='replace')[-2000:]}") from error
            time.sleep(0.2)


def _end(process: subprocess.Popen) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=15)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return
