"""Reading posts, their assessments and plans."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from districts.access import Scope, get_within, within
from districts.models import District, Level, Role
from portal.workflow.models import Event
from projects.leaders.models import Assessment, AssessmentStatus, GapPlan, Standard
from projects.leaders.process import ASSESSMENT_PROCESS, CHECKERS, FILLERS
from schools.party.models import PartyOrganisation
from schools.registry.models import School

RELATED = ("organisation", "school__district", "standard", "saved_by")


def get_post_unit(*, scope: Scope, code: str) -> PartyOrganisation:
    """The organisation whose secretary's post is meant, with school and district; Http404 outside the scope."""
    return get_within(PartyOrganisation.objects.select_related("school__district"), scope, code=code)


def get_assessment(*, scope: Scope, pk: int) -> Assessment:
    """One assessment; Http404 outside the scope."""
    return get_within(Assessment.objects.select_related(*RELATED), scope, pk=pk)


def get_plan(*, scope: Scope, pk: int) -> GapPlan:
    return get_within(GapPlan.objects.select_related("organisation__school__district"), scope, pk=pk)


def list_history(organisation: PartyOrganisation) -> QuerySet[Assessment]:
    """Every assessment of the post, latest first."""
    return Assessment.objects.filter(organisation=organisation).select_related(*RELATED)


def list_plans(organisation: PartyOrganisation) -> QuerySet[GapPlan]:
    return GapPlan.objects.filter(organisation=organisation)


def list_steps(organisation: PartyOrganisation) -> QuerySet[Event]:
    """The steps taken with the post's assessments, latest first."""
    own = Assessment.objects.filter(organisation=organisation).values("pk")
    rows = Event.objects.filter(process=ASSESSMENT_PROCESS.name, object_id__in=own).select_related("actor")
    return rows.order_by("-id")


def list_waiting(*, scope: Scope, filters: Mapping[str, str]) -> QuerySet[Assessment]:
    """What waits for the district's confirmation in the scope. `filters`: school (code), result (meets, short)."""
    rows = within(Assessment.objects.filter(status=AssessmentStatus.SUBMITTED), scope).select_related(*RELATED)
    if filters.get("school"):
        rows = rows.filter(school__code=filters["school"])
    if filters.get("result") in ("meets", "short"):
        rows = rows.filter(meets=filters["result"] == "meets")
    return rows.order_by("school__code", "organisation__code")


def list_mine(*, scope: Scope, assessments: Any) -> set[int]:
    """Those of these assessments that this person submitted and therefore may not confirm."""
    rows = Event.objects.filter(
        process=ASSESSMENT_PROCESS.name, action="submit", object_id__in=[row.pk for row in assessments]
    ).order_by("object_id", "-id")
    last = {row.object_id: row.actor_id for row in rows.distinct("object_id")}
    return {pk for pk, actor in last.items() if actor == scope.user_id}


def count_tasks(*, scope: Scope) -> int:
    """What this person has to do here: districts confirm, schools change what came back. One query."""
    districts = scope.unit_ids(Level.DISTRICT, CHECKERS)
    schools = scope.unit_ids(Level.SCHOOL, FILLERS)
    if not districts and not schools:
        return 0
    waiting = Assessment.objects.filter(status=AssessmentStatus.SUBMITTED, school__district__in=districts)
    returned = Assessment.objects.filter(status=AssessmentStatus.RETURNED, school__in=schools)
    return (waiting if districts else returned).count()


def list_standards() -> QuerySet[Standard]:
    return Standard.objects.all()


def get_standard_on(day: date) -> Standard | None:
    """The standard in force on a day, or None."""
    return Standard.objects.filter(valid_from__lte=day).first()


def list_choosable_districts(*, scope: Scope) -> QuerySet[District]:
    return within(District.objects.filter(valid_to=None), scope).order_by("code")


def get_district(*, scope: Scope, code: str) -> District:
    """A district of the scope by its code; Http404 otherwise."""
    return get_within(District.objects.all(), scope, code=code)


def list_own_schools(*, scope: Scope) -> QuerySet[School]:
    """Schools for which this person may enter records."""
    rows = School.objects.filter(pk__in=scope.unit_ids(Level.SCHOOL, FILLERS), valid_to=None)
    return rows.select_related("district").order_by("code")


def get_own_school(*, scope: Scope) -> School:
    """The school for which records are entered; Http404 for whoever enters none."""
    found = list_own_schools(scope=scope).first()
    if found is None:
        raise Http404
    return found


def is_branch_only(scope: Scope) -> bool:
    """Sees single organisations, no school as a whole."""
    return scope.roles <= {Role.BRANCH_SECRETARY}
