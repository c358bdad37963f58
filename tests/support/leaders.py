"""Posts, assessments and studios for tests, made with the services that the pages use."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from districts.access import scope_of
from districts.models import Office, Role, Unit
from portal.accounts.models import User
from projects.leaders.models import Assessment, Studio
from projects.leaders.services import assessments as services
from projects.leaders.services.plans import plan_gap
from projects.leaders.services.studios import open_studio
from schools.party.models import PartyOrganisation
from schools.registry.models import School
from tests.support.city import SmallCity, make_branch, make_office

PARTY, WORK = ("述职评议为“好”", "区县教育工委〔2025〕12号"), ("高级职称", "职称证书 2021-0042")
NOTHING = ("", "")


def today() -> date:
    return timezone.localdate()


def ago(days: int) -> date:
    return today() - timedelta(days=days)


@dataclass(slots=True)
class Leaders:
    """The small city with a branch in each school; the first has two people who may submit."""

    city: SmallCity
    one: PartyOrganisation
    two: PartyOrganisation
    other: PartyOrganisation

    def by(self, name: str) -> dict[str, Any]:
        user = self.city.users[name]
        return {"actor": user, "scope": scope_of(user)}

    def draft(
        self, organisation: PartyOrganisation | None = None, *, by: str = "clerk", party: tuple[str, str] = PARTY,
        work: tuple[str, str] = WORK, on: date | None = None, seen: str = "",
    ) -> Assessment:  # fmt: skip
        return services.save_assessment(
            **self.by(by), organisation=organisation or self.one, assessed_on=on or ago(30), party_kind=party[0],
            party_proof=party[1], work_kind=work[0], work_proof=work[1], seen=seen,
        )  # fmt: skip

    def submitted(
        self, organisation: PartyOrganisation | None = None, *, by: str = "clerk", **given: Any
    ) -> Assessment:
        row = self.draft(organisation, by=by, **given)
        if not Assessment.objects.get(pk=row.pk).meets:
            self.plan(row.organisation, by=by)
        return services.submit_assessment(**self.by(by), assessment_id=row.pk, lock_version=row.lock_version).obj

    def confirmed(
        self, organisation: PartyOrganisation | None = None, *, by: str = "clerk", **given: Any
    ) -> Assessment:
        row = self.submitted(organisation, by=by, **given)
        checker = "other_reviewer" if row.school_id == self.city.other.pk else "reviewer"
        services.confirm_assessments(**self.by(checker), versions={row.pk: row.lock_version})
        return Assessment.objects.get(pk=row.pk)

    def plan(self, organisation: PartyOrganisation, *, by: str = "clerk") -> None:
        plan_gap(
            **self.by(by), organisation=organisation, measures="跟岗学习一学期，申报区县骨干教师。",
            due_on=today() + timedelta(days=90),
        )  # fmt: skip

    def studio(self, *, name: str = "立人书记工作室", opened_on: date | None = None) -> Studio:
        return open_studio(
            **self.by("clerk"), school=self.city.one, host=secretary_office(self.city.one), name=name,
            theme="支部书记能力提升", opened_on=opened_on or ago(200),
        )  # fmt: skip


def build_leaders(city: SmallCity) -> Leaders:
    return Leaders(city, *(make_branch(school) for school in (city.one, city.two, city.other)))


def secretary_office(school: School) -> Office:
    """The school's secretary in office; one is appointed where there is none."""
    unit = Unit.objects.get(pk=school.pk)
    found = unit.offices.filter(role=Role.SCHOOL_SECRETARY, valid_to=None).first()
    return found or make_office(Role.SCHOOL_SECRETARY, unit)


def branch_secretary(organisation: PartyOrganisation, user: User | None = None) -> Office:
    return make_office(Role.BRANCH_SECRETARY, Unit.objects.get(pk=organisation.pk), user)
