"""Plausible figures for generated schools: seeded, repeatable, and inside the catalogue's own checks."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import floor
from pathlib import Path
from zlib import crc32

PROFILES = Path(__file__).parent / "data" / "profiles.toml"
MIDDLE_YEAR = 2024.5
GRADES = ((0.46, 4), (0.90, 3), (0.99, 2), (1.0, 1))


@dataclass(frozen=True, slots=True)
class Profile:
    """One line of profiles.toml; the file explains the members."""

    code: str
    of: tuple[str, ...]
    rate: float
    drift: float = 0.0
    spread: float = 0.0
    swing: float = 0.0
    least: int = 0
    share: bool = True
    limit: int | None = None
    cap: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def load_profiles() -> tuple[Profile, ...]:
    """All profiles in file order, which is the order of calculation."""
    raw = tomllib.loads(PROFILES.read_text(encoding="utf-8"))
    return tuple(_profile(code, line) for code, line in raw.items())


def _profile(code: str, line: Mapping[str, object]) -> Profile:
    of = line["of"]
    bases = tuple(of) if isinstance(of, list) else (str(of),)
    rest = {key: tuple(value) if isinstance(value, list) else value for key, value in line.items() if key != "of"}
    return Profile(code=code, of=bases, **rest)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class SchoolShape:
    """What the figures of a school follow from. `key` makes its chance, `tilt` lifts or lowers a whole district."""

    key: int
    teachers: int
    organisations: int
    branches: int
    tilt: float = 0.0


COUNTED = frozenset({"school", "branch", "organisations", "teachers", "grade", "score"})


def chance(*keys: object) -> float:
    """A repeatable number in [0, 1) for these keys."""
    number = crc32(repr(keys).encode())
    # A checksum alone moves in step with its keys: neighbours would share their luck in one question after another.
    for _ in range(2):
        number = (number ^ number >> 16) * 0x45D9F3B & 0xFFFFFFFF
    return (number ^ number >> 16) / 2**32


# The same in every period; as many as a city of some size asks for.
_steady = lru_cache(maxsize=100_000)(chance)


@lru_cache(maxsize=32)
def profiles_for(codes: frozenset[str]) -> tuple[Profile, ...]:
    """The profiles of these figures and of all that they follow from, in the order of calculation."""
    wanted, found = set(codes), []
    for profile in reversed(load_profiles()):
        if profile.code in wanted:
            found.append(profile)
            wanted.update(profile.of, profile.cap)
    return tuple(reversed(found))


def figures_of(shape: SchoolShape, *, when: float, period: str, codes: frozenset[str] | None = None) -> dict[str, int]:
    """Figures of a school at `when` (years as a decimal number), all or at least `codes`; flows swing with `period`."""
    values: dict[str, int] = {}
    # What a figure may follow from: counts of the school, and figures that came before it.
    bases = {
        "school": 1,
        "branch": shape.branches,
        "organisations": shape.organisations,
        "teachers": shape.teachers,
    }
    for profile in load_profiles() if codes is None else profiles_for(codes):
        values[profile.code] = bases[profile.code] = _figure(profile, shape, bases, when, period)
    return values


def _figure(profile: Profile, shape: SchoolShape, values: Mapping[str, int], when: float, period: str) -> int:
    special = SPECIAL.get(profile.of[0])
    if special:
        return special(shape, period)
    base = sum([values[name] for name in profile.of])
    moving = chance(shape.key, profile.code, period) if profile.swing else 0.0
    rate = profile.rate + profile.drift * (when - MIDDLE_YEAR)
    rate *= 1 + profile.spread * (2 * _steady(shape.key, profile.code) - 1) + profile.swing * (2 * moving - 1)
    if profile.share and profile.of[0] not in COUNTED:
        rate = min(rate * (1 + shape.tilt), 1.0)
    # A fraction left over becomes one more with that probability; for stocks always in the same schools.
    left_over = moving if profile.swing else _steady(profile.code, shape.key)
    value = max(floor(base * rate + left_over), profile.least)
    most = [values[code] for code in profile.cap]
    if profile.share and profile.of[0] not in ("school", "branch"):
        most.append(base)
    if profile.code in WHOLE_PER_BRANCH:
        most.append(shape.branches)
    if profile.code == "G09N":
        most.append(1)
    if profile.limit is not None:
        most.append(profile.limit)
    return max(min([value, *most]), 0)


WHOLE_PER_BRANCH = frozenset({"G06N", "G08N"})


def _grade(shape: SchoolShape, period: str) -> int:
    """述职等次: mostly 好 and 较好."""
    luck = 0.7 * chance(shape.key, "grade") + 0.3 * chance(shape.key, "grade", period)
    return next(grade for most, grade in GRADES if luck < most)


def _score(shape: SchoolShape, period: str) -> int:
    """清廉学校得分, out of 100."""
    return round(82 + 12 * chance(shape.key, "score") + 4 * chance(shape.key, "score", period))


SPECIAL: dict[str, Callable[[SchoolShape, str], int]] = {"grade": _grade, "score": _score}
