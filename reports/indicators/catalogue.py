"""Reading and checking the catalogue file. Pure: nothing here touches the database."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .models import Aggregation, Direction, Origin, PeriodKind, ValueType

CATALOGUE = Path(__file__).parent / "data" / "catalogue.toml"
START = date(2023, 1, 1)
CHECK_OPS = {"le", "ge", "range"}
DERIVATIONS = {"count_equal", "count_present", "count_ge", "add"}
PROGRAMMES = {
    "L": "dual_leader",
    "C": "dual_creation",
    "P": "dual_cultivation",
    "Q": "dual_reinforcement",
    "G": "dual_standardisation",
}
# Which aggregations make sense for which value type.
ALLOWED: dict[str, set[str]] = {
    ValueType.INTEGER: set(Aggregation.values) - {Aggregation.RATIO, Aggregation.DISTRIBUTION},
    ValueType.DECIMAL: set(Aggregation.values) - {Aggregation.DISTINCT, Aggregation.DISTRIBUTION},
    ValueType.ENUM: {Aggregation.DISTRIBUTION.value, Aggregation.LATEST.value},
}
MEMBERS = {
    "name", "english", "unit", "type", "period", "agg", "origin", "numerator", "denominator", "scale", "decimals",
    "direction", "derive", "choices", "checks", "persons", "owner_counts", "until_ledger", "definition", "source",
    "from", "to",
}  # fmt: skip


TEXTS = ("name", "english", "unit", "type", "period", "agg", "origin", "numerator", "denominator", "direction",
         "definition", "source")  # fmt: skip
KINDS: dict[str, type] = {
    **dict.fromkeys(TEXTS, str),
    "scale": int, "decimals": int, "derive": dict, "choices": list, "checks": list, "persons": bool,
    "owner_counts": bool, "until_ledger": bool, "from": date, "to": date,
}  # fmt: skip
# What may be counted without showing single persons: figures that add up.
ADDITIVE = {Aggregation.SUM, Aggregation.STOCK, Aggregation.DISTINCT}


class CatalogueError(Exception):
    """A broken catalogue: every problem, each with the code of its row."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue, defaults filled in."""

    code: str
    name: str
    english: str
    period: str
    agg: str
    definition: str
    source: str
    unit: str = ""
    type: str = ValueType.INTEGER
    origin: str = Origin.REPORTED
    numerator: str = ""
    denominator: str = ""
    scale: int = 1
    decimals: int = 0
    direction: str = Direction.NONE
    derive: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[Mapping[str, Any], ...] = ()
    checks: tuple[Any, ...] = ()
    persons: bool = False
    owner_counts: bool = False
    until_ledger: bool = False
    valid_from: date = START
    valid_to: date | None = None

    @property
    def is_element(self) -> bool:
        """The 80 have two digits; an element carries N or D behind them."""
        return not self.code[-1].isdigit()

    @property
    def programme(self) -> str:
        return PROGRAMMES.get(self.code[0], "")

    def references(self) -> Iterator[str]:
        """Codes that this row stands on."""
        yield from filter(None, (self.numerator, self.denominator))
        if self.derive:
            yield from self.derive.get("codes", [self.derive.get("code", "")])


