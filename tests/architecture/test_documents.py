"""What a document points at is there; what the house forbids in words is not."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs/adr").glob("0*.md")}
    assert {name for name in pages if f"({name})" not in listed} == set()


def test_the_example_environment_names_only_what_the_settings_read() -> None:
    known = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "portal/settings").glob("*.py"))
    known += (ROOT / "Procfile").read_text() + "DJANGO_SETTINGS_MODULE"
    example = (ROOT / "deploy/portal.env.example").read_text(encoding="utf-8")
    names = re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)
    assert names
    assert [name for name in names if name not in known] == []
