"""Who may not score whom: from offices, employers and declared ties. Constant number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from districts.access import READING_ROLES, scope_of, within
from districts.models import Level, Office
from projects.selection.models import Application, ConflictKind, Expert, Tie
from schools.party.models import PartyOrganisation
from schools.registry.models import School


@dataclass(slots=True)
class Bonds:
    """The units that an expert is bound to, each with its schools' and districts' keys folded in."""

    own: set[int] = field(default_factory=set)
    districts: set[int] = field(default_factory=set)
    past: set[int] = field(default_factory=set)
    ties: set[int] = field(default_factory=set)


def list_active_experts(*, expertise: Iterable[str] = ()) -> list[Expert]:
    """Register entries in force today whose office is in force, with one of the fields (any, if none are named)."""
    today = timezone.localdate()
    rows = Expert.objects.filter(is_active=True, office__valid_from__lte=today, office__user__is_active=True)
    rows = rows.exclude(office__valid_to__lte=today)
    if wanted := list(expertise):
        rows = rows.filter(expertise__overlap=wanted)
    return list(rows.select_related("office__user", "employer"))


def find_conflicts(
    experts: Sequence[Expert], applications: Sequence[Application]
) -> list[tuple[Expert, Application, str]]:
    """Every detected conflict: own unit, own district, an earlier post, a tie, an office that reads all."""
    bonds = _bonds(experts)
    readers = city_readers(expert.office.user_id for expert in experts)
    found: list[tuple[Expert, Application, str]] = []
    for expert in experts:
        bond = bonds[expert.pk]
        if expert.office.user_id in readers:
            found += [(expert, application, ConflictKind.READS) for application in applications]
        if not (bond.own or bond.districts or bond.past or bond.ties):
            continue
        for application in applications:
            units = {application.school_id, application.organisation_id, application.school.group_id} - {None}
            wider = units | {application.district_id}
            for kind, held, own in (
                (ConflictKind.OWN_UNIT, bond.own, units),
                (ConflictKind.OWN_DISTRICT, bond.districts, {application.district_id}),
                (ConflictKind.PAST_POST, bond.past, wider),
                (ConflictKind.TIE, bond.ties, wider),
            ):
                if held & own:
                    found.append((expert, application, kind))
    return found


def city_readers(users: Iterable[int]) -> set[int]:
    """Those of the users who hold an office of the city today that reads every case."""
    today = timezone.localdate()
    held = Office.objects.filter(user__in=set(users), role__in=READING_ROLES, unit__level=Level.CITY)
    return set(_in_force(held, today).values_list("user_id", flat=True))


def _in_force(offices: QuerySet[Office], day: date) -> QuerySet[Office]:
    return offices.filter(valid_from__lte=day).exclude(valid_to__lte=day)


def reads_case(expert: Expert, application: Application) -> bool:
    """Whether another office of the same person can open the case: then the review is blind no more.

    Asked anew each time, because an office may have come after the draw. Needs `office__user` selected.
    """
    scope = scope_of(expert.office.user)
    if not scope.roles & READING_ROLES:
        return False
    return within(Application.objects.filter(pk=application.pk), scope).exists()


def _bonds(experts: Sequence[Expert]) -> dict[int, Bonds]:
    today = timezone.localdate()
    by_user = {expert.office.user_id: expert.pk for expert in experts}
    bonds = {expert.pk: Bonds() for expert in experts}
    offices = list(
        Office.objects.filter(user__in=by_user)
        .exclude(unit__level="city")
        .values_list("user_id", "unit_id", "valid_to")
    )
    units = {unit for _user, unit, _to in offices} | {e.employer_id for e in experts if e.employer_id}
    school_of, district_of = _places(units)
    for user, unit, valid_to in offices:
        bond = bonds[by_user[user]]
        both = {unit, school_of.get(unit, unit)}
        if valid_to is not None and valid_to <= today:
            bond.past |= both
        else:
            bond.own |= both
            bond.districts.add(district_of.get(unit, unit))
    for expert in experts:
        if expert.employer_id:
            bonds[expert.pk].own |= {expert.employer_id, school_of.get(expert.employer_id, expert.employer_id)}
            bonds[expert.pk].districts.add(district_of.get(expert.employer_id, expert.employer_id))
    for expert_id, unit in Tie.objects.filter(expert__in=experts).values_list("expert_id", "unit_id"):
        bonds[expert_id].ties.add(unit)
    return bonds


def _places(units: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Unit → its school, unit → its district, for schools and Party organisations among the units."""
    keys = list(units)
    schools = dict(School.objects.filter(pk__in=keys).values_list("pk", "district_id"))
    district_of, school_of = dict(schools), {pk: pk for pk in schools}
    rows = PartyOrganisation.objects.filter(pk__in=keys).values_list("pk", "school_id", "school__district_id")
    for pk, school, district in rows:
        school_of[pk], district_of[pk] = school, district
    return school_of, district_of
