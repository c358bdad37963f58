"""Reading builds: the list with what is due, one build with its plan and papers, its way as a timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope, get_within, within
from districts.models import District, Level, Role
from districts.selectors.search import matching
from portal.postgres.counting import count_rows
from portal.ui.formats import show_left
from projects.creation.duties import BUILDING, IS_BUILD, SOON_DAYS, with_duties
from projects.creation.models import Goal, Milestone, Paper, PaperKind, PaperStatus
from projects.selection.models import Designation, DesignationLevel, DesignationStatus
from projects.selection.rules.access import FILLERS

RELATED = ("kind", "school__district", "organisation", "office__unit", "district", "round")
ALL, LATE, SOON, WAITING, LATER, OVER = "all", "late", "soon", "waiting", "later", "over"


@dataclass(frozen=True, slots=True)
class Duty:
    """What is due next in a build. `state`: late, soon, waiting (handed in, somebody checks), later, over (nothing)."""

    kind: str
    due: date | None
    paper_pk: int | None
    paper_status: str
    state: str

    @property
    def word(self) -> str:
        return str(PaperKind(self.kind).label) if self.kind else ""

    @property
    def left(self) -> str:
        """还有 30 天, 逾期 3 天; nothing where nothing is due."""
        return show_left(self.due) if self.due else ""


def duty_of(build: Designation) -> Duty:
    """The duty of a row of `list_builds` or `get_build`."""
    row: Any = build
    state = LATER
    today = timezone.localdate()
    if not row.next_kind:
        state = OVER
    elif row.paper_status == PaperStatus.SUBMITTED:
        state = WAITING
    elif row.next_due is not None and row.next_due < today:
        state = LATE
    elif row.next_due is not None and row.next_due <= today + timedelta(days=SOON_DAYS):
        state = SOON
    return Duty(row.next_kind, row.next_due, row.paper_pk, row.paper_status, state)


def _condition(state: str) -> Q:
    """The same states as conditions on `with_duties`."""
    today = timezone.localdate()
    soon = today + timedelta(days=SOON_DAYS)
    building = Q(status__in=BUILDING)
    handed_in = Q(paper_status=PaperStatus.SUBMITTED)
    return {
        LATE: building & ~handed_in & Q(next_due__lt=today),
        SOON: building & ~handed_in & Q(next_due__gte=today, next_due__lte=soon),
        WAITING: building & handed_in,
        OVER: ~building,
        ALL: Q(),
    }.get(state, building)


def _builds(scope: Scope) -> "QuerySet[Designation]":
    return within(with_duties(Designation.objects.filter(IS_BUILD)), scope)


def list_builds(*, scope: Scope, filters: Mapping[str, str]) -> "QuerySet[Designation]":
    """Builds in the scope with their duties, what is due first on top.

    `filters`: state (all, late, soon, waiting, over; otherwise all that are built), level, district, school (codes),
    stage (kind of the next paper), q (school or brand).
    """
    rows = _builds(scope).select_related(*RELATED).filter(_condition(filters.get("state", "")))
    if filters.get("level"):
        rows = rows.filter(level=filters["level"])
    if filters.get("district"):
        rows = rows.filter(school__district__code=filters["district"])
    if filters.get("school"):
        rows = rows.filter(school__code=filters["school"])
    if filters.get("stage"):
        rows = rows.filter(Q(next_kind=filters["stage"]))
    if text := filters.get("q", "").strip():
        rows = rows.filter(Q(brand__icontains=text) | matching(text, "school"))
    return rows.order_by("next_due", "school__district__code", "school__code", "pk")


@dataclass(frozen=True, slots=True)
class Counts:
    building: int
    late: int
    soon: int
    waiting: int
    over: int


def count_builds(*, scope: Scope) -> Counts:
    """How many are being built, are late, fall due soon, wait for a check, have ended."""
    found = _builds(scope).aggregate(
        building=Count("pk", filter=_condition("")),
        late=Count("pk", filter=_condition(LATE)),
        soon=Count("pk", filter=_condition(SOON)),
        waiting=Count("pk", filter=_condition(WAITING)),
        over=Count("pk", filter=_condition(OVER)),
    )
    return Counts(**found)


def count_tasks(*, scope: Scope) -> int:
    """What this person has to do now: papers due soon or late at a school, papers to be checked at a keeper."""
    return count_rows("creation.tasks", scope, lambda: _builds(scope).filter(_mine(scope)).values("pk"))


def _mine(scope: Scope) -> Q:
    mine = Q(pk__in=[])
    if schools := scope.unit_ids(Level.SCHOOL, FILLERS):
        mine |= Q(school__in=schools) & (_condition(LATE) | _condition(SOON))
    if districts := scope.unit_ids(Level.DISTRICT, (Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER)):
        mine |= Q(level=DesignationLevel.DISTRICT, district__in=districts) & _condition(WAITING)
    if scope.unit_ids(Level.CITY, (Role.CITY_ADMIN, Role.CITY_STAFF)):
        mine |= ~Q(level=DesignationLevel.DISTRICT) & _condition(WAITING)
    return mine


def list_choosable_districts(*, scope: Scope) -> "QuerySet[District]":
    """Districts of today in which the scope sees schools with builds."""
    return District.objects.filter(pk__in=_builds(scope).values("school__district")).order_by("code")


def get_build(*, scope: Scope, pk: int) -> Designation:
    """One build with its duty; Http404 outside the scope, and for titles that are not built."""
    rows = with_duties(Designation.objects.filter(IS_BUILD))
    return get_within(rows.select_related(*RELATED, "kind__becomes", "successor__kind"), scope, pk=pk)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a build: its paper (None: not begun), goals, and milestones with how many are done."""

    paper: Paper | None
    goals: list[Goal]
    milestones: list[Milestone]

    @property
    def done(self) -> int:
        return sum(row.done_on is not None for row in self.milestones)

    @property
    def is_agreed(self) -> bool:
        return self.paper is not None and self.paper.status == PaperStatus.SETTLED


