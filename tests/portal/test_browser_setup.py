"""`make test` on a machine without Chromium: Debian's package where it may be installed, else plain words, never a failure."""

import os
from pathlib import Path

import pytest

from tests.support import browser


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with nothing on it but what the test puts there."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_an_ordinary_user_is_told_that_browser_tests_will_be_skipped(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bare, "apt-get", "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert browser.main() == 0
    assert "may not be installed here: the browser tests will be reported as skipped" in capsys.readouterr().out


def test_a_machine_without_apt_says_the_same(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert browser.main() == 0
    assert "reported as skipped" in capsys.readouterr().out


@pytest.mark.parametrize("broken", ["update", "install"])
def test_an_installation_that_fails_is_no_failure_of_the_tests(
    bare: Path, broken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(bare, "apt-get", f'test "$1" != {broken}')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert browser.main() == 0
    assert "That did not work: the browser tests will be reported as skipped" in capsys.readouterr().out


def test_root_gets_the_package_installed(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(
        bare, "apt-get", f'echo "$@" >> {bare}/asked; echo "#!/bin/sh" > {bare}/chromium; /bin/chmod +x {bare}/chromium'
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert browser.main() == 0
    assert (bare / "asked").read_text().splitlines()[1].endswith("chromium fonts-noto-cjk")
    assert browser.find_chromium() == str(bare / "chromium")
    assert "skipped" not in capsys.readouterr().out


def test_a_chromium_that_is_named_is_the_one(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bare, "chromium", "exit 0")
    put(bare, "mine", "exit 0")
    monkeypatch.setenv("CHROMIUM", str(bare / "mine"))
    assert browser.find_chromium() == str(bare / "mine")
