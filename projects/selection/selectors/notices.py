"""Public notices for anybody, objections for those who answer them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from districts.access import Scope
from projects.selection import calendar
from projects.selection.codes import DIGITS, digest_of
from projects.selection.models import Application, ApplicationStatus, Objection, ObjectionStatus, PublicNotice
from projects.selection.rules.access import roles_on_round

# Who was on the list stays on its page, also after it was struck or withdrawn.
LISTED = (
    ApplicationStatus.PUBLIC_NOTICE, ApplicationStatus.ANNOUNCED, ApplicationStatus.STRUCK,
)  # fmt: skip


def list_notices(*, running: bool = False) -> QuerySet[PublicNotice]:
    """Every notice, or those on which an objection can be filed today."""
    rows = PublicNotice.objects.select_related("round__programme", "round__unit")
    today = timezone.localdate()
    return rows.filter(starts_on__lte=today, ends_on__gte=today) if running else rows


def get_notice(number: str) -> PublicNotice:
    found = list_notices().filter(number=number).first()
    if found is None:
        raise Http404
    return found


def list_entries(*, notice: PublicNotice, q: str = "") -> QuerySet[Application]:
    """The list in the order of the districts' codes, not of merit."""
    rows = Application.objects.filter(round=notice.round_id, status__in=LISTED).select_related(
        "school", "organisation", "office__unit", "district"
    )
    if text := q.replace("\x00", "").strip():
        rows = rows.filter(Q(school__name__icontains=text) | Q(district__name__icontains=text))
    return rows.order_by("district__code", "school__code", "pk")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: date
    state: str  # outside, past, today, ahead, rest


@dataclass(frozen=True, slots=True)
class NoticeState:
    """Where the notice stands today. `phase`: before, running, over, announced."""

    phase: str
    number: int
    left: int
    weeks: Sequence[Sequence[CalendarDay]]


def get_state(notice: PublicNotice) -> NoticeState:
    """The day of the notice, the working days left with today, and the weeks for the small calendar."""
    today = timezone.localdate()
    phase = "before" if today < notice.starts_on else "running" if today <= notice.ends_on else "over"
    if notice.round.status == "announced":
        phase = "announced"
    worked = calendar.working_days(notice.starts_on, notice.ends_on)
    first = notice.starts_on - timedelta(days=notice.starts_on.weekday())
    weeks = []
    while first <= notice.ends_on:
        weeks.append([_day(first + timedelta(days=n), notice, today, worked) for n in range(7)])
        first += timedelta(days=7)
    return NoticeState(phase, sum(day <= today for day in worked), sum(day >= today for day in worked), weeks)


def _day(day: date, notice: PublicNotice, today: date, worked: Sequence[date]) -> CalendarDay:
    if not notice.starts_on <= day <= notice.ends_on:
        return CalendarDay(day, "outside")
    if day not in worked:
        return CalendarDay(day, "rest")
    return CalendarDay(day, "today" if day == today else "past" if day < today else "ahead")


def find_objection(code: str) -> Objection | None:
    """The objection with this 查询码, for whoever holds the code."""
    digits = "".join(c for c in code if c.isdigit())
    if len(digits) != DIGITS:
        return None
    return (
        Objection.objects.select_related("notice", "application__school").filter(code_digest=digest_of(digits)).first()
    )


def list_objections(*, scope: Scope, notice: PublicNotice) -> list[Objection]:
    """For the keepers of the round only; Http404 for everybody else."""
    if not roles_on_round(scope, notice.round):
        raise Http404
    rows = notice.objections.select_related("application__school", "application__organisation", "closed_by")
    return list(rows.order_by("status", "id"))


def get_objection(*, scope: Scope, pk: int) -> Objection:
    """One objection for the keepers of its round; Http404 otherwise."""
    found = Objection.objects.select_related("notice__round__unit").filter(pk=pk).first()
    if found is None or not roles_on_round(scope, found.notice.round):
        raise Http404
    return found


def count_open_objections(notice: PublicNotice) -> int:
    return notice.objections.filter(status=ObjectionStatus.OPEN).count()
