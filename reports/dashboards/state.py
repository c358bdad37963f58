"""What a dashboard shows, kept in its address: period, slice, boundaries, indicator, heat, compare."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.indicators.models import Indicator, Period, PeriodKind
from reports.rollup.models import Boundaries, Cell
from schools.registry.models import AreaType, Ownership, SchoolKind

SHOWN_KINDS = (PeriodKind.YEAR, PeriodKind.HALF, PeriodKind.QUARTER)
# How a reporting share is counted, first the default.
HEAT_MODES = (("handed", _("已报")), ("approved", _("已审")), ("ontime", _("按时")))


@dataclass(frozen=True, slots=True)
class State:
    period: Period
    slice: str
    boundaries: int
    indicator: Indicator
    periods: tuple[tuple[str, str], ...]
    heat: str = HEAT_MODES[0][0]
    # Code of the district whose comparable group a city page shows; "" lets the page choose.
    compare: str = ""

    @property
    def is_current(self) -> bool:
        return self.boundaries == Boundaries.CURRENT

    @property
    def slice_label(self) -> str:
        return dict(slice_options())[self.slice]

    @property
    def boundaries_label(self) -> str:
        return str(_("按现行区划重算") if self.is_current else _("当期区划"))


def slice_options() -> list[tuple[str, str]]:
    return [
        ("all", str(_("全部学校"))),
        *((f"kind:{value}", str(label)) for value, label in SchoolKind.choices),
        *((f"area:{value}", str(label)) for value, label in AreaType.choices),
        *((f"ownership:{value}", str(label)) for value, label in Ownership.choices),
    ]


def read_state(query: QueryDict, *, default_indicator: str) -> State:
    """Raises Http404 for a period, slice or indicator that does not exist. Three queries."""
    used = list(
        Period.objects.filter(Exists(Cell.objects.filter(period=OuterRef("pk"))), kind__in=SHOWN_KINDS).order_by(
            "-end", "start"
        )
    )
    chosen = query.get("period", "")
    period = next((p for p in used if p.code == chosen), None) if chosen else _latest(used)
    code = query.get("indicator", default_indicator).replace("\0", "")
    indicator = Indicator.objects.select_related("numerator").filter(code=code).first()
    part = query.get("slice", "all")
    if (chosen and period is None) or indicator is None or part not in dict(slice_options()):
        raise Http404
    heat = query.get("heat", HEAT_MODES[0][0])
    if heat not in dict(HEAT_MODES):
        raise Http404
    boundaries = Boundaries.CURRENT if query.get("boundaries") == "current" else Boundaries.PERIOD
    if period is None:
        period = Period.objects.filter(kind=PeriodKind.QUARTER, end__lt=timezone.localdate()).order_by("-end")[0]
    names = tuple((p.code, p.name) for p in used)
    return State(period, part, int(boundaries), indicator, names, heat, query.get("compare", "").replace("\0", ""))


def _latest(used: list[Period]) -> Period | None:
    """The last quarter that has ended: newer figures trickle in and would show a handful of schools."""
    ended = [p for p in used if p.kind == PeriodKind.QUARTER and p.end < timezone.localdate()]
    return ended[0] if ended else (used[0] if used else None)
