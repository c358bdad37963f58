"""What is odd about a value: far from the school's own past, or from its peers. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from django.conf import settings
from django.utils.translation import gettext as _

# So many values of one's own make a past that a value can be far from.
ENOUGH = 4
SCALE = Decimal("1.4826")


def middle_of(values: Sequence[Decimal]) -> Decimal | None:
    return Decimal(median(values)) if values else None


def find_outlier(current: Decimal | None, past: Sequence[Decimal], peers: Sequence[Decimal]) -> str:
    """A sentence if the value lies far from the school's own history or from its peers, by the median deviation."""
    if current is None:
        return _("未填，见说明")
    if len(past) >= ENOUGH and (bounds := _usual(past)) and not bounds[0] <= current <= bounds[1]:
        low, high = (f"{bound:.0f}" for bound in bounds)
        if current < bounds[0]:
            return _("低于近 %(n)d 期下限 %(bound)s") % {"n": len(past), "bound": low}
        return _("高于近 %(n)d 期上限 %(bound)s") % {"n": len(past), "bound": high}
    if (
        len(peers) >= settings.COMPARABLE_MINIMUM
        and (bounds := _usual(peers))
        and not bounds[0] <= current <= bounds[1]
    ):
        return _("与同类学校相差较大")
    return ""


def is_usual(current: Decimal | None, past: Sequence[Decimal]) -> bool:
    """Between the least and the most of the past, when there is enough of it."""
    return current is not None and len(past) >= ENOUGH and min(past) <= current <= max(past)


def _usual(values: Sequence[Decimal]) -> tuple[Decimal, Decimal] | None:
    """Median ± limit × scaled median deviation; None when the values do not spread at all (then nothing is odd)."""
    middle = Decimal(median(values))
    spread = Decimal(median(abs(v - middle) for v in values)) * SCALE
    if spread == 0:
        return None
    reach = spread * Decimal(str(settings.OUTLIER_MAD_LIMIT))
    return max(middle - reach, Decimal(0)), middle + reach
