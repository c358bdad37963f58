"""Reading studios, sessions and pairings. Pairings name people and stay inside their schools and districts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from districts.access import Scope, get_within, scope_condition, within
from districts.models import Office
from projects.leaders.models import Pairing, Session, Studio, StudioLevel
from projects.leaders.rules import SECRETARIES
from schools.registry.models import School

RELATED = ("studio", "school", "mentor_office__unit", "mentee_school", "mentee_office__unit")


def list_studios(*, scope: Scope, filters: Mapping[str, str]) -> QuerySet[Studio]:
    """Studios in the scope with `held` sessions, `came` (attendance), `learning` (pairs that run), `last_held`.

    `filters`: district, school (codes), level, q (name or school), state (open, closed; all otherwise).
    """
    rows = within(Studio.objects.select_related("school__district", "host__unit"), scope)
    if filters.get("district"):
        rows = rows.filter(school__district__code=filters["district"])
    if filters.get("school"):
        rows = rows.filter(school__code=filters["school"])
    if text := filters.get("q", "").replace("\x00", "").strip():
        rows = rows.filter(Q(name__icontains=text) | Q(school__name__icontains=text) | Q(theme__icontains=text))
    if filters.get("level") in StudioLevel.values:
        rows = rows.filter(level=filters["level"])
    if filters.get("state") in ("open", "closed"):
        rows = rows.filter(closed_on__isnull=filters["state"] == "open")
    rows = rows.annotate(
        held=Count("sessions", distinct=True),
        last_held=Max("sessions__held_on"),
        learning=Count("pairings", filter=Q(pairings__ended_on=None), distinct=True),
    )
    return rows.order_by("school__district__code", "school__code", "-opened_on", "pk")


def counts_of(studio: Studio) -> tuple[int, int, str]:
    """What `list_studios` counted of a row: sessions, pairs that run, and the day of the last session."""
    row: Any = studio
    return row.held, row.learning, f"{row.last_held or ''}"


def get_studio(*, scope: Scope, pk: int) -> Studio:
    """One studio with school and host; Http404 outside the scope."""
    rows = Studio.objects.select_related("school__district", "host__unit", "host__user")
    return get_within(rows, scope, pk=pk)


def get_session(*, scope: Scope, pk: int) -> Session:
    return get_within(Session.objects.select_related("studio__school"), scope, pk=pk)


@dataclass(frozen=True, slots=True)
class Attendance:
    sessions: int
    came: int


def sum_sessions(studio: Studio) -> Attendance:
    found = studio.sessions.aggregate(n=Count("pk"), came=Sum("attendance"))
    return Attendance(found["n"], found["came"] or 0)


def list_sessions(studio: Studio) -> QuerySet[Session]:
    return studio.sessions.select_related("recorded_by").order_by("-held_on", "-pk")


def list_hosts(school: School) -> QuerySet[Office]:
    """Secretaries of the school in office today: its own, and those of its organisations."""
    today = timezone.localdate()
    own = Q(unit=school.pk) | Q(unit__as_organisation__school=school)
    in_force = Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today))
    return Office.objects.filter(own, in_force, role__in=SECRETARIES).select_related("unit").order_by("unit__code")


def sees_people(scope: Scope) -> bool:
    """Pairs name people: only schools, organisations and districts see them; the city sees how many there are."""
    return scope_condition(Pairing, scope) is not None


def _named(scope: Scope) -> QuerySet[Pairing]:
    """The pairs of the scope's own schools and districts, also for somebody who holds a city office beside."""
    condition = scope_condition(Pairing, scope)
    rows = Pairing.objects.select_related(*RELATED)
    return rows.none() if condition is None else rows.filter(pk__in=Pairing.objects.filter(condition).values("pk"))


def list_pairings(*, scope: Scope, filters: Mapping[str, str], studio: Studio | None = None) -> QuerySet[Pairing]:
    """Pairs with their people, for their own schools and districts. `filters`: school (code), state (open, ended)."""
    rows = _named(scope)
    if studio is not None:
        rows = rows.filter(studio=studio)
    if filters.get("school"):
        rows = rows.filter(Q(school__code=filters["school"]) | Q(mentee_school__code=filters["school"]))
    if filters.get("state") in ("open", "ended"):
        rows = rows.filter(ended_on__isnull=filters["state"] == "open")
    return rows.order_by("-started_on", "-pk")


def get_pairing(*, scope: Scope, pk: int) -> Pairing:
    """One pair; Http404 outside its schools and districts, for the city too."""
    return get_within(_named(scope), scope, pk=pk)


@dataclass(frozen=True, slots=True)
class PairCount:
    """How many pairs run in a district of the mentor's school, and how many people learn in them."""

    name: str
    pairs: int
    schools: int


def count_pairings(*, scope: Scope, on: date) -> list[PairCount]:
    """By district, without people: what the city sees."""
    rows = within(Pairing.objects.filter(started_on__lte=on), scope)
    rows = rows.filter(Q(ended_on=None) | Q(ended_on__gt=on))
    found = rows.values_list("school__district__name").annotate(n=Count("pk"), schools=Count("school", distinct=True))
    return [PairCount(*row) for row in found.order_by("school__district__code")]
