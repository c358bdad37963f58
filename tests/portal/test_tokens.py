"""The colours: contrasts of the token file are computed again, and nobody else names a colour."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "frontend" / "src"
HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
THEMES = ("light", "dark")
GROUNDS = ("page", "surface")
TEXTS = ("ink", "ink-2", "ink-3", "action", "ok", "warn", "error", "prefill", "mute")
TINTED = (("ok", "ok-weak"), ("warn", "warn-weak"), ("error", "error-weak"), ("prefill", "prefill-weak"),
          ("mute", "mute-weak"), ("action", "action-weak"), ("ink-2", "action-weak"), ("on-action", "action"))  # fmt: skip
LINES = ("control", "series-unit", "series-city", "series-target")


def tokens(theme: str) -> dict[str, str]:
    text = (SOURCES / "tokens.css").read_text(encoding="utf-8")
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\}}', text, re.DOTALL)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_read_on_every_ground(theme: str, ground: str, text: str) -> None:
    known = tokens(theme)
    assert contrast(known[text], known[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TINTED)
def test_text_is_read_on_its_tint(theme: str, text: str, ground: str) -> None:
    known = tokens(theme)
    assert contrast(known[text], known[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("step", range(6))
def test_numbers_are_read_on_every_step_of_the_scale(theme: str, step: int) -> None:
    known = tokens(theme)
    text = known["on-q-low" if step <= 3 else "on-q-high"]
    assert contrast(text, known[f"q{step}"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("line", LINES)
def test_borders_and_lines_are_seen(theme: str, line: str) -> None:
    known = tokens(theme)
    assert contrast(known[line], known["surface"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_the_scale_goes_one_way(theme: str) -> None:
    known = tokens(theme)
    steps = [luminance(known[f"q{step}"]) for step in range(6)]
    assert steps == sorted(steps, reverse=theme == "light")


def test_only_the_token_file_names_colours() -> None:
    places = [*(ROOT / "templates").rglob("*.html"), *SOURCES.glob("*.js"), *SOURCES.glob("*.css")]
    found = [
        f"{path.relative_to(ROOT)}: {colour}"
        for path in places
        if path.name != "tokens.css"
        for colour in HEX.findall(re.sub(r"&#\d+;|href=\"[^\"]*\"|url\([^)]*\)", "", path.read_text(encoding="utf-8")))
    ]
    assert not found
