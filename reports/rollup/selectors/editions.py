"""Short texts that change when anything does that an answer made of cells could show, and what is remembered by them.

xmin names the last writer of a row, and later writers have greater numbers: of a table, the number of rows and the sum
of their writers change with every change of any row, a name of a unit as well as a rule of the catalogue, also before
it is committed. As many rows as before have a greater sum.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db import connection

from portal.postgres import prepared

ROWS = "SELECT concat_ws(' ', count(*), sum(xmin::text::bigint))"
# Without a parameter and without a join: this is asked on every request for cells, and to plan it cost more than to
# run it. What belongs to a year is sorted out here, by a calendar that is read when it has changed.
EDITION = f"""
SELECT ({ROWS} FROM indicators_indicator),
    ({ROWS} FROM indicators_period),
    ({ROWS} FROM districts_unit WHERE level = ANY('{{city,district,zone,group}}')),
    ({ROWS} FROM districts_zone),
    v.* FROM (
        SELECT array_agg(period_id), array_agg(version), array_agg(xmin::text::bigint) FROM rollup_recomputed
    ) v"""
CALENDAR = """SELECT id, code, start, "end", kind = 'Y' FROM indicators_period"""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods by code, the year that each lies in, and the periods of each year."""

    codes: dict[str, int]
    year_of: dict[int, int]
    periods_of: dict[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything behind the cells as committed at one moment. Equal texts: nothing has changed."""

    catalogue: str
    periods: str
    places: str
    # period → how often its cells were written, and by whom last.
    written: dict[int, tuple[int, int]]

    @property
    def calendar(self) -> Calendar:
        """One query when a period has changed, else none."""
        return _calendar_of(self.periods)

    @property
    def indicators(self) -> dict[str, int]:
        """Codes of the catalogue and their keys; one query when it has changed, else none."""
        return _codes_of(self.catalogue)

    def year_of(self, period: int) -> tuple[int, str]:
        """The year of a period and what has been written in it, as a text: its figures tell about each other."""
        year = self.calendar.year_of[period]
        return year, self._written(self.calendar.periods_of[year])

    def of(self, periods: Iterable[int]) -> str:
        """The text for the cells of these periods. They are counted with all of their year, whose other figures decide
        which of them are hidden (docs/adr/0021-small-numbers.md)."""
        calendar, family = self.calendar, set(periods)
        for period in tuple(family):
            family |= calendar.periods_of.get(calendar.year_of.get(period, 0), frozenset())
        return f"{self.catalogue}|{self.periods}|{self.places}|{self._written(family)}"

    def _written(self, periods: Iterable[int]) -> str:
        found = [self.written[period] for period in periods if period in self.written]
        return f"{len(found)} {sum(version for version, _by in found)} {sum(by for _version, by in found)}"


# The edition of the page that is being made, once it has been read: a list of at most one.
_of_page: ContextVar[list[Edition] | None] = ContextVar("edition of the page", default=None)


@contextmanager
def one_edition() -> Iterator[None]:
    """What is behind the cells is read once for everything inside: a page of a dozen parts is of one moment."""
    token = _of_page.set([])
    try:
        yield
    finally:
        _of_page.reset(token)


def read_edition() -> Edition:
    """What is behind all cells now. One statement, none where `one_edition` has it.

    To be read before the cells that it stands for: then what changes in between makes the two differ, never agree.
    """
    kept = _of_page.get()
    if kept is None:
        return _read()
    if not kept:
        kept.append(_read())
    return kept[0]


def is_one_edition() -> bool:
    return _of_page.get() is not None


def _read() -> Edition:
    with connection.cursor() as cursor:
        prepared.ask(cursor, "edition_of_cells", EDITION)
        catalogue, periods, units, zones, written, versions, writers = cursor.fetchone()
    counts = zip(versions or (), writers or (), strict=True)
    return Edition(catalogue, periods, f"{units}|{zones}", dict(zip(written or (), counts, strict=True)))


@lru_cache(maxsize=4)
def _codes_of(edition: str) -> dict[str, int]:
    """`edition` is only the key under which the answer is remembered."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM indicators_indicator")
        return dict(cursor.fetchall())


@lru_cache(maxsize=4)
def _calendar_of(edition: str) -> Calendar:
    with connection.cursor() as cursor:
        cursor.execute(CALENDAR)
        rows: list[tuple[int, str, date, date, bool]] = cursor.fetchall()
    years = [(pk, start, end) for pk, _code, start, end, is_year in rows if is_year]
    year_of = {
        pk: year for pk, _code, start, _end, _year in rows for year, first, last in years if first <= start <= last
    }
    periods_of: dict[int, set[int]] = {year: set() for year, _first, _last in years}
    for period, year in year_of.items():
        periods_of[year].add(period)
    return Calendar(
        {code: pk for pk, code, _start, _end, _year in rows},
        year_of,
        {year: frozenset(periods) for year, periods in periods_of.items()},
    )
