"""Topics for tests: registered as the page does, funded by titles as the engine gives them, moved in time by days."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from districts.access import scope_of
from projects.programmes.models import Programme
from projects.programmes.services import load_programmes
from projects.selection.models import Application, Designation, DesignationKind
from projects.selection.services import applications as cases
from projects.selection.services.designations import record_designation
from projects.selection.services.kinds import load_kinds
from projects.topics.models import Paper, PaperKind, Topic
from projects.topics.sections import SECTIONS
from projects.topics.services import papers as services
from projects.topics.services import topics as registry
from projects.topics.services.checks import settle_paper
from schools.registry.models import School
from schools.showcase.models import Brand
from schools.showcase.services.brands import register_brand
from tests.support.city import SmallCity
from tests.support.selection import PLAN, Contest, make_round

FINDING = "方案可行，数据清楚。"
SUMMARY = "研究支部建在年级组以后，集体备课与组织生活怎样一起开展，两年内形成可推广的做法。"


def today() -> date:
    return timezone.localdate()


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def ahead(days: int) -> date:
    return today() + timedelta(days=days)


def details(title: str = "支部建在年级组的实践研究", **given: Any) -> registry.Details:
    values = {
        "title": title, "field": "integration", "leader": "党总支书记", "members": 6, "summary": SUMMARY,
        "promised": "研究报告一份", **given,
    }  # fmt: skip
    return registry.Details(**values)


def fresh(topic: Topic) -> Topic:
    return Topic.objects.select_related("unit", "designation", "regulation", "school").get(pk=topic.pk)


@dataclass(slots=True)
class Topics:
    """The small city with the kinds of titles and the first rules."""

    city: SmallCity

    def by(self, name: str) -> dict[str, Any]:
        user = self.city.users[name]
        return {"actor": user, "scope": scope_of(user)}

    def clerk_of(self, school: School) -> str:
        return {self.city.one.pk: "clerk", self.city.two.pk: "clerk_two", self.city.other.pk: "other_clerk"}[school.pk]

    def registered(self, school: School | None = None, title: str = "支部建在年级组的实践研究") -> Topic:
        school = school or self.city.one
        by = self.by(self.clerk_of(school))
        return registry.register_topic(**by, school=school, details=details(title))

    def fund(self, topic: Topic, *, since: date | None = None, level: str = "city") -> Topic:
        """A title for the registered topic, as the register records it."""
        holder = Designation(
            holder_kind="topic", school_id=topic.school_id, subject_id=topic.pk, subject_title=topic.title
        )
        record_designation(
            **self.by("city_admin" if level == "city" else "district_admin"), holder=holder,
            kind=DesignationKind.objects.get(code="research-topic"), level=level, batch="年度课题",
            official_title="中小学校党建研究课题", source="市委教育工委〔2026〕3号", valid_from=since or ago(5),
        )  # fmt: skip
        return fresh(topic)

    def funded(
        self,
        school: School | None = None,
        *,
        since: date | None = None,
        level: str = "city",
        title: str = "支部建在年级组的实践研究",
    ) -> Topic:
        return self.fund(self.registered(school, title), since=since, level=level)

    def keeper(self, topic: Topic) -> str:
        return "city_admin" if topic.is_city else "district_admin"

    def draft(self, topic: Topic, kind: str) -> Paper:
        return services.begin_paper(**self.by(self.clerk_of(topic.school)), topic_id=topic.pk, kind=kind)

    def filled(self, topic: Topic, kind: str, **request: Any) -> Paper:
        """A draft with everything that its kind asks for."""
        paper = self.draft(topic, kind)
        texts = {s.field: ("党建引领教研，" * 200)[: s.minimum + 5] for s in SECTIONS[kind]}
        lines: dict[str, Any] = {}
        if kind == PaperKind.CONTRACT:
            amount = fresh(topic).amount or 0
            lines["budget"] = [services.Spending("资料费", amount - 4000), services.Spending("调研费", 4000)]
        if kind == PaperKind.CLOSING:
            lines["outputs"] = [services.Product("report", "研究报告", ago(1))]
        if kind == PaperKind.CHANGE:
            lines["request"] = services.Request(**{"part": "title", "value": "支部建在教研组的实践研究", **request})
        if kind == PaperKind.EXTENSION:
            due = fresh(topic).due_on
            assert due is not None
            lines["request"] = services.Request(**{"wanted": due + timedelta(days=180), **request})
        by = self.by(self.clerk_of(topic.school))
        return services.save_paper(**by, paper_id=paper.pk, seen=paper.saved_at.isoformat(), texts=texts, **lines)

    def submitted(self, topic: Topic, kind: str, **request: Any) -> Paper:
        paper = self.filled(topic, kind, **request)
        by = self.by(self.clerk_of(topic.school))
        return services.submit_paper(**by, paper_id=paper.pk, lock_version=paper.lock_version).obj

    def settled(
        self, topic: Topic, kind: str, result: str, *, until: date | None = None, by: str = "", **request: Any
    ) -> Paper:
        paper = self.submitted(topic, kind, **request)
        return self.settle(paper, result, until=until, by=by or self.keeper(fresh(topic)))

    def settle(self, paper: Paper, result: str, *, until: date | None = None, by: str = "city_admin") -> Paper:
        number = "RW-01" if paper.kind == PaperKind.CONTRACT else ""
        return settle_paper(
            **self.by(by), paper_id=paper.pk, lock_version=paper.lock_version, result=result, finding=FINDING,
            until=until, contract_number=number,
        ).obj  # fmt: skip

    def at(self, status: str, school: School | None = None, **given: Any) -> Topic:
        """A funded topic that has come as far as `status`; everything is due, nothing is too early."""
        topic = self.funded(school, **{"since": ago(720), **given})
        for kind, result, reached in (
            ("contract", "agreed", "contracted"),
            ("opening", "passed", "opened"),
            ("midterm", "passed", "midterm"),
            ("closing", "passed", "closed"),
        ):
            if fresh(topic).status == status:
                break
            self.settled(topic, kind, result)
            assert fresh(topic).status == reached
        return fresh(topic)

    def brand(self, school: School | None = None, name: str = "同心") -> Brand:
        school = school or self.city.one
        return register_brand(
            **self.by(self.clerk_of(school)), school=school, name=name, owner_kind="school",
            concept="党建引领教研，师生看得见、学得到、用得上，成为全校共同的追求。", started_on=ago(400),
        )  # fmt: skip

    def call(self, code: str = "topics-1", *, year: int | None = None, target: int = 30, **given: Any) -> Contest:
        """A published call for topics in its application stage."""
        kind = DesignationKind.objects.get(code="research-topic")
        return make_round(
            self.city, code=code, holder_kind="topic", designation_kind=kind, title=f"{code}课题", target=target,
            year=year, official_title="中小学校党建研究课题", **given,
        )  # fmt: skip

    def applied(self, contest: Contest, topic: Topic) -> Application:
        """Begun, filled, handed in."""
        by = self.by(self.clerk_of(topic.school))
        case = cases.begin_application(**by, round_id=contest.round.pk, school=topic.school, subject_id=topic.pk)
        cases.save_answers(
            **by, application_id=case.pk, seen_version=1, answers={"plan": PLAN, "brand": "同心"}
        )  # fmt: skip
        return cases.submit_application(**by, application_id=case.pk, lock_version=case.lock_version).obj


def build_topics(city: SmallCity) -> Topics:
    if not Programme.objects.exists():
        load_programmes()
    load_kinds()
    return Topics(city)