def get_plan(build: Designation) -> Plan:
    paper = Paper.objects.filter(designation=build, kind=PaperKind.PLAN).first()
    if paper is None:
        return Plan(None, [], [])
    return Plan(paper, list(paper.goals.all()), list(paper.milestones.all()))


def list_papers(build: Designation) -> list[Paper]:
    """Every paper of the build, oldest first, with how many files it has as `files`."""
    return list(Paper.objects.filter(designation=build).annotate(files=Count("evidence")).order_by("id"))


def list_of_school(*, scope: Scope, school_id: int) -> list[Designation]:
    """The builds of one school, for its page; those that run first."""
    rows = _builds(scope).select_related(*RELATED, "kind__becomes").filter(school=school_id)
    return sorted(rows, key=lambda row: (row.status not in BUILDING, -row.pk))


@dataclass(frozen=True, slots=True)
class Moment:
    """A point on the way of a build. `state`: done, now, late, later; `urgent`: what its note says is short or over."""

    day: date
    title: str
    note: str
    state: str
    paper_pk: int | None = None
    urgent: bool = False


def timeline_of(build: Designation, papers: list[Paper]) -> list[Moment]:
    """What was and what will be, in the order of days."""
    found = [Moment(build.valid_from, _("授予：%s") % build.kind, build.batch, "done")]
    for paper in papers:
        if paper.settled_on is not None:
            title = f"{paper.get_kind_display()}：{paper.get_result_display()}"
            found.append(Moment(paper.settled_on, title, paper.finding, "done", paper.pk))
    duty = duty_of(build)
    if duty.kind and duty.due:
        state = "late" if duty.state == LATE else "now"
        found.append(Moment(
            duty.due, _("应报：%s") % duty.word, duty.left, state, duty.paper_pk, urgent=duty.state in (LATE, SOON)
        ))  # fmt: skip
    found += _ahead(build, duty)
    if build.ended_on is not None:
        successor = getattr(build, "successor", None)
        note = _("转为%s") % successor.kind if successor is not None else ""
        found.append(Moment(build.ended_on, str(DesignationStatus(build.status).label), note, "done"))
    return sorted(found, key=lambda moment: (moment.state != "done", moment.day))


def _ahead(build: Designation, duty: Duty) -> list[Moment]:
    """Checks that come after the next one."""
    found = []
    if duty.kind == PaperKind.PLAN and build.midterm_due:
        found.append(Moment(build.midterm_due, _("中期检查"), "", "later"))
    if duty.kind and duty.kind != PaperKind.ACCEPTANCE and build.valid_to:
        found.append(Moment(build.valid_to, _("期满验收"), "", "later"))
    return found
