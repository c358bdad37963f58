"""`make demo` from the first start to the last process, on a few schools (DEMO_SCHOOLS), with servers of its own."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from districts.models import Role
from tests.support.servers import ROOT, environment, free_port, own_data, pids, processes_of, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]
# After which something is missing, and not late, on a slow machine that does other things too.
START_SECONDS = 480
END_SECONDS = 180


class Demo:
    """A launcher with its output; the folder and the port stay the same over several starts."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = data.parent / "log"

    def launch(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        given = {"PORT": str(self.port), "DEMO_SCHOOLS": "3", "WEB_WORKERS": "1", "WORKER_PROCESSES": "1", **more}
        with self.log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "portal.launch", *arguments], cwd=ROOT, env=environment(self.data, **given),
                stdout=output, stderr=output,
            )  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        launcher = self.launch(*arguments)
        until(lambda: "Ctrl-C ends everything" in self.said() or launcher.poll() is not None, seconds=START_SECONDS)
        assert launcher.poll() is None, self.said()
        return launcher

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def refusal(self, *arguments: str, **more: str) -> str:
        assert self.launch(*arguments, **more).wait(timeout=END_SECONDS) == 1
        return self.said()

    def accounts(self) -> list[dict[str, str]]:
        written = json.loads((self.data / "demo.json").read_text())
        assert written["url"] == self.url
        return written["accounts"]  # type: ignore[no-any-return]

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def demo() -> Iterator[Demo]:
    with own_data() as data:
        yield Demo(data)


def answers(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def signs_in(url: str, account: dict[str, str]) -> bool:
    """Through the sign-in page, as a person would: the page after it is the workbench, and says who is there."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{url}accounts/login/", timeout=60).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    fields: dict[str, Any] = {"login": account["username"], "password": account["password"]}
    answer = browser.open(
        urllib.request.Request(
            f"{url}accounts/login/", data=urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode(),
            headers={"Referer": f"{url}accounts/login/"},
        ), timeout=60,
    )  # fmt: skip
    return "/accounts/login/" not in answer.url and "演示数据" in answer.read().decode()


def test_a_demo_from_its_first_start_to_its_last_process(demo: Demo) -> None:
    """One story, since a start costs seconds and filling the database most of them: a closed terminal, reset, Ctrl-C, a
    killed launcher, stop."""
    a_closed_terminal_ends_even_a_demo_that_is_still_being_prepared(demo)
    older = what_an_older_demo_leaves(demo)
    password = (demo.data / "postgres.password").read_text()
    (demo.data / "notes.txt").write_text("not of the demo")
    launcher = demo.start("--reset")
    assert [path for path in older if path.exists()] == []
    assert (demo.data / "postgres.password").read_text() != password
    assert (demo.data / "notes.txt").exists()
    accounts = demo.accounts()
    assert answers(f"{demo.url}health/") == 200
    assert stat.S_IMODE((demo.data / "demo.json").stat().st_mode) == 0o600
    everybody_gets_in(demo, accounts)
    what_cannot_start_says_so(demo)
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(timeout=END_SECONDS) == 0
    nothing_is_left(demo)

    # The data stay for the next start. Then nobody can tell the processes: each looks after its parent itself.
    launcher = demo.start()
    assert demo.accounts() == accounts
    assert signs_in(demo.url, accounts[0])
    servers = pids(demo.data)
    launcher.kill()
    launcher.wait()

    # The next start waits for the last of them.
    launcher = demo.start()
    assert pids(demo.data) != servers
    assert signs_in(demo.url, accounts[0])
    launcher.kill()
    launcher.wait()
    until(lambda: processes_of(demo.data) == [])
    nothing_is_left(demo)

    launcher = demo.start()
    assert demo.launch("--stop").wait(timeout=END_SECONDS) == 0
    assert launcher.wait(timeout=END_SECONDS) == 0
    nothing_is_left(demo)


def a_closed_terminal_ends_even_a_demo_that_is_still_being_prepared(demo: Demo) -> None:
    launcher = demo.launch()
    until(lambda: pids(demo.data)[0], seconds=END_SECONDS)
    launcher.send_signal(signal.SIGHUP)
    assert launcher.wait(timeout=END_SECONDS) == 130
    nothing_is_left(demo)


def what_an_older_demo_leaves(demo: Demo) -> list[Path]:
    """Logins that nobody may use again, and a file in every folder that a reset has to empty."""
    found = [demo.data / folder / "of-an-older-demo" for folder in ("postgres", "redis", "static", "files")]
    for path in found:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (demo.data / "demo.json").write_text(json.dumps({"url": demo.url, "accounts": []}))
    return found


def everybody_gets_in(demo: Demo, accounts: list[dict[str, str]]) -> None:
    assert [account["role"] for account in accounts] == [role.value for role in Role]
    assert all(signs_in(demo.url, account) for account in accounts)
    for account in accounts:
        assert account["username"] in demo.said()
        assert answers(f"{demo.url}api/v1/units/", Authorization=f"Token {account['token']}") == 200
    assert answers(f"{demo.url}api/v1/units/", Authorization=f"Token {'0' * 64}") == 401


def what_cannot_start_says_so(demo: Demo) -> None:
    assert "A demo is running" in demo.refusal()
    with own_data() as other:
        elsewhere = Demo(other)
        elsewhere.port = demo.port
        assert f"Port {demo.port} is in use" in elsewhere.refusal()
        assert "PORT must be a number" in elsewhere.refusal(PORT="eighty")
        assert not (other / "postgres").exists()


def nothing_is_left(demo: Demo) -> None:
    assert processes_of(demo.data) == []
    assert not demo.listens()
