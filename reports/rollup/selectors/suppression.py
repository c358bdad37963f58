"""Party membership is sensitive: outside their district, figures of few members are not shown, nor what tells them.

docs/adr/0021-small-numbers.md explains the rule; reports.rollup.blocks is the rule itself.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from districts.access import Scope
from districts.models import Level

from .editions import ROWS, Edition, is_one_edition, read_edition
from .rows import CellRow
from .veil import Ask, Veil, draw_veils

SCHOOL = str(Level.SCHOOL)


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What of an indicator counts members: its own total, its numerator, its denominator."""

    total: bool
    numerator: bool
    denominator: bool
    # The typed counts behind them; 党员总数 stands on 正式 and 预备.
    bases: frozenset[int]

    def is_small(self, row: CellRow, below: int) -> bool:
        # One after the other and not in a list: this is asked for every row of every answer.
        return (
            (self.total and row.total is not None and 0 < row.total < below)
            or (self.numerator and row.numerator is not None and 0 < row.numerator < below)
            or (self.denominator and row.denominator is not None and 0 < row.denominator < below)
        )


class _Line(NamedTuple):
    pk: int
    code: str
    counts_persons: bool
    numerator_id: int | None
    denominator_id: int | None
    sources: list[str] | None


# The catalogue's part of an edition: it costs a tenth of reading the catalogue.
EDITION = f"{ROWS} FROM indicators_indicator"
# Asked several times by a page and on every request for cells: the catalogue as objects would cost more than the cells.
CATALOGUE = """
SELECT id, code, counts_persons, numerator_id, denominator_id,
    ARRAY(SELECT jsonb_array_elements_text(derivation -> 'codes')) FROM indicators_indicator"""


def find_sensitive() -> dict[int, Sensitive]:
    """Indicator → what of it counts members; one query, and a second when the catalogue changed."""
    if is_one_edition():
        return _sensitive_of(read_edition().catalogue)
    with connection.cursor() as cursor:
        cursor.execute(EDITION)
        return _sensitive_of(cursor.fetchone()[0])


@lru_cache(maxsize=4)
def _sensitive_of(edition: str) -> dict[int, Sensitive]:
    """`edition` is only the key under which the answer is remembered."""
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE)
        rows = {line[0]: _Line._make(line) for line in cursor.fetchall()}
    ids = {row.code: pk for pk, row in rows.items()}

    def bases(pk: int | None) -> frozenset[int]:
        if pk is None or not rows[pk].counts_persons:
            return frozenset()
        sources = rows[pk].sources
        return frozenset().union(*(bases(ids[code]) for code in sources)) if sources else frozenset({pk})

    found = {}
    for pk, row in rows.items():
        above, below = bases(row.numerator_id), bases(row.denominator_id)
        if everything := bases(pk) | above | below:
            found[pk] = Sensitive(row.counts_persons, bool(above), bool(below), everything)
    return found


def hide_small(rows: list[CellRow], *, scope: Scope, boundaries: int, edition: Edition | None = None) -> list[CellRow]:
    """Mask what this scope may not see; nothing more is read when no row counts members of others.

    With the `edition` of the rows, which says what of the catalogue and of their years holds, nothing is read for that.
    """
    sensitive = _sensitive_of(edition.catalogue) if edition else find_sensitive()
    # Whoever sees the whole city could subtract what a second office shows from it: no office opens the veil then.
    inside = frozenset() if scope.sees_city else scope.unit_ids(Level.DISTRICT)
    own = scope.unit_ids(Level.SCHOOL)
    outside = {
        (row.indicator_id, row.period_id)
        for row in rows
        if row.indicator_id in sensitive and row.district_id not in inside and row.unit_id not in own
    }
    if not outside:
        return rows
    asks = {key: [Ask(base, key[1], int(boundaries)) for base in sensitive[key[0]].bases] for key in outside}
    veils = draw_veils({ask for some in asks.values() for ask in some}, edition=edition)
    drawn = {key: [veils[ask] for ask in some] for key, some in asks.items()}
    below, shown = int(settings.SUPPRESS_BELOW), []
    for row in rows:
        what = sensitive.get(row.indicator_id)
        if what is None or row.district_id in inside or row.unit_id in own:
            shown.append(row)
        elif what.is_small(row, below) or _is_covered(row, drawn[row.indicator_id, row.period_id]):
            shown.append(_veiled(row))
        else:
            shown.append(row.coarse())
    return shown


def _is_covered(row: CellRow, veils: list[Veil]) -> bool:
    if row.level == SCHOOL:
        return any(row.unit_id in veil.schools for veil in veils)
    place = (row.unit_id, row.slice)
    return any(place in veil.cells for veil in veils)


def _veiled(row: CellRow) -> CellRow:
    """Masked. The whole city, where one late school would blank a figure of thousands, is told about how much."""
    about = round_off(row) if row.level == Level.CITY else None
    return row.masked() if about is None else row.rounded(about)


def round_off(row: CellRow) -> Decimal | None:
    """The value so rough that `SUPPRESS_BELOW` persons more or fewer could not be told; None where nothing is left.

    Counts from a hundred on are rounded to tens. Quotients keep as many decimals as their denominator allows, or none.
    """
    if row.value is None:
        return None
    if row.denominator is None:
        return round(row.value, -1) if row.total is not None and row.total >= 20 * settings.SUPPRESS_BELOW else None
    whole = max(abs(row.value), Decimal(100))
    for decimals in (1, 0):
        if row.denominator * Decimal(5).scaleb(-decimals - 1) / whole >= settings.SUPPRESS_BELOW:
            return round(row.value, decimals)
    return None
