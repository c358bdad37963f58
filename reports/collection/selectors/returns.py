"""Lists of returns: what a scope sees, what waits, how far a form has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope, get_within, within
from districts.models import Level
from reports.collection.models import Return, ReturnStatus, Value, Verdict
from reports.collection.process import FILLERS, REVIEWERS


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


def list_returns(*, scope: Scope, filters: Mapping[str, str] | None = None) -> QuerySet[Return]:
    """Returns in the scope, newest period first; filters: status, form, period, district, q."""
    chosen = filters or {}
    returns = within(Return.objects.all(), scope).select_related("form", "period", "school", "school__district")
    conditions = {
        "status": "status",
        "form": "form__code",
        "period": "period__code",
        "district": "school__district__code",
        "school": "school__code",
    }
    for name, lookup in conditions.items():
        if value := chosen.get(name, "").replace("\0", ""):
            returns = returns.filter(**{lookup: value})
    if words := chosen.get("q", "").replace("\0", "").strip():
        returns = returns.filter(Q(school__name__icontains=words) | Q(school__initials__contains=words.lower()))
    return returns.order_by("-period__end", "form__order", "school__code", "pk")


def get_return(*, scope: Scope, pk: int) -> Return:
    """One return that the scope may see; Http404 otherwise."""
    returns = Return.objects.select_related("form", "period", "school", "school__district", "school__zone", "submitted_by")
    return get_within(returns, scope, pk=pk)


def badge_of(record: Return, *, reviewing: bool = False) -> Badge:
    """Whose turn it is, as colour, icon and word."""
    today = timezone.localdate()
    if record.status == ReturnStatus.APPROVED:
        return Badge("done", "check", _("县级已通过"))
    if record.status == ReturnStatus.SUBMITTED:
        return Badge("yours" if reviewing else "waiting", "clock", _("待县级审核"))
    if record.status == ReturnStatus.RETURNED:
        return Badge("waiting" if reviewing else "back", "arrow-back-up", _("已退回") if reviewing else _("被退回"))
    if record.closes_on < today:
        return Badge("short", "alert-triangle", _("逾期未报"))
    if record.due_on < today:
        return Badge("short", "alert-triangle", _("已过截止日"))
    return Badge("waiting" if reviewing else "yours", "pencil", _("填写中"))


def review_queue(*, scope: Scope, status: str = ReturnStatus.SUBMITTED, form: str = "") -> QuerySet[Return]:
    """What a reviewer works down, earliest due day first."""
    districts = scope.unit_ids(Level.DISTRICT, REVIEWERS)
    returns = Return.objects.filter(school__district__in=districts, status=status)
    if form:
        returns = returns.filter(form__code=form)
    return returns.select_related("form", "period", "school").order_by("due_on", "submitted_at", "pk")


def count_queue(*, scope: Scope) -> dict[str, int]:
    """status → number of returns in the districts that the scope reviews; one query."""
    districts = scope.unit_ids(Level.DISTRICT, REVIEWERS)
    rows = Return.objects.filter(school__district__in=districts).values_list("status").annotate(Count("pk"))
    return dict(rows)


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the workbench."""

    record: Return
    due: date
    sent_back: tuple[tuple[str, str, str], ...]
    open_cells: int


def list_tasks(*, scope: Scope) -> list[Task]:
    """What the school has to do now: what came back first, then by due day. Three queries."""
    schools = scope.unit_ids(Level.SCHOOL, FILLERS)
    today = timezone.localdate()
    records = list(
        Return.objects.filter(
            school__in=schools,
            status__in=[ReturnStatus.DRAFT, ReturnStatus.RETURNED],
            opens_on__lte=today,
            closes_on__gte=today,
        )
        .select_related("form", "period", "school")
        .annotate(cells=Count("form__fields", filter=Q(form__fields__indicator__origin="reported"), distinct=True))
    )
    sent_back: dict[int, list[tuple[str, str, str]]] = {}
    values = Value.objects.filter(return_record__in=records, verdict=Verdict.RETURNED).select_related("indicator")
    for value in values:
        number = "—" if value.number is None else f"{value.number.normalize():f}"
        line = (value.indicator.name, number + value.indicator.unit_of_measure, value.verdict_reason)
        sent_back.setdefault(value.return_record_id, []).append(line)
    filled = dict(
        Value.objects.filter(return_record__in=records)
        .filter(Q(number__isnull=False) | ~Q(remark=""))
        .values_list("return_record_id")
        .annotate(Count("pk"))
    )
    tasks = [
        Task(r, r.closes_on if r.due_on < today else r.due_on, tuple(sent_back.get(r.pk, ())), max(_cells(r) - filled.get(r.pk, 0), 0))
        for r in records
    ]
    return sorted(tasks, key=lambda task: (not task.sent_back, task.due))


def _cells(record: Any) -> int:
    return int(record.cells)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many schools owe the form, and how far they are. `missing` is not handed in at all."""

    approved: int = 0
    submitted: int = 0
    returned: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        return self.approved + self.submitted + self.returned + self.missing

    @property
    def handed_in(self) -> int:
        return self.total - self.missing


def count_progress(*, period_ids: list[int], district_ids: list[int] | None = None) -> dict[tuple[int, int], Progress]:
    """(district, form) → Progress over these periods, by the district of the period; one query."""
    returns = Return.objects.filter(period__in=period_ids)
    if district_ids is not None:
        returns = returns.filter(district__in=district_ids)
    rows = returns.values_list("district_id", "form_id").annotate(
        approved=Count("pk", filter=Q(status=ReturnStatus.APPROVED)),
        submitted=Count("pk", filter=Q(status=ReturnStatus.SUBMITTED)),
        returned=Count("pk", filter=Q(status=ReturnStatus.RETURNED)),
        missing=Count("pk", filter=Q(status=ReturnStatus.DRAFT)),
    )
    return {(district, form): Progress(*counts) for district, form, *counts in rows.order_by()}
