"""Classes of a coloured map: rounded quantiles with the target as one of the breaks, at most six classes."""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from math import ceil, floor, log10

CLASSES = 6


def find_breaks(values: Sequence[Decimal], target: Decimal | None = None) -> list[float]:
    """Ascending lower bounds of the second and further classes; empty when all values are alike."""
    numbers = sorted(float(value) for value in values)
    if not numbers or numbers[0] == numbers[-1]:
        return []
    step = _nice_step((numbers[-1] - numbers[0]) / CLASSES)
    cuts = {round(_quantile(numbers, n / CLASSES) / step) * step for n in range(1, CLASSES)}
    inside = {round(cut, 6) for cut in cuts if numbers[0] < cut <= numbers[-1]}
    if target is not None and numbers[0] < float(target) <= numbers[-1]:
        if inside:
            inside.remove(min(inside, key=lambda cut: abs(cut - float(target))))
        inside.add(float(target))
    return sorted(inside)


def class_of(value: Decimal | None, breaks: Sequence[float]) -> str:
    """CSS class q0 … q5, spread over the scale when there are fewer classes; qn without a value."""
    if value is None:
        return "qn"
    if not breaks:
        return "q2"
    return f"q{round(bisect_right(breaks, float(value)) * 5 / len(breaks))}"


def legend_of(breaks: Sequence[float]) -> list[tuple[str, float | None]]:
    """(CSS class, lower bound) of every class in order; the lowest has no bound. Empty without breaks."""
    if not breaks:
        return []
    return [(f"q{round(n * 5 / len(breaks))}", breaks[n - 1] if n else None) for n in range(len(breaks) + 1)]


def _quantile(numbers: Sequence[float], share: float) -> float:
    place = share * (len(numbers) - 1)
    low, high = floor(place), ceil(place)
    return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


def _nice_step(width: float) -> float:
    power = 10 ** floor(log10(width))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= width * 0.5))
