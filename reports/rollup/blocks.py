"""Protecting few persons: schools are joined to blocks, and only sums over whole blocks leave a district.

Pure; docs/adr/0021-small-numbers.md says why this holds. In short: whatever an outsider adds up or subtracts, the
result is a combination of block sums, and a block sum is 0 or at least `below`. A cell that would need half a block is
hidden.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What one school adds to an indicator in the parts of a year in which it reported it.

    `pattern` says in which; only schools with the same pattern may stand in one block, or a later period without the
    one would tell about the other. `home` lists where the school belongs, the most important first.
    """

    school: int
    pattern: Hashable
    home: tuple[Hashable, ...]
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`alone`: nobody could be found to stand beside these schools, so that no sum with them may be shown at all."""

    schools: frozenset[int]
    alone: bool = False


def join_blocks(shares: Iterable[Share], *, below: int) -> list[Block]:
    """Blocks of the schools that cannot stand for themselves; every other school is a block of its own.

    Neighbours are looked for close by first: the same district, kind and area, then wider, at last the whole city.
    """
    found: list[Block] = []
    by_pattern: dict[Hashable, list[Share]] = {}
    for share in shares:
        by_pattern.setdefault(share.pattern, []).append(share)
    for alike in by_pattern.values():
        found += _join_alike(alike, below)
    return found


def _join_alike(shares: Sequence[Share], below: int) -> list[Block]:
    waiting = [[share] for share in shares if not _is_safe([share], below)]
    helpers = {share.school: share for share in shares if _is_safe([share], below) and any(share.values)}
    blocks: list[Block] = []
    for depth in range(max((len(share.home) for share in shares), default=0), -1, -1):
        groups: dict[Hashable, list[list[Share]]] = {}
        for members in waiting:
            groups.setdefault(members[0].home[:depth], []).append(members)
        waiting = []
        for home, parties in sorted(groups.items(), key=lambda item: item[1][0][0].school):
            near = [share for share in helpers.values() if share.home[:depth] == home]
            rest = _close(parties, near, below, blocks)
            for block in blocks:
                for school in block.schools:
                    helpers.pop(school, None)
            if rest:
                waiting.append(rest)
    return blocks + [Block(frozenset(share.school for share in members), alone=True) for members in waiting]


def _close(parties: list[list[Share]], near: list[Share], below: int, blocks: list[Block]) -> list[Share]:
    """Join parties, the smallest helpers last; what cannot be made safe here is returned."""
    gathered: list[Share] = []
    for members in sorted(parties, key=lambda party: party[0].school):
        gathered = gathered + members
        if _is_safe(gathered, below):
            blocks.append(Block(frozenset(share.school for share in gathered)))
            gathered = []
    if not gathered:
        return []
    for helper in sorted(near, key=lambda share: (sum(share.values), share.school)):
        if _is_safe([*gathered, helper], below):
            blocks.append(Block(frozenset(share.school for share in [*gathered, helper])))
            return []
    return gathered


def _is_safe(members: Sequence[Share], below: int) -> bool:
    """Whether the sum in every part of the year is 0 or not small."""
    return all(not 0 < sum(values) < below for values in zip(*(share.values for share in members), strict=True))
