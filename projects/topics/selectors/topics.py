"""Reading topics: the list with what is due, one topic with its papers and applications, its way as a timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from districts.access import Scope, get_within, within
from districts.models import District, Level, Role
from districts.selectors.search import matching
from portal.postgres.counting import count_rows
from portal.ui.formats import show_left
from portal.workflow.models import Event
from projects.selection.rules.access import FILLERS
from projects.topics.models import ENDED, OPEN, RUNNING, ChangedPart, Paper, PaperKind, PaperStatus, Topic, TopicStatus
from projects.topics.process import CHANGE, STAGE_OF, TOPIC_PROCESS

RELATED = ("school__district", "organisation", "unit", "designation__kind", "regulation")
LATE, SOON, WAITING, LATER, OVER, REGISTERED = "late", "soon", "waiting", "later", "over", "registered"
# What falls due within so many days is shown as due soon.
SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Duty:
    """What is due next of a topic. `state`: late, soon, waiting (handed in), later, over, registered (not funded)."""

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


def with_duties(rows: "QuerySet[Topic]") -> "QuerySet[Topic]":
    """Topics with `next_kind` of the paper that is due (empty: none), its `paper_pk`, `paper_status`, `has_waiting`."""
    stages = [When(status=status, then=Value(kind.value)) for status, kind in STAGE_OF.items()]
    rows = rows.annotate(next_kind=Case(*stages, default=Value(""), output_field=CharField()))
    papers = Paper.objects.filter(topic=OuterRef("pk"))
    current = papers.filter(kind=OuterRef("next_kind"), status__in=OPEN)
    return rows.annotate(
        paper_pk=Subquery(current.values("pk")[:1]),
        paper_status=Coalesce(Subquery(current.values("status")[:1]), Value("")),
        has_waiting=Exists(papers.filter(status=PaperStatus.SUBMITTED)),
    )


def duty_of(topic: Topic) -> Duty:
    """The duty of a row of `list_topics` or `get_topic`."""
    row: Any = topic
    today, due = timezone.localdate(), topic.next_due
    if topic.status in (TopicStatus.REGISTERED, TopicStatus.DROPPED):
        state = REGISTERED
    elif not row.next_kind or due is None:
        state = OVER
    elif row.paper_status == PaperStatus.SUBMITTED:
        state = WAITING
    elif due < today:
        state = LATE
    else:
        state = SOON if due <= today + timedelta(days=SOON_DAYS) else LATER
    return Duty(row.next_kind, due, row.paper_pk, row.paper_status, state)


def list_former_titles(topic: Topic) -> list[str]:
    """What the topic was called before, oldest first, from the steps that changed it; one query."""
    steps = Event.objects.filter(
        process=TOPIC_PROCESS.name, object_id=topic.pk, action=CHANGE, payload__part=ChangedPart.TITLE
    )
    return [payload["from"] for payload in steps.order_by("id").values_list("payload", flat=True)]


def condition(state: str) -> Q:
    """The same states as conditions on `with_duties`; everything that is or was funded for any other word."""
    today = timezone.localdate()
    running = Q(status__in=RUNNING)
    not_in = running & ~Q(paper_status=PaperStatus.SUBMITTED)
    return {
        "running": running,
        LATE: not_in & Q(next_due__lt=today),
        SOON: not_in & Q(next_due__gte=today, next_due__lte=today + timedelta(days=SOON_DAYS)),
        WAITING: running & Q(has_waiting=True),
        "closed": Q(status=TopicStatus.CLOSED),
        "ended": Q(status__in=(TopicStatus.FAILED, TopicStatus.TERMINATED)),
        REGISTERED: Q(status=TopicStatus.REGISTERED),
    }.get(state, Q(status__in=(*RUNNING, *ENDED)))


def _topics(scope: Scope) -> "QuerySet[Topic]":
    return within(with_duties(Topic.objects.all()), scope)


def list_topics(*, scope: Scope, filters: Mapping[str, str]) -> "QuerySet[Topic]":
    """Topics in the scope with their duties; what is due first on top, then the newest.

    `filters`: state (running, late, soon, waiting, closed, ended, registered; otherwise all funded), year, level (city,
    district), field, district, school (codes), q (title, school or 立项编号).
    """
    rows = _topics(scope).select_related(*RELATED).filter(condition(filters.get("state", "")))
    if (year := filters.get("year", "")).isdecimal() and len(year) == 4:
        rows = rows.filter(year=int(year))
    if filters.get("level"):
        rows = rows.filter(unit__level=filters["level"])
    if filters.get("field"):
        rows = rows.filter(field=filters["field"])
    if filters.get("district"):
        rows = rows.filter(school__district__code=filters["district"])
    if filters.get("school"):
        rows = rows.filter(school__code=filters["school"])
    if text := filters.get("q", "").strip():
        rows = rows.filter(_found(text))
    return rows.order_by("next_due", "-year", "number", "-pk")


def _found(text: str) -> Q:
    found = Q(title__icontains=text) | matching(text, "school")
    year, dash, number = text.partition("-")
    if dash and year.isascii() and year.isdecimal() and number.isascii() and number.isdecimal():
        # 立项编号 as it is shown; digits beyond any year or number are no topic.
        return found | Q(year=int(year[:5]) % 32768, number=int(number[:5]) % 32768)
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    running: int
    late: int
    soon: int
    waiting: int
    closed: int
    ended: int
    registered: int


def count_topics(*, scope: Scope) -> Counts:
    """How many run, are late, fall due soon, wait for a decision, are closed, have ended, are only registered."""
    names = ("running", LATE, SOON, WAITING, "closed", "ended", REGISTERED)
    return Counts(**_topics(scope).aggregate(**{name: Count("pk", filter=condition(name)) for name in names}))


def count_late(*, scope: Scope) -> int:
    return _topics(scope).filter(condition(LATE)).count()


def waiting_here(scope: Scope) -> Q:
    """Papers that wait for this person's level: the city's topics, or those of the own district."""
    found = Q(pk__in=[])
    if districts := scope.unit_ids(Level.DISTRICT, (Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER)):
        found |= Q(unit__in=districts)
    if scope.unit_ids(Level.CITY, (Role.CITY_ADMIN, Role.CITY_STAFF)):
        found |= Q(unit__level=Level.CITY)
    return found & condition(WAITING)


def count_waiting(*, scope: Scope) -> int:
    return _topics(scope).filter(waiting_here(scope)).count()


def own(scope: Scope) -> Q:
    """Topics that this person's school or branch writes for."""
    found = Q(pk__in=[])
    if schools := scope.unit_ids(Level.SCHOOL, FILLERS):
        found |= Q(school__in=schools)
    if branches := scope.unit_ids(Level.ORGANISATION, (Role.BRANCH_SECRETARY,)):
        found |= Q(organisation__in=branches)
    return found