def read_catalogue(path: Path = CATALOGUE) -> list[Entry]:
    """All rows of the file in its order. Raises CatalogueError naming every row that is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError([f"not readable: {error}"]) from error
    problems: list[str] = []
    entries = [entry for code, row in raw.items() if (entry := _entry(code, row, problems))]
    problems += check_entries(entries)
    if problems:
        raise CatalogueError(problems)
    return entries


def _entry(code: str, row: Any, problems: list[str]) -> Entry | None:
    if not isinstance(row, Mapping):
        problems.append(f"{code}: is no table of members")
        return None
    if wrong := [name for name, kind in KINDS.items() if name in row and not isinstance(row[name], kind)]:
        problems.append(f"{code}: {', '.join(wrong)} of the wrong type")
        return None
    if unknown := sorted(set(row) - MEMBERS):
        problems.append(f"{code}: unknown member {', '.join(unknown)}")
    if missing := sorted({"name", "english", "period", "agg", "definition", "source"} - set(row)):
        problems.append(f"{code}: missing {', '.join(missing)}")
        return None
    values = {key: value for key, value in row.items() if key in MEMBERS - {"from", "to"}}
    for key in ("choices", "checks"):
        values[key] = tuple(values.get(key, ()))
    if values["agg"] == Aggregation.RATIO:
        values = {"type": ValueType.DECIMAL, "origin": Origin.RATIO, "scale": 100, "decimals": 1, **values}
    return Entry(code=code, valid_from=row.get("from", START), valid_to=row.get("to"), **values)


def check_entries(entries: list[Entry]) -> list[str]:
    """Everything that is wrong with the rows, as sentences that begin with the code."""
    known = {entry.code: entry for entry in entries}
    problems = [problem for entry in entries for problem in _check_entry(entry, known)]
    return problems + [f"{code}: refers to itself in a circle" for code in sorted(_in_cycles(known))]


def _check_entry(entry: Entry, known: Mapping[str, Entry]) -> Iterator[str]:
    yield from _check_words(entry)
    for code in entry.references():
        if code not in known:
            yield f"{entry.code}: unknown code {code!r}"
    yield from _check_aggregation(entry)
    if entry.origin == Origin.DERIVED and entry.derive.get("kind") not in DERIVATIONS:
        yield f"{entry.code}: derived, but derive.kind is {entry.derive.get('kind')!r}"
    for check in entry.checks:
        if not isinstance(check, Mapping):
            yield f"{entry.code}: a check is a table, not {check!r}"
            continue
        if check.get("op") not in CHECK_OPS:
            yield f"{entry.code}: unknown check {check.get('op')!r}"
        for code in check.get("codes", ()):
            if code not in known:
                yield f"{entry.code}: check refers to unknown code {code!r}"
    if entry.valid_to and entry.valid_to <= entry.valid_from:
        yield f"{entry.code}: ends before it begins"


def _check_words(entry: Entry) -> Iterator[str]:
    words: tuple[tuple[str, str, list[str]], ...] = (
        ("type", entry.type, ValueType.values),
        ("period", entry.period, PeriodKind.values),
        ("agg", entry.agg, Aggregation.values),
        ("origin", entry.origin, Origin.values),
        ("direction", entry.direction, Direction.values),
    )
    for member, value, choices in words:
        if value not in choices:
            yield f"{entry.code}: {member} {value!r} is none of {', '.join(choices)}"
    if not entry.name.strip() or not entry.definition.strip():
        yield f"{entry.code}: name and definition may not be empty"


def _check_aggregation(entry: Entry) -> Iterator[str]:
    if entry.type in ALLOWED and entry.agg in Aggregation.values and entry.agg not in ALLOWED[ValueType(entry.type)]:
        yield f"{entry.code}: aggregation {entry.agg} does not fit type {entry.type}"
    is_ratio = entry.agg == Aggregation.RATIO
    if is_ratio != (entry.origin == Origin.RATIO):
        yield f"{entry.code}: a ratio is always calculated, and nothing else is"
    if is_ratio and not (entry.numerator and entry.denominator):
        yield f"{entry.code}: a ratio needs numerator and denominator"
    if not is_ratio and (entry.numerator or entry.denominator):
        yield f"{entry.code}: only ratios have numerator and denominator"
    if entry.agg == Aggregation.DISTINCT and entry.origin == Origin.REPORTED and not entry.owner_counts:
        yield f"{entry.code}: a reported distinct count needs owner_counts, or it would count twice"
    if entry.persons and entry.agg not in ADDITIVE:
        yield f"{entry.code}: persons can be protected only where figures add up, not with {entry.agg}"
    if entry.type == ValueType.ENUM and not entry.choices:
        yield f"{entry.code}: an enum needs choices"


def _in_cycles(known: Mapping[str, Entry]) -> set[str]:
    """Codes that can be reached from themselves."""
    found = set()
    for start in known:
        todo, seen = list(known[start].references()), set()
        while todo:
            code = todo.pop()
            if code == start:
                found.add(start)
                break
            if code in known and code not in seen:
                seen.add(code)
                todo += known[code].references()
    return found
