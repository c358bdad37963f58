"""The embedded servers: shared, private, and back after every kind of death. Each test has servers of its own."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from portal import embedded
from portal.embedded.processes import LONGEST_SOCKET_FOLDER, NOBODY, is_alive, private_folder
from tests.support.servers import (
    ORDINARY,
    ROOT,
    as_ordinary_user,
    cache_of,
    environment,
    is_readable_to_others,
    own_data,
    pids,
    processes_of,
    python,
    query,
    start,
    until,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

PRINT_PIDS = """
from pathlib import Path
from portal import embedded
data = Path(__import__("os").environ["PORTAL_DATA"])
embedded.addresses(data, database_url="", redis_url="")
print(*(server.pid() for server in embedded.servers(data)), flush=True)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    with own_data() as folder:
        yield folder


@pytest.fixture
def running(data: Path) -> Path:
    start(data)
    query(data, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    return data


def kept(data: Path) -> int:
    return int(query(data, "SELECT count(*) FROM kept")[0][0])


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_processes_that_start_at_once_share_one_server_of_each_kind(data: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _n: python(data, "-c", PRINT_PIDS), range(3)))
    assert len(set(answers)) == 1
    assert answers[0].split() == [str(pid) for pid in pids(data)]


def test_the_servers_are_private(running: Path) -> None:
    """No TCP, a socket folder for the owner only, and a password: the three doors that must be shut."""
    assert query(running, "SHOW listen_addresses") == [("",)]
    assert cache_of(running).config_get("port")["port"] == "0"
    sockets = embedded.servers(running)[0].sockets
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE((running / "postgres.password").stat().st_mode) == 0o600
    assert query(running, "SELECT DISTINCT auth_method FROM pg_hba_file_rules") == [("scram-sha-256",)]
    with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
        psycopg2.connect(host=str(sockets), user="portal", dbname="portal", password="")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(host=str(sockets), user="portal", dbname="portal", password="guessed")


def test_a_path_too_long_for_a_socket_gets_a_short_one() -> None:
    with own_data(inside="/".join(["a-folder-with-a-long-name"] * 5)) as data:
        start(data)
        sockets = embedded.servers(data)[0].sockets
        assert not sockets.is_relative_to(data)
        assert len(str(sockets)) <= LONGEST_SOCKET_FOLDER
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert query(data, "SELECT 1") == [(1,)]
        assert cache_of(data).ping()
        embedded.stop(data)
        shutil.rmtree(sockets)


def test_a_folder_that_somebody_else_made_first_is_refused(data: Path) -> None:
    data.mkdir()
    (data / "elsewhere").mkdir()
    (data / "run").symlink_to(data / "elsewhere")
    with pytest.raises(RuntimeError, match="belongs to somebody else"):
        private_folder(data / "run")


def test_a_stale_pid_file_does_not_stop_the_next_start(running: Path) -> None:
    """The pid of a crashed server may belong to another program by now, to nobody, or to a process not yet buried."""
    zombie, dead = subprocess.Popen(["true"]), subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    dead.wait()
    assert not is_alive(zombie.pid)
    cluster = running / "postgres" / "cluster"
    for first in (os.getpid(), dead.pid, zombie.pid, "nonsense"):
        embedded.servers(running)[0].stop()
        (cluster / "postmaster.pid").write_text(f"{first}\n{cluster}\n1\n5432\n\n\n\n")
        assert pids(running)[0] is None
        start(running)
        assert kept(running) == 1000
    zombie.wait()


def test_a_killed_postmaster_is_started_again_with_its_data(running: Path) -> None:
    before = pids(running)[0]
    kill(before)
    start(running)
    after = pids(running)[0]
    assert after not in (None, before)
    assert kept(running) == 1000


