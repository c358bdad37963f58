"""With PostgreSQL 15 and Redis 7 of Debian, named by their addresses: nothing embedded is started, all the rest is."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from portal.embedded.processes import private_folder, run, spawn
from tests.support.servers import free_port, own_data, python, until

POSTGRES = Path("/usr/lib/postgresql/15/bin")
REDIS = Path("/usr/bin/redis-server")
pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not POSTGRES.exists(), reason="Debian's PostgreSQL 15 is not installed (postgresql-15)"),
    pytest.mark.skipif(not REDIS.exists(), reason="Debian's Redis is not installed (redis-server)"),
]

# One process does all of it: a start costs more than the work.
BUILD = """
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.demo"
django.setup()
from django.core.management import call_command
from django.test import Client
from portal.migrating import options_in_place
with options_in_place():
    call_command("migrate", verbosity=0)
for loader in ("load_districts", "load_catalogue", "load_forms"):
    call_command(loader)
call_command("generate_city", schools=12, districts=3)
call_command("rollup", "verify")
call_command("rollup", "rebuild", facts=True)
call_command("rollup", "verify")
print("health", Client(headers={"host": "localhost"}).get("/health/?format=text").status_code)
"""


@pytest.fixture
def addresses() -> Iterator[dict[str, str]]:
    """Both servers in a folder of their own, as their administrator would name them."""
    with own_data() as folder:
        home = private_folder(folder)
        cluster, password = home / "cluster", secrets.token_urlsafe(12)
        (home / "password").write_text(password)
        (home / "password").chmod(0o644)
        made = run(
            [POSTGRES / "initdb", "-D", cluster, "-U", "portal", "-A", "scram-sha-256", "-E", "UTF8",
             "--locale=C.UTF-8", f"--pwfile={home / 'password'}"], cwd=home,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        options = f"-k {home} -c listen_addresses='' -c fsync=off"
        run([POSTGRES / "pg_ctl", "-D", cluster, "-w", "-l", home / "log", "-o", options, "start"], cwd=home)
        port = free_port()
        spawn([REDIS, "--bind", "127.0.0.1", "--port", str(port), "--dir", home], cwd=home, log=home / "redis.log")
        cache = redis.Redis(port=port)
        until(cache.ping)
        yield {
            "DATABASE_URL": f"postgres://portal:{password}@/postgres?host={home}",
            "REDIS_URL": f"redis://127.0.0.1:{port}/2",
        }
        cache.shutdown(nosave=True)
        run([POSTGRES / "pg_ctl", "-D", cluster, "-m", "immediate", "stop"], cwd=home)


def test_the_portal_is_built_filled_and_verified_on_them(addresses: dict[str, str]) -> None:
    with psycopg2.connect(addresses["DATABASE_URL"]) as connection:
        assert connection.server_version // 10000 == 15
    with own_data() as data:
        said = python(data, "-c", BUILD, **addresses)
        assert "Loaded(schools=12" in said
        assert said.count("clean: facts, cells and marks agree") == 2
        assert "health 200" in said
        assert not (data / "postgres").exists()
        assert not (data / "redis").exists()
