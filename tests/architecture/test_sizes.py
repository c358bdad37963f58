"""Small files, small functions, small templates: the limits of the house."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "districts", "schools", "projects", "reports")
SOURCE = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py") if "migrations" not in p.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_files() -> None:
    assert not [f"{p.relative_to(ROOT)}: {lines(p)}" for p in SOURCE if lines(p) > 400]
    assert not [f"{p.relative_to(ROOT)}: {lines(p)}" for p in TESTS if lines(p) > 600]
    assert not [f"{p.relative_to(ROOT)}: {lines(p)}" for p in TEMPLATES if lines(p) > 200]


@pytest.mark.parametrize(("kind", "limit"), [((ast.FunctionDef, ast.AsyncFunctionDef), 50), ((ast.ClassDef,), 200)])
def test_functions_and_classes(kind: tuple[type[ast.AST], ...], limit: int) -> None:
    found = []
    for path in SOURCE:
        found += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, kind) and node.end_lineno - node.lineno + 1 > limit
        ]
    assert not found


def test_no_room_for_everything() -> None:
    assert not [p for p in SOURCE if p.name in ("utils.py", "helpers.py", "misc.py", "common.py")]


def test_pages_do_not_query() -> None:
    """Views, pages and API, call selectors and services; they do not touch `objects`, `filter` or transactions."""
    forbidden = (".objects", "_default_manager", "transaction.", ".save(", ".delete(", ".update(")
    found = []
    for path in SOURCE:
        if path.name in ("views.py", "api.py") or path.parent.name == "views":
            text = path.read_text(encoding="utf-8")
            found += [
                f"{path.relative_to(ROOT)}:{number} {line.strip()}"
                for number, line in enumerate(text.splitlines(), 1)
                if any(word in line for word in forbidden)
            ]
    assert not found, "\n".join(found)


def test_no_inline_script_or_style_in_templates() -> None:
    found = []
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        found += [
            f"{path.relative_to(ROOT)}: {word}"
            for word in (" style=", "<style", "onclick=", "javascript:")
            if word in text
        ]
    assert not found


def test_nothing_here_names_the_machine() -> None:
    words = ("/work/", "/tmp/team", "localhost:8123")
    found = [p for p in [*SOURCE, *TEMPLATES] if any(word in p.read_text(encoding="utf-8") for word in words)]
    assert not found
