"""What the whole city may be told where one late school would blank the figure: about how much, never how many."""

from decimal import Decimal
from typing import Any

import pytest

from reports.indicators.models import Qualifier
from reports.rollup.selectors import CellRow
from reports.rollup.selectors.suppression import round_off


def row(**known: Any) -> CellRow:
    return CellRow(**{name: known.get(name) for name in CellRow._fields})


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"value": Decimal(1234), "total": Decimal(1234)}, 1230),
        ({"value": Decimal(99), "total": Decimal(99)}, None),
        ({"value": Decimal("73.149"), "denominator": Decimal(12489)}, Decimal("73.1")),
        ({"value": Decimal("73.149"), "denominator": Decimal(1200)}, 73),
        ({"value": Decimal("73.149"), "denominator": Decimal(900)}, None),
        ({"value": None, "denominator": Decimal(0)}, None),
    ],
)
def test_so_rough_that_five_persons_cannot_be_told(known: dict[str, Any], told: Any) -> None:
    assert round_off(row(**known)) == told


def test_a_rounded_figure_is_about_and_has_no_parts() -> None:
    exact = row(value=Decimal("73.149"), numerator=Decimal(9136), denominator=Decimal(12489), high=Decimal(100))
    shown = exact.rounded(Decimal("73.1"))
    assert (shown.value, shown.qualifier, shown.suppressed) == (Decimal("73.1"), Qualifier.APPROXIMATE, False)
    assert (shown.numerator, shown.denominator, shown.total, shown.high) == (None, None, None, None)
