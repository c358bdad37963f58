"""Which cells would need half a block (see reports.rollup.blocks), as keys to look up while rows are shown."""

import pickle
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from districts.models import City
from reports.indicators.models import Indicator
from reports.rollup.blocks import Block, Share, join_blocks
from reports.rollup.models import Boundaries

from .editions import Edition, read_edition

KEPT_SECONDS = 24 * 3600
# In the memory of a process, in front of Redis: what a key names never changes.
KEPT_VEILS = 256
Unit = tuple[int, str]


class Ask(NamedTuple):
    """One question: a person count, in a period, under one of the two boundaries."""

    indicator: int
    period: int
    boundaries: int


@dataclass(frozen=True, slots=True)
class Veil:
    """What may not be shown: (unit, slice) of cells, and schools."""

    cells: frozenset[Unit]
    schools: frozenset[int]


_drawn: LRUCache[str, Veil] = LRUCache(KEPT_VEILS)
_lock = Lock()
# Schools that reported the indicator in the year, in those patterns of reporting in which anybody has a small figure.
SHARES = """
WITH reports AS (
    SELECT f.school_id,
        string_agg(f.indicator_id || '.' || f.period_id, ' ' ORDER BY f.indicator_id, f.period_id) AS pattern,
        array_agg(f.value ORDER BY f.period_id) FILTER (WHERE f.indicator_id = %(indicator)s) AS figures,
        bool_or(f.indicator_id = %(indicator)s AND f.value > 0 AND f.value < %(below)s) AS small
    FROM rollup_fact f JOIN indicators_period p ON p.id = f.period_id
    JOIN indicators_period y ON y.id = %(year)s AND y.start <= p.start AND p.start <= y."end"
    WHERE f.indicator_id = ANY(%(linked)s)
    GROUP BY f.school_id HAVING bool_or(f.indicator_id = %(indicator)s)
), chosen AS (SELECT *, bool_or(small) OVER (PARTITION BY pattern) AS needed FROM reports)
SELECT c.school_id, c.pattern, c.figures, q.district_id, s.district_id, q.kind, q.area_type, q.ownership, q.zone_id,
    q.group_id
FROM chosen c JOIN registry_school s ON s.unit_id = c.school_id
LEFT JOIN rollup_placement q ON q.period_id = %(year)s AND q.school_id = c.school_id
WHERE c.needed"""

PLACES = """
SELECT q.school_id, q.district_id, q.zone_id, s.district_id, s.zone_id, q.group_id, q.kind, q.area_type, q.ownership
FROM rollup_placement q JOIN registry_school s ON s.unit_id = q.school_id
WHERE q.period_id = %(period)s AND q.school_id = ANY(%(schools)s)"""


def draw_veils(asks: Iterable[Ask], *, edition: Edition | None = None) -> dict[Ask, Veil]:
    """The veil of each question, kept until a period of its year is recomputed.

    One query when all are known, none with the `edition` that they are asked for.
    """
    wanted, edition = set(asks), edition or read_edition()
    years = {period: edition.year_of(period) for period in {ask.period for ask in wanted}}
    keys = {ask: _key(ask, *years[ask.period]) for ask in wanted}
    known = _recall(set(keys.values()))
    found = {ask: known[key] for ask, key in keys.items() if key in known}
    if len(found) == len(wanted):
        return found
    fresh: dict[Ask, Veil] = {}
    city = City.objects.values_list("pk", flat=True).get()
    blocks: dict[tuple[int, int], list[Block]] = {}
    for ask in wanted - set(found):
        family = (ask.indicator, years[ask.period][0])
        if family not in blocks:
            blocks[family] = _blocks(*family)
        fresh[ask] = _veil(ask, blocks[family], city)
    _keep({keys[ask]: veil for ask, veil in fresh.items()})
    return found | fresh


def _key(ask: Ask, year: int, written: str) -> str:
    return f"veil:{ask.indicator}:{ask.period}:{ask.boundaries}:{year}:{written.replace(' ', ':')}"


def _recall(keys: set[str]) -> dict[str, Veil]:
    """What this process or Redis has of them."""
    with _lock:
        found = {key: _drawn[key] for key in keys if key in _drawn}
    if missing := keys - set(found):
        try:
            kept = cache.get_many(missing)
        except RedisError:
            kept = {}
        fetched = {key: pickle.loads(text) for key, text in kept.items()}
        with _lock:
            _drawn.update(fetched)
        found |= fetched
    return found


def _keep(veils: dict[str, Veil]) -> None:
    with _lock:
        _drawn.update(veils)
    with suppress(RedisError):
        cache.set_many({key: pickle.dumps(veil) for key, veil in veils.items()}, KEPT_SECONDS)


def _blocks(indicator: int, year: int) -> list[Block]:
    parameters: dict[str, Any] = {
        "indicator": indicator,
        "linked": _linked(indicator),
        "year": year,
        "below": settings.SUPPRESS_BELOW,
    }
    with connection.cursor() as cursor:
        cursor.execute(SHARES, parameters)
        shares = [Share(row[0], row[1], tuple(row[3:]), tuple(row[2])) for row in cursor.fetchall()]
    return join_blocks(shares, below=settings.SUPPRESS_BELOW)


def _linked(indicator: int) -> list[int]:
    """Itself and what stands beside it in a ratio or a sum: where these were reported is part of the pattern."""
    rows = list(Indicator.objects.values_list("pk", "code", "numerator_id", "denominator_id", "derivation"))
    ids = {code: pk for pk, code, _n, _d, _r in rows}
    groups: list[set[int]] = []
    for pk, _code, numerator, denominator, rule in rows:
        if numerator and denominator:
            groups.append({numerator, denominator})
        if codes := rule.get("codes"):
            groups.append({pk, *(ids[code] for code in codes)})
    near = {indicator}.union(*(group for group in groups if indicator in group))
    return sorted(near.union(*(group for group in groups if group & near)))


def _veil(ask: Ask, blocks: list[Block], city: int) -> Veil:
    schools = frozenset(school for block in blocks for school in block.schools)
    if not schools:
        return Veil(frozenset(), frozenset())
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"period": ask.period, "schools": list(schools)})
        rows = cursor.fetchall()
    hidden = _split(blocks, {row[0]: _cells_of(city, row[1], row[2], *row[5:]) for row in rows})
    if ask.boundaries == Boundaries.CURRENT:
        # A unit whose schools are the same as then shows its cell of then, another one of its own: neither may split.
        hidden |= _split(blocks, {row[0]: _cells_of(city, row[3], row[4], *row[5:]) for row in rows})
    return Veil(frozenset(hidden), schools)


def _split(blocks: list[Block], places: dict[int, set[Unit]]) -> set[Unit]:
    """Cells that hold some schools of a block and not the others. `places`: school → the cells that it adds to."""
    hidden: set[Unit] = set()
    for block in blocks:
        placed = [places[school] for school in block.schools if school in places]
        counts = Counter(cell for cells in placed for cell in cells)
        hidden.update(cell for cell, number in counts.items() if number < len(placed) + block.alone)
    return hidden


def _cells_of(
    city: int, district: int, zone: int | None, group: int | None, kind: str, area: str, ownership: str
) -> set[Unit]:
    slices = ("all", f"kind:{kind}", f"area:{area}", f"ownership:{ownership}")
    return {(unit, part) for unit in (city, district, zone, group) if unit for part in slices}
