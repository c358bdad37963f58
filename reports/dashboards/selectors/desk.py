"""What lies on the desk of a school: its returns of the quarter, what it had to type anew, what falls due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Unit
from reports.collection.models import FormField, Return, ReturnStatus, Value, ValueSource
from reports.collection.selectors.returns import Badge, badge_of
from reports.dashboards.state import State
from reports.indicators.models import Indicator
from schools.party.models import PartyOrganisation

from .progress import leaf_periods
from .series import Figure, build_figures, read_series

SHOWN = ("X01", "X05", "L03", "L11", "G03", "X15")
DAYS = timedelta(days=30)
KNOWN = (ValueSource.CARRIED, ValueSource.RECORDS)


@dataclass(frozen=True, slots=True)
class DeskReturn:
    """`filled` of `cells` have a value or a remark; `typed` of them by hand."""

    record: Return
    badge: Badge
    cells: int
    filled: int
    typed: int

    @property
    def open(self) -> int:
        return max(self.cells - self.filled, 0)


@dataclass(frozen=True, slots=True)
class Burden:
    """Cells by where their value came from."""

    known: int
    computed: int
    typed: int

    @property
    def total(self) -> int:
        return self.known + self.computed + self.typed


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Desk:
    returns: list[DeskReturn]
    figures: list[Figure]
    burden: Burden
    days: list[Day]


def get_desk(*, scope: Scope, school: Unit, state: State) -> Desk:
    """The desk of one school in the period of `state`; about twelve queries."""
    indicators = list(Indicator.objects.filter(code__in=SHOWN))
    series = read_series(scope=scope, unit=school, indicators=indicators, state=state)
    figures = build_figures(series=series, indicators=indicators, state=state, unit=school)
    returns = _returns(school, state)
    sources = _sources(school, state)
    burden = Burden(
        sum(sources.get(source, 0) for source in KNOWN),
        sources.get(ValueSource.COMPUTED, 0),
        sources.get(ValueSource.TYPED, 0) + sources.get(ValueSource.IMPORTED, 0),
    )
    return Desk(returns, [figures[code] for code in SHOWN if code in figures], burden, _days(school))


def _returns(school: Unit, state: State) -> list[DeskReturn]:
    """Returns of the period, and older ones that are still open."""
    wanted = Q(period__in=leaf_periods(state.period)) | Q(status__in=[ReturnStatus.DRAFT, ReturnStatus.RETURNED])
    records = list(
        Return.objects.filter(wanted, school=school.pk, opens_on__lte=timezone.localdate())
        .select_related("form", "period")
        .order_by("-period__end", "form__order")
    )
    cells = dict(
        FormField.objects.filter(form__in={r.form_id for r in records}, indicator__origin="reported")
        .values_list("form_id")
        .annotate(Count("pk"))
        .order_by()
    )
    told = Q(number__isnull=False) | ~Q(remark="")
    by_hand = Q(source__in=[ValueSource.TYPED, ValueSource.IMPORTED])
    counts = {
        record: (filled, typed)
        for record, filled, typed in Value.objects.filter(return_record__in=records, indicator__origin="reported")
        .values_list("return_record_id")
        .annotate(filled=Count("pk", filter=told), typed=Count("pk", filter=told & by_hand))
        .order_by()
    }
    return [DeskReturn(r, badge_of(r), cells.get(r.form_id, 0), *counts.get(r.pk, (0, 0))) for r in records]


def _sources(school: Unit, state: State) -> Mapping[str, int]:
    rows = (
        Value.objects.filter(
            return_record__school=school.pk, return_record__period__in=leaf_periods(state.period), number__isnull=False
        )
        .values_list("source")
        .annotate(Count("pk"))
        .order_by()
    )
    return dict(rows)


def _days(school: Unit) -> list[Day]:
    """What falls due within 30 days: returns that are still open, and terms of branches."""
    today = timezone.localdate()
    span = (today, today + DAYS)
    due = Return.objects.filter(
        school=school.pk, status__in=[ReturnStatus.DRAFT, ReturnStatus.RETURNED], closes_on__range=span
    ).select_related("form", "period")
    days = [Day(r.closes_on, _("%(form)s（%(period)s）截止") % {"form": r.form, "period": r.period}) for r in due]
    ends = PartyOrganisation.objects.filter(school=school.pk, valid_to=None, term_end__range=span)
    days += [Day(o.term_end, _("%s任期届满") % o.name) for o in ends if o.term_end]
    return sorted(days, key=lambda day: (day.day, day.text))
