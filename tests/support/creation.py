"""Builds for tests: titles as the engine gives them, papers as the pages write them, moved in time by their own dates."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from districts.access import scope_of
from projects.creation.models import Paper, PaperKind
from projects.creation.sections import SECTIONS
from projects.creation.services import papers as services
from projects.creation.services.checks import settle_paper
from projects.programmes.models import Programme
from projects.selection.models import Designation, DesignationKind
from projects.selection.services.designations import record_designation
from schools.registry.models import School
from tests.support.city import SmallCity
from tests.support.selection import make_kinds

FINDING = "计划可行，数据清楚。"


def today() -> date:
    return timezone.localdate()


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def ahead(days: int) -> date:
    return today() + timedelta(days=days)


@dataclass(slots=True)
class Builds:
    """The small city with the programme's two kinds of titles."""

    city: SmallCity

    def by(self, name: str) -> dict[str, Any]:
        user = self.city.users[name]
        return {"actor": user, "scope": scope_of(user)}

    def keeper(self, build: Designation) -> str:
        """A user who checks and accepts at the level of the build."""
        return "district_admin" if build.level == "district" else "city_admin"

    def give(
        self,
        school: School | None = None,
        *,
        since: date | None = None,
        level: str = "city",
        code: str = "dc-cultivation",
    ) -> Designation:
        school = school or self.city.one
        by = "city_admin"
        if level == "district":
            by = "district_admin"
        return record_designation(
            **self.by(by), holder=Designation(holder_kind="school", school=school),
            kind=DesignationKind.objects.get(code=code), level=level, batch="第二批", official_title="第二批培育创建单位",
            source="市委教育工委〔2024〕8号", valid_from=since or ago(10),
        )  # fmt: skip

    def draft(self, build: Designation, *, by: str = "clerk") -> Paper:
        return services.begin_paper(**self.by(by), designation_id=build.pk)

    def filled(self, build: Designation, *, by: str = "clerk") -> Paper:
        """A draft with everything that its kind asks for."""
        paper = self.draft(build, by=by)
        texts = {s.field: ("党建引领教研，" * 200)[: max(s.minimum, 2) + 2] for s in SECTIONS[paper.kind]}
        texts["brand"] = "同心"
        lines: dict[str, Any] = {}
        if paper.kind == PaperKind.PLAN:
            lines["goals"] = [services.GoalLine("支部标准化达标率", "75%", "100%")]
            lines["milestones"] = [services.MilestoneLine("建六个研修共同体", ahead(100))]
        if paper.kind == PaperKind.ACCEPTANCE:
            lines["achieved"] = {goal.pk: "100%" for goal in services.plan_goals(paper)}
        return services.save_paper(
            **self.by(by), paper_id=paper.pk, seen=paper.saved_at.isoformat(), texts=texts, **lines
        )

    def submitted(self, build: Designation, *, by: str = "clerk") -> Paper:
        paper = self.filled(build, by=by)
        return services.submit_paper(**self.by(by), paper_id=paper.pk, lock_version=paper.lock_version).obj

    def settled(self, build: Designation, result: str, *, by: str = "clerk", until: date | None = None) -> Paper:
        paper = self.submitted(build, by=by)
        build = fresh(build)
        return settle_paper(
            **self.by(self.keeper(build)), paper_id=paper.pk, lock_version=paper.lock_version, result=result,
            finding=FINDING, until=until,
        ).obj  # fmt: skip

    def planned(self, build: Designation, *, by: str = "clerk") -> Designation:
        """The build with its plan agreed."""
        self.settled(build, "agreed", by=by)
        return fresh(build)


def fresh(build: Designation) -> Designation:
    return Designation.objects.select_related("kind").get(pk=build.pk)


def build_builds(city: SmallCity) -> Builds:
    kind = make_kinds()
    programme = Programme.objects.get(code="dual_creation")
    DesignationKind.objects.filter(pk__in=[kind.pk, kind.becomes_id]).update(programme=programme)
    return Builds(city)
