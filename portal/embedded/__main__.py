"""`python -m portal.embedded run|stop|status`: keep the embedded servers of PORTAL_DATA up, or end them."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from . import addresses, servers, stop

CHECK_SECONDS = 1.0
LAST_CLIENT_SECONDS = 4.0


def main(arguments: list[str]) -> int:
    data = Path(os.environ.get("PORTAL_DATA", ".data")).resolve()
    command = arguments[0] if arguments else "status"
    if command == "run":
        return _run(data)
    if command == "stop":
        stop(data)
        return 0
    for server in servers(data):
        print(type(server).__name__, server.pid() or "not running")
    return 0


def _run(data: Path) -> int:
    """Watch the servers and start again what died, until told to end; then stop them, after their last client."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    urls = {name.lower(): os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    try:
        while True:
            try:
                addresses(data, **urls)
            except RuntimeError as error:
                # A full disk, for example: said each time, and tried again, until somebody makes room.
                print(error, file=sys.stderr, flush=True)
            time.sleep(CHECK_SECONDS)
    finally:
        _wait_for_clients(data)
        stop(data)


def _wait_for_clients(data: Path) -> None:
    """A worker that finishes its task still needs both servers."""
    deadline = time.monotonic() + LAST_CLIENT_SECONDS
    while any(server.clients() for server in servers(data)) and time.monotonic() < deadline:
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
