"""Lists of returns: what a scope sees, what waits, how far a form has come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope, get_within, within
from districts.models import Level
from districts.selectors.search import matching
from portal.ui.formats import show_day
from reports.collection.models import Return, ReturnStatus, Value, Verdict
from reports.collection.process import FILLERS, REVIEWERS
from reports.indicators.selectors import list_leaves

# The first moment at which a return is late; the database counts days as the city does.
DAY_AFTER_DUE = ExpressionWrapper(F("due_on") + timedelta(days=1), output_field=DateTimeField())
# Where a status is counted in Progress.
STANDING = {
    str(ReturnStatus.APPROVED): "approved",
    str(ReturnStatus.SUBMITTED): "submitted",
    str(ReturnStatus.RETURNED): "returned",
    str(ReturnStatus.DRAFT): "missing",
}


@dataclass(frozen=True, slots=True)
class Badge:
    tone: str
    icon: str
    word: str


def list_returns(*, scope: Scope, filters: Mapping[str, str] | None = None) -> QuerySet[Return]:
    """Returns in the scope, newest period first; filters: status, form, period, district, school, q, and as a dashboard
    counts them: `within` a period or its parts, `at` the district of the period."""
    chosen = filters or {}
    returns = within(Return.objects.all(), scope).select_related("form", "period", "school", "school__district")
    conditions = {
        "status": "status",
        "form": "form__code",
        "period": "period__code",
        "district": "school__district__code",
        "at": "district__code",
        "school": "school__code",
    }
    for name, lookup in conditions.items():
        if value := chosen.get(name, "").replace("\0", ""):
            returns = returns.filter(**{lookup: value})
    if whole := chosen.get("within", "").replace("\0", ""):
        returns = returns.filter(period__in=list_leaves(code=whole))
    if words := chosen.get("q", "").replace("\0", "").strip():
        returns = returns.filter(matching(words, "school"))
    return returns.order_by("-period__end", "form__order", "school__code", "pk")


def get_return(*, scope: Scope, pk: int) -> Return:
    """One return that the scope may see; Http404 otherwise."""
    returns = Return.objects.select_related(
        "form", "period", "school", "school__district", "school__zone", "submitted_by"
    )
    return get_within(returns, scope, pk=pk)


def find_return(*, scope: Scope, pk: int) -> Return:
    """The same alone, for a step that fetches what it needs itself."""
    return get_within(Return.objects.all(), scope, pk=pk)


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
    if record.extended_to and record.due_on < today:
        return Badge("short", "clock", _("已延期至 %s") % show_day(record.extended_to))
    if record.due_on < today:
        return Badge("short", "alert-triangle", _("已过截止日"))
    return Badge("waiting" if reviewing else "yours", "pencil", _("填写中"))


def review_queue(
    *, scope: Scope, status: str = ReturnStatus.SUBMITTED, filters: Mapping[str, str] | None = None
) -> QuerySet[Return]:
    """What a reviewer works down, earliest due day first; filters: form, period, zone (codes)."""
    returns = _reviewed(scope, filters).filter(status=status)
    return returns.select_related("form", "period", "school__district").order_by("due_on", "submitted_at", "pk")


def count_queue(*, scope: Scope, filters: Mapping[str, str] | None = None) -> dict[str, int]:
    """status → number of returns in the districts that the scope reviews; one query."""
    return dict(_reviewed(scope, filters).values_list("status").annotate(Count("pk")).order_by())


def _reviewed(scope: Scope, filters: Mapping[str, str] | None) -> QuerySet[Return]:
    returns = Return.objects.filter(school__district__in=scope.unit_ids(Level.DISTRICT, REVIEWERS))
    lookups = {"form": "form__code", "period": "period__code", "zone": "school__zone__code"}
    chosen = {lookup: value for name, lookup in lookups.items() if (value := (filters or {}).get(name, ""))}
    return returns.filter(**{lookup: value.replace("\0", "") for lookup, value in chosen.items()})


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the workbench."""

    record: Return
    due: date
    sent_back: tuple[tuple[str, str, str], ...]
    open_cells: int


def _open_to(scope: Scope) -> QuerySet[Return]:
    """Returns that the scope's schools may fill today."""
    today = timezone.localdate()
    return Return.objects.filter(
        school__in=scope.unit_ids(Level.SCHOOL, FILLERS),
        status__in=[ReturnStatus.DRAFT, ReturnStatus.RETURNED],
        opens_on__lte=today,
        closes_on__gte=today,
    )


def count_tasks(*, scope: Scope) -> int:
    """How many lines `list_tasks` would have, for the navigation of every page. One query."""
    return _open_to(scope).count()


def list_tasks(*, scope: Scope) -> list[Task]:
    """What the school has to do now: what came back first, then by due day. Three queries."""
    records = list(
        _open_to(scope)
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
    today = timezone.localdate()
    tasks = [
        Task(
            r,
            r.closes_on if r.due_on < today else r.due_on,
            tuple(sent_back.get(r.pk, ())),
            max(_cells(r) - filled.get(r.pk, 0), 0),
        )
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
    # Handed in for the first time by the due day, whatever became of it later.
    on_time: int = 0
    # The last day on which one of them is due.
    due: date | None = None

    def __add__(self, other: "Progress") -> "Progress":
        # Spelled out: the heat table of a city adds a thousand of them.
        return Progress(
            self.approved + other.approved, self.submitted + other.submitted, self.returned + other.returned,
            self.missing + other.missing, self.on_time + other.on_time,
            max(filter(None, (self.due, other.due)), default=None),
        )  # fmt: skip

    @property
    def total(self) -> int:
        return self.approved + self.submitted + self.returned + self.missing

    @property
    def handed_in(self) -> int:
        return self.total - self.missing


def count_progress(
    *, period_ids: list[int], district_ids: list[int] | None = None, today: bool = False
) -> dict[tuple[int, int], Progress]:
    """(district, form) → Progress over these periods, by the district of the period (or of `today`); one query."""
    place = "school__district_id" if today else "district_id"
    returns = Return.objects.filter(period__in=period_ids)
    if district_ids is not None:
        returns = returns.filter(**{f"{place}__in": district_ids})
    # One group a status is half the work of a condition for each, over the tens of thousands of returns of a period.
    rows = returns.values_list(place, "form_id", "status").annotate(
        count=Count("*"), on_time=Count("status", filter=Q(first_submitted_at__lt=DAY_AFTER_DUE)), due=Max("due_on")
    )
    found: dict[tuple[int, int], Progress] = {}
    for district, form, status, count, on_time, due in rows.order_by():
        part = Progress(**{STANDING[status]: count}, on_time=on_time, due=due)
        found[district, form] = found.get((district, form), Progress()) + part
    return found


def name_returns(ids: Collection[int]) -> dict[int, str]:
    """Words for returns in the record of changes."""
    rows = Return.objects.filter(pk__in=ids).select_related("form", "period", "school")
    return {row.pk: str(row) for row in rows}
