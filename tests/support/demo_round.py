"""A fresh round in the demo city: who applies where, and what the others do by the services that the pages use."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from districts.access import scope_of
from districts.models import District
from portal.accounts.models import User
from projects.selection.models import Application, Assignment, Criterion, Designation, DistrictList, Round
from projects.selection.services import applications, recommendations, sheets
from reports.demo.figures import chance
from reports.demo.rounds import DATA, answers_of, clerks_of, reviewer_of
from reports.demo.services import spread
from schools.registry.models import School

from .selection import expert_of

APPLIED, RECOMMENDED, SELECTED = 60, 25, 12


@dataclass(frozen=True, slots=True)
class Call:
    """A district with its places in the round, and the schools that follow the call."""

    district: District
    places: int
    schools: Sequence[School]


def plan_calls(round_: Round) -> list[Call]:
    """Every district with places, the largest first; together 60 schools that hold nothing that bars them."""
    places: dict[int, int] = {}
    for district in round_.places.exclude(district=None).values_list("district", flat=True):
        places[district] = places.get(district, 0) + 1
    held = Designation.objects.filter(kind=round_.designation_kind_id).values("school")
    free = (
        School.objects.filter(valid_to=None).exclude(pk__in=held).select_related("location_district").order_by("code")
    )
    ordered = sorted(places, key=lambda pk: (-places[pk], pk))
    counts = spread(APPLIED, [float(places[pk]) for pk in ordered])
    return [
        Call(District.objects.get(pk=pk), places[pk], list(free.filter(district=pk)[:count]))
        for pk, count in zip(ordered, counts, strict=True)
    ]


def clerk_of(school: School) -> User:
    return User.objects.get(pk=clerks_of([school])[school.pk])


def by(user: User) -> dict[str, Any]:
    return {"actor": user, "scope": scope_of(user)}


def apply(round_: Round, school: School, number: int) -> Application:
    """Begun, filled in and handed in by the school's clerk."""
    clerk = by(clerk_of(school))
    case = applications.begin_application(**clerk, round_id=round_.pk, school=school)
    applications.save_answers(**clerk, application_id=case.pk, seen_version=1, answers=answers_of(school, number))
    return applications.submit_application(**clerk, application_id=case.pk, lock_version=case.lock_version).obj


def recommend(round_: Round, call: Call) -> None:
    """The district uses its places, names the next one as a reserve, and sends the list."""
    held = DistrictList.objects.get(round=round_, district=call.district)
    cases = Application.objects.filter(round=round_, district=call.district)
    ordered = sorted(cases, key=lambda case: chance(case.school_id, "listed"))
    entries = [
        recommendations.Entry(case.pk, n >= call.places, DATA["reasons"][n % len(DATA["reasons"])])
        for n, case in enumerate(ordered[: call.places + 1])
    ]
    reviewer = reviewer_of(call.district.pk).by
    recommendations.save_list(**reviewer, list_id=held.pk, entries=entries, minutes=DATA["minutes"])
    recommendations.send_list(**reviewer, list_id=held.pk, lock_version=held.lock_version)


def points_of(sheet: Assignment, criterion: Criterion) -> Decimal:
    """Between half and nine tenths: how good the case is, how strict the expert, and a little luck."""
    good = 0.62 + 0.2 * chance(sheet.application.school_id, "quality")
    strict = (chance(sheet.expert_id, "strict") - 0.5) * 0.08
    luck = (chance(sheet.application.school_id, sheet.expert_id, criterion.code) - 0.5) * 0.12
    share = Decimal(min(max(good + strict + luck, 0.5), 0.9))
    return (criterion.maximum * share * 2).quantize(Decimal(1), ROUND_HALF_UP) / 2


def score_the_rest(round_: Round) -> None:
    """Every sheet that is still open: declared, filled in and handed in by its expert."""
    criteria = list(round_.criteria.all())
    for sheet in Assignment.objects.filter(round=round_, status="assigned").select_related(
        "expert__office__user", "application"
    ):
        expert = expert_of(sheet)
        comment = DATA["comments"][sheet.pk % len(DATA["comments"])]
        marks = {row.code: (str(points_of(sheet, row)), None) for row in criteria}
        sheets.declare_free(**expert, assignment_id=sheet.pk)
        sheets.save_sheet(**expert, assignment_id=sheet.pk, marks=marks, comment=comment)
        sheet.refresh_from_db()
        sheets.submit_sheet(**expert, assignment_id=sheet.pk, lock_version=sheet.lock_version)
