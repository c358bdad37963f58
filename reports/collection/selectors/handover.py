"""What an office has open and what happened in it this year: the page that a successor opens first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from districts.access import Grant, Scope, within
from districts.models import Office
from portal.workflow.models import Event
from reports.collection.models import Return, ReturnStatus
from reports.collection.process import FILLERS, RETURN_PROCESS, REVIEWERS
from reports.collection.selectors.returns import Task, list_tasks, review_queue

SHOWN = 100
AHEAD = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Handover:
    """`tasks` wait for the school, `waiting` for the reviewer, `back` were sent back and have not come again.

    `upcoming`: what has to be handed in soon. `history`: the steps of this year, latest first. `line`: everybody who
    held the office, latest first.
    """

    office: Office
    line: Sequence[Office]
    tasks: Sequence[Task]
    waiting: Sequence[Return]
    back: Sequence[Return]
    upcoming: Sequence[Return]
    history: Sequence[tuple[Event, Return]]
    steps: int

    @property
    def is_filler(self) -> bool:
        return self.office.role in FILLERS

    @property
    def is_reviewer(self) -> bool:
        return self.office.role in REVIEWERS


def get_handover(*, office: Office) -> Handover:
    """What stands behind the office, whoever holds it: the same for the leaving, the coming and the administrator."""
    scope = Scope(office.user_id, (Grant(office.pk, office.role, office.unit.level, office.unit_id),))
    is_filler, is_reviewer = office.role in FILLERS, office.role in REVIEWERS
    history = _events(scope)
    return Handover(
        office=office,
        line=list(_line(office)),
        tasks=list_tasks(scope=scope) if is_filler else [],
        waiting=list(review_queue(scope=scope)[:SHOWN]) if is_reviewer else [],
        back=list(review_queue(scope=scope, status=ReturnStatus.RETURNED)[:SHOWN]) if is_reviewer else [],
        upcoming=list(_upcoming(scope)) if is_filler or is_reviewer else [],
        history=_with_returns(history[:SHOWN]),
        steps=history.count(),
    )


def is_new_holder(*, office: Office, days: int = 30) -> bool:
    """Whether somebody took the office over lately and may want to see what was left."""
    return office.predecessor_id is not None and timezone.localdate() - office.valid_from <= timedelta(days=days)


def list_fresh_offices(*, scope: Scope) -> list[Office]:
    """The scope's own offices that were taken over lately."""
    ids = [grant.office_id for grant in scope.grants]
    rows = Office.objects.filter(pk__in=ids, predecessor__isnull=False).select_related("unit", "predecessor__user")
    return [office for office in rows if is_new_holder(office=office)]


def _line(office: Office) -> QuerySet[Office]:
    held = Office.objects.filter(unit=office.unit_id, role=office.role)
    return held.select_related("user", "predecessor").order_by("-valid_from", "-pk")


def _upcoming(scope: Scope) -> QuerySet[Return]:
    """Deadlines of the coming weeks of what is not handed in, one line a form, period and school."""
    today = timezone.localdate()
    ours = within(Return.objects.filter(status=ReturnStatus.DRAFT), scope)
    soon = ours.filter(due_on__gte=today, due_on__lte=today + AHEAD)
    return soon.select_related("form", "period", "school").order_by("due_on", "form__order", "school__code")[:SHOWN]


def _events(scope: Scope) -> QuerySet[Event]:
    ours = within(Return.objects.all(), scope).values("pk")
    year = timezone.localdate().year
    steps = Event.objects.filter(process=RETURN_PROCESS.name, object_id__in=ours, created_at__year=year)
    return steps.select_related("actor").order_by("-created_at", "-id")


def _with_returns(events: QuerySet[Event]) -> list[tuple[Event, Return]]:
    found = list(events)
    rows = Return.objects.select_related("form", "period", "school").in_bulk({event.object_id for event in found})
    return [(event, rows[event.object_id]) for event in found if event.object_id in rows]
