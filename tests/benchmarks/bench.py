"""The registry of rows, and what every row is given."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .table import Line


@dataclass(frozen=True)
class Size:
    schools: int = 6000
    districts: int = 40
    periods: int = 20


@dataclass
class Bench:
    """The size, the folder of the run's own servers and the city in them, built when the first row asks for it."""

    size: Size
    data: Path
    port: int
    _rolled_up: bool = False
    _contests: dict[int, Any] = field(default_factory=dict)

    @cached_property
    def city(self):
        from .city import build_city

        return build_city(schools=self.size.schools, districts=self.size.districts, periods=self.size.periods)

    def contest(self, cases: int) -> Any:
        """A round of so many cases under review, built once a run (see rounds.py)."""
        from .rounds import build_round

        self.city  # noqa: B018
        if cases not in self._contests:
            self._contests[cases] = build_round(cases)
        return self._contests[cases]

    def rolled_up(self) -> None:
        """Cells of the last eight periods and of the years and halves that hold the last one, for the pages."""
        from reports.rollup.services.facts import periods_touched
        from reports.rollup.services.marks import rebuild
        from reports.rollup.services.placements import ensure_placements

        if self._rolled_up:
            return
        wanted = [*self.city.periods[-8:-1], *periods_touched(self.city.periods[-1])]
        ensure_placements(wanted)
        rebuild(wanted, workers=2)
        self._rolled_up = True


Measure = Callable[[Bench], Line | list[Line]]


@dataclass(frozen=True, slots=True)
class Row:
    letter: str
    name: str
    title: str
    most: float | None
    least: float | None
    measure: Measure


ROWS: dict[str, Row] = {}


def row(letter: str, name: str, title: str, *, most: float | None = None, least: float | None = None) -> Callable:
    """Register a measurement. `most`/`least`: the required ratio of its (first) line; both None: only reported."""

    def register(measure: Measure) -> Measure:
        if letter in ROWS:
            raise ValueError(f"two rows {letter}")
        ROWS[letter] = Row(letter, name, title, most, least, measure)
        return measure

    return register


def choose(only: str) -> list[Row]:
    """Rows by letter or name, comma separated; all when empty. Unknown ones are refused by name."""
    by_key = {key: r for r in ROWS.values() for key in (r.letter, r.name)}
    wanted = [part.strip() for part in only.split(",") if part.strip()] or list(ROWS)
    if unknown := [part for part in wanted if part not in by_key]:
        raise ValueError(
            f"no row {unknown[0]}; there are: {', '.join(f'{r.letter} ({r.name})' for r in ROWS.values())}"
        )
    chosen = {by_key[part].letter for part in wanted}
    return [r for r in ROWS.values() if r.letter in chosen]


def run(row: Row, bench: Bench) -> list[Line]:
    """The lines of a row: the first carries the required ratio, further ones only their own."""
    result = row.measure(bench)
    lines = result if isinstance(result, list) else [result]
    for number, line in enumerate(lines):
        line.name = line.name or (row.letter if number == 0 else f"{row.letter}{number + 1}")
        line.title = line.title or row.title
        if number == 0:
            line.most, line.least = row.most, row.least
    return lines


def failed(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.holds is False]
