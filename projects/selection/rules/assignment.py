"""Who scores what: random, balanced, reproducible. A pure function of the published seed.

The order of chance is SHA-256 of "seed|item|expert", so anybody can recompute the draw with any tool.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Draw:
    """`pairs` (item, expert), sorted; `short`: item → how many seats nobody may take."""

    pairs: tuple[Pair, ...]
    short: Mapping[str, int]


def lot(seed: str, *parts: str) -> str:
    """The lot of these parts: a hexadecimal number, smaller goes first."""
    return sha256("|".join((seed, *parts)).encode()).hexdigest()


def draw(
    items: Iterable[str],
    experts: Iterable[str],
    *,
    seed: str,
    panel_size: int,
    load_limit: int,
    barred: AbstractSet[Pair] = frozenset(),
    fixed: AbstractSet[Pair] = frozenset(),
) -> Draw:
    """Seat `panel_size` different experts on every item, nobody above `load_limit`, loads as even as can be.

    `barred`: pairs (item, expert) in conflict. `fixed`: pairs that stand already (they keep their seat and count).
    The greatest load is the smallest that lets every seat be filled; without conflicts loads differ by at most one.
    """
    table = _Table(sorted(items), sorted(experts), seed, panel_size, barred, fixed)
    total = sum(table.open_seats.values()) + sum(len(v) for v in table.seated.values())
    first = -(-total // max(len(table.experts), 1))
    for limit in range(min(max(first, 1), load_limit), load_limit + 1):
        table.fill(limit)
        if not any(table.open_seats.values()):
            break
    table.even_out()
    pairs = sorted((item, expert) for expert, held in table.seated.items() for item in held)
    return Draw(tuple(pairs), {item: left for item, left in table.open_seats.items() if left})


class _Table:
    def __init__(
        self, items: Sequence[str], experts: Sequence[str], seed: str, panel_size: int,
        barred: AbstractSet[Pair], fixed: AbstractSet[Pair],
    ) -> None:  # fmt: skip
        self.experts, self.barred, self.fixed = experts, barred, fixed
        self.seated: dict[str, set[str]] = {expert: set() for expert in experts}
        for item, expert in fixed:
            self.seated.setdefault(expert, set()).add(item)
        kept = {item: sum(item in held for held in self.seated.values()) for item in items}
        self.open_seats = {item: max(panel_size - kept[item], 0) for item in items}
        self.order = {item: sorted(experts, key=lambda e, i=item: lot(seed, i, e)) for item in items}  # type: ignore[misc]
        # Items with few possible experts choose first; among equals the lot decides.
        self.items = sorted(items, key=lambda i: (sum((i, e) not in barred for e in experts), lot(seed, i)))

    def may(self, item: str, expert: str) -> bool:
        return (item, expert) not in self.barred and item not in self.seated[expert]

    def _may_move(self, item: str, expert: str) -> bool:
        return (item, expert) not in self.fixed and item in self.order

    def fill(self, limit: int) -> None:
        """Seat what can be seated with at most `limit` items each; earlier seats may move to make room."""
        for item in self.items:
            while self.open_seats[item] and self._seat(item, limit):
                self.open_seats[item] -= 1

    def _seat(self, item: str, limit: int) -> bool:
        """Take the least loaded expert with room; else free room by moving somebody's item (breadth first)."""
        queue: list[tuple[str, list[Pair]]] = [(item, [])]
        seen: set[str] = set()
        while queue:
            wanted, moves = queue.pop(0)
            for expert in sorted(self.order[wanted], key=lambda e: len(self.seated[e])):
                if expert in seen or not self.may(wanted, expert):
                    continue
                if len(self.seated[expert]) < limit:
                    self._apply([*moves, (wanted, expert)])
                    return True
                seen.add(expert)
                held_items = [h for h in sorted(self.seated[expert]) if self._may_move(h, expert)]
                queue += [(held, [*moves, (wanted, expert)]) for held in held_items]
        return False

    def _apply(self, moves: Sequence[Pair]) -> None:
        """Each move seats an item with an expert, who hands the item of the next move on."""
        for number, (item, expert) in enumerate(moves):
            if number + 1 < len(moves):
                self.seated[expert].remove(moves[number + 1][0])
            self.seated[expert].add(item)

    def even_out(self) -> None:
        """While one expert has two items more than another, hand one over if the other may take it."""
        while move := self._even_move():
            item, giver, taker = move
            self.seated[giver].remove(item)
            self.seated[taker].add(item)

    def _even_move(self) -> tuple[str, str, str] | None:
        by_load = sorted(self.experts, key=lambda e: (len(self.seated[e]), e))
        for giver in reversed(by_load):
            for taker in by_load:
                if len(self.seated[giver]) - len(self.seated[taker]) < 2:
                    break
                for item in sorted(self.seated[giver]):
                    if self._may_move(item, giver) and self.may(item, taker):
                        return item, giver, taker
        return None
