"""What reading cells takes and gives: the question, the place of a row, the row. Nothing here reads anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from reports.indicators.models import Qualifier
from reports.rollup.models import Boundaries


class Key(NamedTuple):
    """The order of the rows and the place at which a page ends."""

    period_end: str
    period_id: int
    unit_code: str
    indicator_order: int
    slice: str


@dataclass(frozen=True, slots=True)
class CellQuery:
    """What is asked for, in keys. Empty `units` means every unit of the levels in the scope.

    `inside`: districts, zones and groups whose schools are asked for; only figures of schools know it.
    """

    indicators: Sequence[int]
    periods: Sequence[int]
    levels: Sequence[str] = ()
    units: Sequence[int] = ()
    inside: Sequence[int] = ()
    slices: Sequence[str] = ("all",)
    boundaries: int = Boundaries.PERIOD
    after: Key | None = None
    limit: int | None = None


class CellRow(NamedTuple):
    """A figure with its pedigree. `suppressed`: counts 1–4 persons (or would reveal them) and is not shown."""

    key: Key
    period_id: int
    unit_id: int
    indicator_id: int
    indicator: str
    period: str
    unit_code: str
    unit_name: str
    level: str
    district_id: int | None
    district: str | None
    slice: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    total: Decimal | None
    low: Decimal | None
    high: Decimal | None
    qualifier: int
    reported: int
    expected: int
    as_of: datetime | None
    distribution: dict[str, int] | None = None
    suppressed: bool = False

    def masked(self) -> "CellRow":
        return self._replace(
            value=None, numerator=None, denominator=None, total=None, low=None, high=None,
            distribution=None, suppressed=True,
        )  # fmt: skip

    def rounded(self, value: Decimal) -> "CellRow":
        """Only about so much, and nothing that the figure was made of."""
        bare = self.masked()._replace(suppressed=False, value=value, qualifier=int(Qualifier.APPROXIMATE))
        return bare if self.total is None else bare._replace(total=value)

    def coarse(self) -> "CellRow":
        """Without what single schools have: the lowest and the highest of them."""
        if self.low is None and self.high is None and self.distribution is None:
            return self
        # By place and not by name: this is asked for most rows of most answers, and takes a third of the time so.
        return CellRow._make((*self[:LOW], None, None, *self[LOW + 2 : DISTRIBUTION], None, *self[DISTRIBUTION + 1 :]))


LOW, DISTRIBUTION = CellRow._fields.index("low"), CellRow._fields.index("distribution")
