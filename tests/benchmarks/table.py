"""What a row measures, how it is judged, and the table that is printed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Line:
    """One measured row. `subject` and `floor` are in `unit`; the ratio is subject ÷ floor, whatever is better."""

    subject: float
    floor: float
    unit: str
    note: str = ""
    # Absolute figures that belong to the row, e.g. {"p95 ms": 640}.
    figures: dict[str, float] = field(default_factory=dict)
    # Filled in by the registry.
    name: str = ""
    title: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def ratio(self) -> float:
        return self.subject / self.floor if self.floor else float("inf")

    @property
    def holds(self) -> bool | None:
        """Whether the required ratio holds; None where none is required."""
        if self.most is not None:
            return self.ratio <= self.most
        if self.least is not None:
            return self.ratio >= self.least
        return None

    @property
    def required(self) -> str:
        if self.most is not None:
            return f"≤ {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 4), "holds": self.holds}


HEAD = ("row", "subject : floor", "subject", "floor", "ratio", "required", "")


def table(lines: Iterable[Line]) -> str:
    """Columns as wide as their content; the absolute figures and notes of a row stand below it."""
    rows = [HEAD] + [_cells(line) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    text = []
    for row, line in zip(rows, [None, *lines], strict=True):
        cells = [c.ljust(w) if n < 2 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True))]
        text.append("  ".join(cells).rstrip())
        if line and (details := _details(line)):
            text.append(f"{'':{widths[0]}}    {details}")
    return "\n".join(text)


def _cells(line: Line) -> tuple[str, ...]:
    verdict = {True: "holds", False: "MISSED", None: ""}[line.holds]
    return (
        line.name,
        line.title,
        f"{line.subject:,.2f} {line.unit}",
        f"{line.floor:,.2f} {line.unit}",
        f"{line.ratio:.2f}",
        line.required,
        verdict,
    )


def _details(line: Line) -> str:
    figures = [
        f"{name} {value:,.0f}" if value >= 100 else f"{name} {value:,.3g}" for name, value in line.figures.items()
    ]
    return "; ".join([*figures, line.note] if line.note else figures)
