"""One demo per data folder: who holds it, how it is ended, and processes that do not outlive their launcher."""

import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Process

from portal.embedded.processes import is_alive

END_SECONDS = 10
LEAVE_SECONDS = 30


class QuietPrinter(Printer):
    """What the processes say, without honcho's own news about them."""

    def write(self, message: object) -> None:
        if getattr(message, "name", None) != "system":
            super().write(message)


class BoundProcess(Process):
    """A line of the Procfile that ends with its launcher, even when that is killed and can tell nobody.

    honcho runs it in a process of its own, with the command below in a new session. That process sees when it gets
    another parent; a process that sees this by itself needs no system call that only one system has.
    """

    def run(self, events: object = None, ignore_signals: bool = False) -> None:
        threading.Thread(target=self._follow, args=(os.getppid(),), daemon=True).start()
        super().run(events, ignore_signals)

    def _follow(self, launcher: int) -> None:
        while os.getppid() == launcher:
            time.sleep(0.25)
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._child.pid, number)
            except ProcessLookupError:
                break
            time.sleep(END_SECONDS)
        os._exit(1)


def new_manager() -> Manager:
    """honcho's manager with processes of the kind above."""
    manager = Manager(QuietPrinter(sys.stdout))
    manager._process_ctor = BoundProcess
    return manager


def claim(data: Path) -> TextIO | None:
    """Hold the folder for one demo; None while another one holds it, or what a killed one has left is still ending.

    The processes of the demo inherit the lock, so that it is free only when the last of them is gone.
    """
    data.mkdir(parents=True, exist_ok=True)
    handle = (data / "demo.lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def launcher_of(data: Path) -> int | None:
    """Process id of the launcher that holds this folder, if it lives."""
    try:
        pid = int((data / "demo.lock").read_text())
        if is_alive(pid) and b"portal.launch" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    except (OSError, ValueError):
        pass
    return None


def claim_after_end(data: Path) -> TextIO | None:
    """Wait until the folder is free, for a demo whose launcher is gone; None at once if its launcher lives."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while (handle := claim(data)) is None:
        if launcher_of(data) is not None or time.monotonic() > deadline:
            return None
        time.sleep(0.2)
    return handle


def end_demo(data: Path) -> bool:
    """End the demo of this folder as Ctrl-C does; False if something of it is still there after half a minute."""
    deadline = time.monotonic() + LEAVE_SECONDS
    asked: set[int] = set()
    while (handle := claim(data)) is None:
        pid = launcher_of(data)
        if pid is not None and pid not in asked:
            asked.add(pid)
            os.kill(pid, signal.SIGTERM)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    handle.close()
    return True
