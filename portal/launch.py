"""`python -m portal.launch [--reset | --stop]`: the whole portal on one machine, until Ctrl-C.

Prepares the data, runs the Procfile under honcho, waits for `/health/`, prints the address and the logins, and leaves
no process behind. If the launcher is killed, its processes end by themselves and the next start waits for that.
"""

import argparse
import errno
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from honcho.environ import parse_procfile

from portal import embedded
from portal.answering import is_answering
from portal.running import claim_after_end, end_demo, launcher_of, new_manager

ROOT = Path(__file__).resolve().parent.parent
HEALTH_SECONDS = 60
# Each of them reads the whole program first: whoever waits for the address shall not wait for these as well.
BEHIND_THE_PAGES = ("worker", "beat")


def main() -> int:
    parser = argparse.ArgumentParser(prog="portal.launch", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="remove the data of the demo first")
    parser.add_argument("--stop", action="store_true", help="end the demo of this data folder, and its servers")
    options = parser.parse_args()
    data = Path(os.environ.get("PORTAL_DATA", ".data")).resolve()
    if (options.stop or options.reset) and not end_demo(data):
        print(f"The demo in {data} did not end; look at its processes.")
        return 1
    if options.stop:
        embedded.stop(data)
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        return _start(data, reset=options.reset)
    except KeyboardInterrupt:
        return 130


def _start(data: Path, *, reset: bool) -> int:
    """Take hold of folder and port, then run; every refusal is one plain sentence."""
    held = claim_after_end(data)
    if held is None:
        print(f"A demo is running on {data} already (process {launcher_of(data)}). `make stop` ends it.")
        return 1
    with held:
        host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
        if refusal := _refused(host, port):
            print(refusal)
            return 1
        if reset and not _reset(data):
            return 1
        try:
            return _run(data, f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}/", held.fileno())
        finally:
            embedded.stop(data)


def _run(data: Path, url: str, lock: int) -> int:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment |= {"PORTAL_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    # A demo on a fresh machine often runs as root; the celery worker would print a page about it.
    environment.setdefault("PYTHONWARNINGS", "ignore:::celery.platforms")
    prepared = subprocess.run(
        [sys.executable, "manage.py", "prepare_demo"], cwd=ROOT, env=environment, check=False, pass_fds=(lock,)
    )
    if prepared.returncode:
        return prepared.returncode
    manager = new_manager()
    for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        if name in BEHIND_THE_PAGES:
            command = f"python -m portal.answering {url}health/ && exec {command}"
        manager.add_process(name, command, env=environment, cwd=str(ROOT))
    threading.Thread(target=_announce, args=(data, url), daemon=True).start()
    # honcho ends everything on SIGTERM; a closed terminal shall do the same.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    # Ctrl-C is the ordinary way to end a demo, not a failure.
    return 0 if manager.returncode in (130, 143) else int(manager.returncode or 0)


def _announce(data: Path, url: str) -> None:
    """Wait until the portal answers, then say where it is and who can sign in."""
    patience = time.monotonic() + HEALTH_SECONDS
    while not is_answering(f"{url}health/"):
        if time.monotonic() > patience:
            print(f"{url}health/ has not answered 200 for {HEALTH_SECONDS} s; the lines above may say why.", flush=True)
            patience = math.inf
        time.sleep(0.2)
    print(f"\n五双工程 党建管理平台（演示数据）  {url}\n", flush=True)
    path = data / "demo.json"
    if not path.exists():
        print("The database was filled by someone else: no demo logins were made.\n", flush=True)
        return
    known = json.loads(path.read_text(encoding="utf-8"))
    if known["url"] != url:
        path.write_text(json.dumps({**known, "url": url}, ensure_ascii=False, indent=2), encoding="utf-8")
    for account in known["accounts"]:
        print(f"  {account['role']:<18} {account['username']:<18} {account['password']:<16} {account['unit']}")
    print(f"\nTokens for the REST API: {path}\nCtrl-C ends everything; the data stay in {data}.\n", flush=True)


def _refused(host: str, port: str) -> str:
    """Why nothing can listen there, or nothing."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        return f"PORT must be a number from 1 to 65535, not {port!r}."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                free = int(port) % 65535 + 1
                return f"Port {port} is in use. Stop what runs there, or choose another: make demo PORT={free}"
            return f"Cannot listen on {host}:{port}: {error.strerror}. Choose another: make demo HOST=… PORT=…"
    return ""


def _reset(data: Path) -> bool:
    """Remove what a demo keeps, and nothing else that may lie in the folder."""
    if os.environ.get("DATABASE_URL"):
        print("DATABASE_URL is set: empty that database yourself, then run `make demo`.")
        return False
    embedded.stop(data)
    for name in ("postgres", "redis", "run", "static", "files"):
        shutil.rmtree(data / name, ignore_errors=True)
    for name in ("postgres.password", "demo.json", "secret", "beat"):
        (data / name).unlink(missing_ok=True)
    return True


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
