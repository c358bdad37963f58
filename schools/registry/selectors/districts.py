"""Districts as the register sees them: their schools, zones, and what came before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from districts.access import Scope, get_within, within
from districts.models import Affiliation, District, Office, Zone
from schools.registry.models import School, SchoolKind


@dataclass(frozen=True, slots=True)
class Moved:
    """Schools that came from or went to another district on one day."""

    day: date
    other: District
    schools: int
    came: bool
    reason: str


def list_units(*, scope: Scope) -> QuerySet[Any]:
    """Districts in the scope, current ones first, with `schools_now`, `zones_now` and their successors."""
    now = Count("schools", filter=Q(schools__valid_to=None), distinct=True)
    zones = Count("zones", filter=Q(zones__valid_to=None), distinct=True)
    rows = within(District.objects.all(), scope).annotate(schools_now=now, zones_now=zones)
    return rows.prefetch_related("successors").order_by(F("valid_to").asc(nulls_first=True), "is_direct", "code")


def get_district(*, scope: Scope, code: str) -> District:
    """The district with what came before and after it; Http404 outside the scope."""
    return get_within(District.objects.prefetch_related("successors", "predecessors"), scope, code=code)


def count_by_kind(district: District) -> Sequence[tuple[str, int]]:
    """办学类型 → schools now."""
    rows = School.objects.filter(district=district, valid_to=None).values_list("kind").annotate(Count("pk"))
    counts: Mapping[str, int] = dict(rows.order_by())
    return [(str(SchoolKind(kind).label), counts[kind]) for kind in SchoolKind.values if kind in counts]


def list_zones_with_schools(district: District) -> QuerySet[Zone]:
    now = Count("schools", filter=Q(schools__valid_to=None))
    return Zone.objects.filter(district=district, valid_to=None).annotate(schools_now=now).order_by("code")


def list_offices_of(district: District) -> QuerySet[Office]:
    """Offices in force at the district itself."""
    today = timezone.localdate()
    in_force = Office.objects.filter(unit=district.pk, valid_from__lte=today)
    return in_force.filter(Q(valid_to=None) | Q(valid_to__gt=today)).select_related("user").order_by("role")


def list_moves(district: District) -> list[Moved]:
    """Who came from where and went where, by day; two queries whatever the number of schools."""
    before = Affiliation.objects.filter(unit_id=OuterRef("unit_id"), valid_to=OuterRef("valid_from")).values("district")
    after = Affiliation.objects.filter(unit_id=OuterRef("unit_id"), valid_from=OuterRef("valid_to"))
    came = _grouped(Affiliation.objects.filter(district=district), "valid_from", Subquery(before[:1]), F("reason"))
    reason = Subquery(after.values("reason")[:1])
    went = _grouped(
        Affiliation.objects.filter(district=district), "valid_to", Subquery(after.values("district")[:1]), reason
    )
    rows = [(True, *row) for row in came] + [(False, *row) for row in went]
    others = District.objects.in_bulk({row[2] for row in rows})
    found = [
        Moved(day, others[other], schools, is_coming, why or "")
        for is_coming, day, other, why, schools in rows
        if other != district.pk
    ]
    return sorted(found, key=lambda moved: moved.day, reverse=True)


def _grouped(rows: QuerySet[Affiliation], day: str, other: Any, why: Any) -> QuerySet[Affiliation, Any]:
    marked = rows.annotate(other=other, why=why).filter(other__isnull=False)
    return marked.values_list(day, "other", "why").annotate(n=Count("pk")).order_by()


def list_movable(*, scope: Scope, district: District | None, zone: str = "", text: str = "") -> QuerySet[School]:
    """Schools of a district that may be chosen for a move: all, one zone, or those without a zone (`-`)."""
    rows = within(School.objects.filter(valid_to=None).select_related("zone"), scope)
    rows = rows.filter(district=district) if district else rows.none()
    if zone == "-":
        rows = rows.filter(zone=None)
    elif zone:
        rows = rows.filter(zone__code=zone)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(town__icontains=text) | Q(initials__contains=text.lower()))
    return rows.order_by("town", "code")
