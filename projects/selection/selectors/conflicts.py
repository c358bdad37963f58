"""Who may not score whom: from offices, employers, declared ties and named authors. Constant number of queries."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from districts.access import READING_ROLES, scope_of, within
from districts.models import Level, Office
from projects.selection.models import Application, ConflictKind, Expert, Question, QuestionKind, Tie
from projects.selection.rules.redaction import fold
from schools.party.models import PartyOrganisation
from schools.registry.models import School

from .identity import latest_versions

# What stands between the names of one cell or line.
NAMES_END = re.compile(r"[、，,;；/\n]")
# A school that went into another that went into another: as deep as the redaction looks.
MERGERS = 4


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
    """Every conflict that is found: own unit or district, an earlier post, a tie, a named author, a reading office."""
    bonds, named = _bonds(experts), _find_named(experts, applications)
    readers = city_readers(expert.office.user_id for expert in experts)
    found: list[tuple[Expert, Application, str]] = []
    for expert in experts:
        bond = bonds[expert.pk]
        if expert.office.user_id in readers:
            found += [(expert, application, ConflictKind.READS) for application in applications]
        found += [(expert, case, ConflictKind.NAMED) for case in applications if (expert.pk, case.pk) in named]
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


def _find_named(experts: Sequence[Expert], applications: Sequence[Application]) -> set[tuple[int, int]]:
    """(expert, application) where the case itself names the expert: among its people, or in a cell of a table.

    Whole names only: two characters in a running text may be any words.
    """
    by_name: dict[str, list[int]] = {}
    for expert in experts:
        by_name.setdefault(_bare(str(expert)), []).append(expert.pk)
    asked: dict[int, list[str]] = {}
    rounds = {application.round_id for application in applications}
    rows = Question.objects.filter(round__in=rounds, kind__in=(QuestionKind.NAMES, QuestionKind.TABLE))
    for round_id, code in rows.values_list("round", "code"):
        asked.setdefault(round_id, []).append(code)
    versions = latest_versions(applications)
    return {
        (expert, application.pk)
        for application in applications
        if application.pk in versions
        for code in asked.get(application.round_id, [])
        for name in _names_in(versions[application.pk].answers.get(code))
        for expert in by_name.get(name, [])
    }


def _names_in(answer: object) -> Iterator[str]:
    """Every name in a list of names or in the cells of a table."""
    if isinstance(answer, list):
        for part in answer:
            yield from _names_in(part)
    elif isinstance(answer, str):
        yield from (_bare(name) for name in NAMES_END.split(answer))


def _bare(name: str) -> str:
    return "".join(fold(name).split())


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
    ties = list(Tie.objects.filter(expert__in=experts).values_list("expert_id", "unit_id"))
    units = {unit for _user, unit, _to in offices} | {e.employer_id for e in experts if e.employer_id}
    school_of, district_of = _places(units | {unit for _expert, unit in ties})
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
    for expert_id, unit in ties:
        # Who is bound to a branch is bound to its school.
        bonds[expert_id].ties |= {unit, school_of.get(unit, unit)}
    _follow_mergers(bonds.values())
    return bonds


def _follow_mergers(bonds: Iterable[Bonds]) -> None:
    """Whoever is bound to a school that went into another is bound to that one."""
    held = list(bonds)
    wanted = set().union(*(part for bond in held for part in (bond.own, bond.past, bond.ties)))
    into: dict[int, set[int]] = {}
    for _generation in range(MERGERS):
        links = School.objects.filter(pk__in=wanted).exclude(successors=None).values_list("pk", "successors")
        wanted = set()
        for old, new in links:
            into.setdefault(old, set()).add(new)
            wanted.add(new)
        if not wanted:
            break
    if not into:
        return
    for bond in held:
        for part in (bond.own, bond.past, bond.ties):
            for _generation in range(MERGERS):
                part |= {new for old in part for new in into.get(old, ())}


def _places(units: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Unit → its school, unit → its district, for schools and Party organisations among the units."""
    keys = list(units)
    schools = dict(School.objects.filter(pk__in=keys).values_list("pk", "district_id"))
    district_of, school_of = dict(schools), {pk: pk for pk in schools}
    rows = PartyOrganisation.objects.filter(pk__in=keys).values_list("pk", "school_id", "school__district_id")
    for pk, school, district in rows:
        school_of[pk], district_of[pk] = school, district
    return school_of, district_of
