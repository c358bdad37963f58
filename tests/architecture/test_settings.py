"""docs/production.md names every variable that the portal reads from its environment, and none that it does not."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"""(?:\benv\.\w+\(|os\.environ(?:\.get\(|\.setdefault\(|\[))\s*["']([A-Z][A-Z0-9_]+)["']""")
IN_PROCFILE = re.compile(r"\$\{?([A-Z][A-Z0-9_]+)")
# What the machine, the test run and Django's own commands bring along.
NOT_OURS = {"PATH", "PYTHONWARNINGS", "DJANGO_SETTINGS_MODULE", "TEST_DATA", "PYTEST_XDIST_WORKER"}
ROOMS = ("portal", "districts", "schools", "projects", "reports")


def _variables_read() -> set[str]:
    found = set(IN_PROCFILE.findall((ROOT / "Procfile").read_text(encoding="utf-8")))
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            found |= set(READ.findall(path.read_text(encoding="utf-8")))
    return found - NOT_OURS


def _variables_documented() -> set[str]:
    text = (ROOT / "docs" / "production.md").read_text(encoding="utf-8").split("## Settings")[1].split("\n## ")[0]
    return set(re.findall(r"`([A-Z][A-Z0-9_]+)`", text)) - NOT_OURS


def test_every_variable_is_documented() -> None:
    read = _variables_read()
    assert len(read) > 15, "the search has gone blind"
    assert sorted(read - _variables_documented()) == []


def test_no_variable_is_documented_that_nobody_reads() -> None:
    assert sorted(_variables_documented() - _variables_read()) == []
