"""From score sheets to a ranking: pure, exact, and the same as the SQL in `selectors.results`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from .assignment import lot

STEP = Decimal("0.0001")


def rounded(value: Decimal) -> Decimal:
    """Four decimals, half up: what is compared is what is shown."""
    return value.quantize(STEP, rounding=ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """40, 12.5: without zeros that say nothing."""
    return f"{value.normalize():f}"


@dataclass(frozen=True, slots=True)
class Rubric:
    """Criterion → (maximum, weight)."""

    criteria: Mapping[str, tuple[Decimal, Decimal]]

    def total(self, points: Mapping[str, Decimal]) -> Decimal:
        """Weighted total of a full sheet: Σ points ÷ maximum × weight."""
        return rounded(sum((points[c] * w / m for c, (m, w) in self.criteria.items()), Decimal(0)))


@dataclass(frozen=True, slots=True)
class Sheet:
    item: str
    expert: str
    points: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Ranked:
    item: str
    score: Decimal
    median: Decimal
    mean: Decimal
    sheets: int
    rank: int
    by_criterion: Mapping[str, Decimal] = field(default_factory=dict)


def trimmed_mean(values: Sequence[Decimal], *, trim: int, trim_from: int) -> Decimal:
    """The mean without the `trim` highest and lowest, if there are at least `trim_from` values."""
    kept = sorted(values)
    if trim and len(kept) >= trim_from:
        kept = kept[trim:-trim]
    return rounded(sum(kept, Decimal(0)) / len(kept))


def rank(
    sheets: Iterable[Sheet], rubric: Rubric, *, trim: int, trim_from: int, tie_rule: Sequence[str], seed: str
) -> list[Ranked]:
    """Best first. Ties: the mean of the named criteria in their order, then the median, then the lot of the item."""
    totals: dict[str, list[Decimal]] = defaultdict(list)
    points: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for sheet in sheets:
        totals[sheet.item].append(rubric.total(sheet.points))
        for code, value in sheet.points.items():
            points[sheet.item][code].append(value)
    found = []
    for item, values in totals.items():
        means = {c: rounded(sum(v, Decimal(0)) / len(v)) for c, v in points[item].items()}
        score = trimmed_mean(values, trim=trim, trim_from=trim_from)
        middle, plain = rounded(median(values)), trimmed_mean(values, trim=0, trim_from=1)
        key = (-score, *(-means.get(c, Decimal(0)) for c in tie_rule), -middle, lot(seed, item))
        found.append((key, item, score, middle, plain, len(values), means))
    found.sort(key=lambda row: row[0])
    return [Ranked(*row[1:6], rank=number, by_criterion=row[6]) for number, row in enumerate(found, 1)]


@dataclass(frozen=True, slots=True)
class Strictness:
    """One expert: own mean against the mean of the other sheets on the same items (negative: stricter)."""

    expert: str
    sheets: int
    own_mean: Decimal
    others_mean: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.others_mean is None else self.own_mean - self.others_mean


def strictness(sheets: Iterable[Sheet], rubric: Rubric) -> list[Strictness]:
    """Strictest first; the same as the SQL in `selectors.results`."""
    by_item: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for sheet in sheets:
        by_item[sheet.item][sheet.expert] = rubric.total(sheet.points)
    own: dict[str, list[Decimal]] = defaultdict(list)
    others: dict[str, list[Decimal]] = defaultdict(list)
    for given in by_item.values():
        for expert, total in given.items():
            own[expert].append(total)
            rest = [value for other, value in given.items() if other != expert]
            if rest:
                others[expert].append(sum(rest, Decimal(0)) / len(rest))
    found = []
    for expert, values in own.items():
        rest = others[expert]
        beside = rounded(sum(rest, Decimal(0)) / len(rest)) if rest else None
        found.append(Strictness(expert, len(values), rounded(sum(values, Decimal(0)) / len(values)), beside))
    return strictest_first(found)


def strictest_first(found: Iterable[Strictness]) -> list[Strictness]:
    """Experts whose items nobody else scored come last."""
    return sorted(found, key=lambda s: (s.difference is None, s.difference or Decimal(0), s.expert))


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Who would enter or leave the first `cut` under another mean."""

    rule: str
    enter: tuple[str, ...]
    leave: tuple[str, ...]


def sensitivity(ranking: Sequence[Ranked], *, cut: int) -> list[Sensitivity]:
    """Compared with the trimmed mean: the median and the plain mean, ties as ranked."""
    inside = {row.item for row in ranking[:cut]}
    found = []
    for rule in ("median", "mean"):
        other = sorted(ranking, key=lambda row: (-getattr(row, rule), row.rank))[:cut]
        chosen = {row.item for row in other}
        found.append(Sensitivity(rule, tuple(sorted(chosen - inside)), tuple(sorted(inside - chosen))))
    return found
