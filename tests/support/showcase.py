"""Brands, courses and cases for tests, made with the services that the pages use."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from districts.access import scope_of
from districts.models import Role, Unit
from schools.party.models import PartyOrganisation
from schools.registry.models import School, SchoolGroup
from schools.registry.services.schools import add_group
from schools.showcase.models import Brand, Exhibit
from schools.showcase.services.brands import register_brand
from schools.showcase.services.exhibits import register_exhibit
from tests.support.city import SmallCity, make_branch, make_office

CONCEPT = "取自红岩精神，点燃自己、照亮学生，党员教师立德立言立行。"


def today() -> date:
    return timezone.localdate()


def ago(days: int) -> date:
    return today() - timedelta(days=days)


@dataclass(slots=True)
class Showcase:
    """The small city with a branch in the first school, and a person who leads it."""

    city: SmallCity
    branch: PartyOrganisation

    def by(self, name: str) -> dict[str, Any]:
        user = self.city.users[name]
        return {"actor": user, "scope": scope_of(user)}

    def brand(self, name: str = "圆善红烛", *, by: str = "clerk", school: School | None = None, **given: Any) -> Brand:
        values = {"owner_kind": "school", "concept": CONCEPT, "started_on": ago(400), **given}
        return register_brand(**self.by(by), school=school or self.city.one, name=name, **values)

    def branch_brand(self, name: str = "初心·匠心", **given: Any) -> Brand:
        return self.brand(name, owner_kind="branch", organisation=self.branch, **given)

    def group(self, *schools: School, name: str = "云台教育集团") -> SchoolGroup:
        """A group of these schools."""
        group = add_group(**self.by("city_admin"), name=name)
        School.objects.filter(pk__in=[school.pk for school in schools]).update(group=group)
        for school in schools:
            school.refresh_from_db()
        return group

    def exhibit(self, kind: str = "course", name: str = "红岩大课堂", **given: Any) -> Exhibit:
        values = {"summary": "每学期十二课时，走进纪念馆。", "started_on": ago(300), **given}
        return register_exhibit(**self.by("clerk"), school=self.city.one, kind=kind, name=name, **values)


def build_showcase(city: SmallCity) -> Showcase:
    branch = make_branch(city.one)
    city.users["branch"] = make_office(Role.BRANCH_SECRETARY, Unit.objects.get(pk=branch.pk)).user
    return Showcase(city, branch)
