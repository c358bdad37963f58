"""The review table: differences first, with what helps to judge them."""

from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median

from django.conf import settings
from django.utils.translation import gettext as _

from reports.collection.models import Return, Value, Verdict
from reports.collection.numbers import show_number
from reports.collection.services.values import load_cells
from reports.indicators.models import Indicator, Origin

HISTORY = 8


@dataclass(slots=True)
class ReviewRow:
    number: int
    indicator: Indicator
    text: str
    previous: Decimal | None
    change: Decimal | None
    peers: Decimal | None
    history: list[Decimal]
    flag: str
    verdict: str
    reason: str
    remark: str
    changed_since_return: bool

    @property
    def is_plain(self) -> bool:
        """Nothing to look at: no flag, no change, no remark."""
        return not self.flag and not self.change and not self.remark and not self.changed_since_return

    @property
    def points(self) -> str:
        """The history as points of an SVG polyline in a box of 80 × 20."""
        if len(self.history) < 2:
            return ""
        low, high = min(self.history), max(self.history)
        span = float(high - low) or 1.0
        step = 80 / (len(self.history) - 1)
        return " ".join(f"{i * step:.1f},{18 - 16 * float(v - low) / span:.1f}" for i, v in enumerate(self.history))


@dataclass(slots=True)
class Review:
    record: Return
    rows: list[ReviewRow] = field(default_factory=list)

    @property
    def shown(self) -> list[ReviewRow]:
        return sorted((r for r in self.rows if not r.is_plain), key=lambda r: (not r.flag, r.number))

    @property
    def folded(self) -> list[ReviewRow]:
        return [row for row in self.rows if row.is_plain]

    @property
    def flags(self) -> int:
        return sum(bool(row.flag) for row in self.rows)


def get_review(*, record: Return) -> Review:
    """The table of one return in six queries: cells, own history, values of comparable schools of the district."""
    cells = load_cells(record)
    history = _own_history(record)
    peers = _peer_values(record)
    review = Review(record)
    for number, (code, indicator) in enumerate(cells.fields.items(), 1):
        if indicator.origin != Origin.REPORTED:
            continue
        value = cells.values.get(code)
        past = history.get(code, [])
        current = value.number if value else None
        others = peers.get(code, [])
        review.rows.append(
            ReviewRow(
                number=number,
                indicator=indicator,
                text=show_number(current, indicator, value.qualifier if value else 0) or "—",
                previous=past[-1] if past else None,
                change=current - past[-1] if current is not None and past else None,
                peers=Decimal(median(others)) if others else None,
                history=[*past, *([current] if current is not None else [])],
                flag=find_outlier(current, past, others),
                verdict=value.verdict if value else "",
                reason=value.verdict_reason if value else "",
                remark=value.remark if value else "",
                changed_since_return=bool(value and value.verdict == Verdict.RETURNED),
            )
        )
    return review


def _own_history(record: Return) -> dict[str, list[Decimal]]:
    past = list(
        Return.objects.filter(
            form=record.form, school=record.school, period__end__lt=record.period.end, status="approved"
        ).order_by("-period__end")[:HISTORY]
    )
    values = (
        Value.objects.filter(return_record__in=past, number__isnull=False)
        .order_by("return_record__period__end")
        .values_list("indicator__code", "number")
    )
    found: dict[str, list[Decimal]] = {}
    for code, number in values:
        if number is not None:
            found.setdefault(code, []).append(number)
    return found


def _peer_values(record: Return) -> dict[str, list[Decimal]]:
    """Handed-in values of the other schools of the same kind in the district, same form and period."""
    values = Value.objects.filter(
        return_record__form=record.form,
        return_record__period=record.period,
        return_record__status__in=["approved", "submitted"],
        return_record__school__district=record.school.district_id,
        return_record__school__kind=record.school.kind,
        number__isnull=False,
    ).exclude(return_record=record)
    found: dict[str, list[Decimal]] = {}
    for code, number in values.values_list("indicator__code", "number"):
        if number is not None:
            found.setdefault(code, []).append(number)
    return found


def find_outlier(current: Decimal | None, past: list[Decimal], peers: list[Decimal]) -> str:
    """A sentence if the value lies far from the school's own history or from its peers, by the median deviation."""
    if current is None:
        return _("未填，见说明")
    if len(past) >= 4 and (bounds := _usual(past)) and not bounds[0] <= current <= bounds[1]:
        low, high = (f"{bound:.0f}" for bound in bounds)
        if current < bounds[0]:
            return _("低于近 %(n)d 期下限 %(bound)s") % {"n": len(past), "bound": low}
        return _("高于近 %(n)d 期上限 %(bound)s") % {"n": len(past), "bound": high}
    if len(peers) >= settings.COMPARABLE_MINIMUM and (bounds := _usual(peers)) and not bounds[0] <= current <= bounds[1]:
        return _("与同类学校相差较大")
    return ""


def _usual(values: list[Decimal]) -> tuple[Decimal, Decimal] | None:
    """Median ± limit × scaled median deviation; None when the values do not spread at all (then nothing is odd)."""
    middle = Decimal(median(values))
    spread = Decimal(median(abs(v - middle) for v in values)) * Decimal("1.4826")
    if spread == 0:
        return None
    reach = spread * Decimal(str(settings.OUTLIER_MAD_LIMIT))
    return max(middle - reach, Decimal(0)), middle + reach
