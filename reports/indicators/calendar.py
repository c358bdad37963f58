"""Periods: what their codes mean, and which lie inside which. Pure; the rows are written by services.periods."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .models import PeriodKind

CHINESE = "一二三四"


@dataclass(frozen=True, slots=True)
class Span:
    code: str
    kind: str
    start: date
    end: date
    name: str


def spans_of_year(year: int) -> Iterator[Span]:
    """Every period that belongs to a calendar year. A term belongs to the year in which it starts."""
    yield Span(f"{year}", PeriodKind.YEAR, date(year, 1, 1), date(year, 12, 31), f"{year}年")
    for half, word in ((1, "上"), (2, "下")):
        yield _months(f"{year}H{half}", PeriodKind.HALF, year, half * 6 - 5, half * 6, f"{year}年{word}半年")
    for quarter in range(1, 5):
        name = f"{year}年{CHINESE[quarter - 1]}季度"
        yield _months(f"{year}Q{quarter}", PeriodKind.QUARTER, year, quarter * 3 - 2, quarter * 3, name)
    for month in range(1, 13):
        yield _months(f"{year}M{month:02d}", PeriodKind.MONTH, year, month, month, f"{year}年{month}月")
        day = date(year, month, monthrange(year, month)[1])
        yield Span(day.isoformat(), PeriodKind.AS_OF, day, day, f"截至 {year}年{month}月{day.day}日")
    yield Span(f"{year}T1", PeriodKind.TERM, date(year, 2, 1), date(year, 7, 31), f"{year - 1}—{year}学年第二学期")
    yield Span(f"{year}T2", PeriodKind.TERM, date(year, 9, 1), date(year + 1, 1, 31), f"{year}—{year + 1}学年第一学期")


def _months(code: str, kind: str, year: int, first: int, last: int, name: str) -> Span:
    return Span(code, kind, date(year, first, 1), date(year, last, monthrange(year, last)[1]), name)


# What may be a part of what. Terms straddle quarters, so that only a year holds them.
PARTS = {
    PeriodKind.YEAR: frozenset(
        {PeriodKind.HALF, PeriodKind.QUARTER, PeriodKind.MONTH, PeriodKind.TERM, PeriodKind.AS_OF}
    ),
    PeriodKind.HALF: frozenset({PeriodKind.QUARTER, PeriodKind.MONTH, PeriodKind.AS_OF}),
    PeriodKind.QUARTER: frozenset({PeriodKind.MONTH, PeriodKind.AS_OF}),
    PeriodKind.MONTH: frozenset({PeriodKind.AS_OF}),
}


def holds(whole: Span, part: Span) -> bool:
    """Whether `part` lies inside `whole`; a term lies in the year of its start."""
    if part.kind not in PARTS.get(PeriodKind(whole.kind), ()):
        return False
    last = part.start if part.kind == PeriodKind.TERM else part.end
    return whole.start <= part.start and last <= whole.end
