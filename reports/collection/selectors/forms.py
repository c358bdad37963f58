"""The forms as the city reads them: what is collected from whom and when, and how far the last round has come."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Max
from django.utils import timezone

from districts.access import Scope, within
from reports.collection.models import Form, FormField, Return, ReturnStatus
from reports.collection.services.opening import collects, window
from reports.indicators.models import Origin, Period
from schools.registry.models import Ownership, SchoolKind


@dataclass(slots=True)
class Round:
    """The newest period of a form: how many returns there are, by status."""

    period: str
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def handed_in(self) -> int:
        return self.total - self.counts.get(ReturnStatus.DRAFT, 0)

    @property
    def approved(self) -> int:
        return self.counts.get(ReturnStatus.APPROVED, 0)


@dataclass(frozen=True, slots=True)
class Window:
    period: str
    opens: date
    due: date
    closes: date


@dataclass(slots=True)
class FormOverview:
    form: Form
    fields: list[FormField]
    audience: str
    latest: Round | None
    following: Window | None

    @property
    def typed(self) -> int:
        return sum(f.indicator.origin == Origin.REPORTED for f in self.fields)

    @property
    def computed(self) -> int:
        return len(self.fields) - self.typed


def list_form_overviews(*, scope: Scope) -> list[FormOverview]:
    """Every form with its cells, its audience, its newest round in the scope and its next window. Five queries."""
    forms = list(Form.objects.order_by("order"))
    fields: dict[int, list[FormField]] = {form.pk: [] for form in forms}
    for row in FormField.objects.select_related("indicator", "section").order_by("form_id", "order"):
        fields[row.form_id].append(row)
    rounds = _newest_rounds(scope)
    windows = _next_windows(forms)
    return [
        FormOverview(form, fields[form.pk], audience_of(form), rounds.get(form.pk), windows.get(form.pk))
        for form in forms
    ]


def audience_of(form: Form) -> str:
    """Who fills it, in words; empty for everybody."""
    kinds, ownerships = dict(SchoolKind.choices), dict(Ownership.choices)
    words = [str(kinds[k]) for k in form.kinds if k in kinds] + [
        str(ownerships[o]) for o in form.ownerships if o in ownerships
    ]
    return "、".join(words)


def _newest_rounds(scope: Scope) -> dict[int, Round]:
    returns = within(Return.objects.all(), scope)
    newest = dict(returns.values_list("form_id").annotate(Max("period__end")).order_by())
    rows = (
        returns.filter(period__end__in=set(newest.values()))
        .values_list("form_id", "period__name", "period__end", "status")
        .annotate(Count("pk"))
        .order_by()
    )
    found: dict[int, Round] = {}
    for form, name, end, status, count in rows:
        if newest[form] == end:
            found.setdefault(form, Round(name)).counts[status] = count
    return found


def _next_windows(forms: list[Form]) -> dict[int, Window]:
    """The first window of each form that has not opened yet."""
    today = timezone.localdate()
    periods = list(Period.objects.filter(end__gte=today).order_by("end"))
    found = {}
    for form in forms:
        for period in periods:
            if collects(form, period):
                found[form.pk] = Window(period.name, *window(form, period))
                break
    return found