def test_no_second_postmaster_beside_a_backend_that_still_writes(running: Path) -> None:
    """A busy backend outlives its postmaster by the rest of its statement. Two at once would destroy the cluster."""
    busy = subprocess.Popen(
        [sys.executable, "-c", "import psycopg2, sys; psycopg2.connect(sys.argv[1]).cursor().execute(sys.argv[2])",
         embedded.servers(running)[0].url(), "SELECT count(*) FROM generate_series(1, 12000000)"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    backend = until(lambda: query(running, "SELECT pid FROM pg_stat_activity WHERE query LIKE '%12000000)'"))[0][0]
    kill(pids(running)[0])
    start(running)
    assert not is_alive(backend)
    assert kept(running) == 1000
    busy.wait()


def test_a_killed_redis_keeps_what_it_had_acknowledged(running: Path) -> None:
    cache_of(running).set("kept", "yes")
    before = pids(running)[1]
    kill(before)
    until(lambda: not is_alive(before or 0))
    start(running)
    assert pids(running)[1] not in (None, before)
    assert cache_of(running).get("kept") == b"yes"


def test_servers_whose_sockets_were_swept_away_are_replaced(running: Path) -> None:
    """By a cleaner of the temporary folder, for example. Two servers on one set of files would destroy them."""
    cache_of(running).set("kept", "yes")
    before = pids(running)
    for socket in embedded.servers(running)[0].sockets.iterdir():
        socket.unlink()
    start(running)
    after = pids(running)
    assert all(after)
    assert not any(is_alive(pid) for pid in before if pid)
    assert (kept(running), cache_of(running).get("kept")) == (1000, b"yes")


def test_servers_survive_the_process_that_started_them(data: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", PRINT_PIDS + "input()"], cwd=ROOT, env=environment(data), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    started = holder.stdout.readline().split()
    holder.kill()
    holder.communicate()
    assert [str(pid) for pid in pids(data)] == started
    assert python(data, "-c", PRINT_PIDS).split() == started
    assert query(data, "SELECT 1") == [(1,)]
    python(data, "-m", "portal.embedded", "stop")
    assert not any(is_alive(int(pid)) for pid in started)


def test_stop_leaves_no_process_and_may_be_said_twice(running: Path) -> None:
    assert processes_of(running)
    embedded.stop(running)
    assert processes_of(running) == []
    assert pids(running) == (None, None)
    embedded.stop(running)


def test_the_supervisor_starts_again_what_died_and_stops_all_at_its_end(running: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-m", "portal.embedded", "run"], cwd=ROOT, env=environment(running))
    time.sleep(1)
    for which in (0, 1):
        before = pids(running)[which]
        kill(before)
        until(lambda which=which, before=before: pids(running)[which] not in (None, before))
    assert kept(running) == 1000
    supervisor.terminate()
    assert supervisor.wait(timeout=120) == 0
    assert processes_of(running) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives rights away")
def test_root_gives_its_rights_away(running: Path) -> None:
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in pids(running)} == {NOBODY}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user; the other tests run as this one")
@pytest.mark.skipif(not is_readable_to_others(), reason="another user may not enter the folder of the packages")
def test_an_ordinary_user_starts_them_too(data: Path) -> None:
    data.mkdir()
    os.chown(data, ORDINARY, ORDINARY)

    def start_look_and_stop() -> None:
        start(data)
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in pids(data)} == {ORDINARY}
        assert query(data, "SELECT 1") == [(1,)]
        embedded.stop(data)

    assert as_ordinary_user(start_look_and_stop) == 0
    assert (data / "postgres" / "cluster" / "PG_VERSION").stat().st_uid == ORDINARY
    assert processes_of(data) == []


@pytest.mark.parametrize("given", ["both", "database", "redis"])
def test_a_server_whose_address_is_given_is_never_started(data: Path, given: str) -> None:
    urls = {"database_url": "postgres://somewhere/else", "redis_url": "redis://somewhere:6379/0"}
    named = {"both": urls, "database": {**urls, "redis_url": ""}, "redis": {**urls, "database_url": ""}}[given]
    found = embedded.addresses(data, **named)
    postgres, cache = pids(data)
    assert (postgres is not None, cache is not None) == (given == "redis", given == "database")
    assert found.database_url.startswith("postgres://somewhere/") == (given != "redis")
    assert (found.redis_socket is None) == (given != "database")