def count_tasks(*, scope: Scope) -> int:
    """What this person has to do now: papers due soon or late, or papers to be decided."""

    def rows() -> QuerySet[Any]:
        mine = own(scope) & (condition(LATE) | condition(SOON))
        return _topics(scope).filter(mine | waiting_here(scope)).values("pk")

    return count_rows("topics.tasks", scope, rows)


def list_choosable_districts(*, scope: Scope) -> "QuerySet[District]":
    """Districts of today in which the scope sees schools with topics."""
    return District.objects.filter(pk__in=_topics(scope).values("school__district")).order_by("code")


def list_years(*, scope: Scope) -> list[int]:
    """Years in which topics of the scope were funded, newest first."""
    rows = within(Topic.objects.filter(year__isnull=False), scope).order_by("-year")
    return [year for year in rows.values_list("year", flat=True).distinct() if year]


def get_topic(*, scope: Scope, pk: int) -> Topic:
    """One topic with its duty; Http404 outside the scope."""
    rows = with_duties(Topic.objects.all())
    return get_within(rows.select_related(*RELATED, "designation__successor__kind"), scope, pk=pk)


def list_of_school(*, scope: Scope, school_id: int) -> list[Topic]:
    """The funded topics of one school, for its page; those that run first."""
    rows = _topics(scope).select_related(*RELATED).filter(condition(""), school=school_id)
    return sorted(rows, key=lambda row: (row.status not in RUNNING, -row.pk))
