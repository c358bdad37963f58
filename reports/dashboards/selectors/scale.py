"""A common scale for dot rows: round ends, and places in percent of its width."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

MARGIN = 3.0


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float

    def place(self, value: Decimal | float) -> str:
        """x in a box 100 wide; values beyond the ends stand at the end."""
        share = (float(value) - self.low) / ((self.high - self.low) or 1.0)
        return f"{MARGIN + (100 - 2 * MARGIN) * min(max(share, 0.0), 1.0):.1f}"


def scale_of(values: Iterable[Decimal | None]) -> Scale:
    """Ends rounded outwards to a step that divides the span into about four."""
    numbers = [float(v) for v in values if v is not None]
    if not numbers:
        return Scale(0.0, 1.0)
    low, high = min(numbers), max(numbers)
    step = _step((high - low) / 4 or max(abs(high) / 4, 1.0))
    return Scale(floor(low / step) * step, ceil(high / step) * step if high > low else high + step)


def _step(width: float) -> float:
    power = 10.0 ** floor(log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width)
