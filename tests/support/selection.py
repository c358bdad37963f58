"""Rounds for tests: built with the services that the pages use, moved in time by their own dates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from districts.access import Scope, scope_of
from districts.models import City, District, Role, Unit
from portal.accounts.models import User
from projects.programmes.models import Programme
from projects.programmes.services import load_programmes
from projects.selection.models import (
    Application,
    Assignment,
    Designation,
    DesignationKind,
    Expert,
    PublicNotice,
    Round,
    Stage,
    StageKind,
)
from projects.selection.selectors.desk import get_list
from projects.selection.services import applications as cases
from projects.selection.services import designations, panel, recommendations, results, rounds, sheets
from schools.registry.models import School
from tests.support.city import SmallCity, make_office, make_school, make_user

PLAN = "党支部建在年级组，骨干教师带头上公开课，每学期集中研修六次，两年内形成可推广的工作法。"
QUESTIONS: Sequence[dict[str, Any]] = (
    {"code": "plan", "section": "一、工作基础", "title": "工作基础", "min_length": 10, "max_length": 200},
    {"code": "brand", "section": "二、品牌", "title": "品牌名称", "kind": "line", "min_length": 2, "max_length": 20},
    {
        "code": "goals",
        "section": "二、品牌",
        "title": "目标",
        "kind": "table",
        "columns": ["目标", "现状"],
        "required": False,
    },
    {"code": "people", "section": "三、须隐去", "title": "姓名", "kind": "names", "required": False},
    {"code": "proof", "section": "四、附件", "title": "佐证", "kind": "file", "required": False, "max_items": 3},
    {"code": "ratio", "section": "五、数据", "title": "双带头人覆盖率", "kind": "figure", "indicator": "L03"},
)
CRITERIA: Sequence[dict[str, Any]] = (
    {"code": "base", "title": "工作基础", "maximum": Decimal(40), "explain_high": Decimal(39), "explain_low": Decimal(10)},
    {"code": "fusion", "title": "深度融合", "maximum": Decimal(40)},
    {"code": "brand", "title": "品牌特色", "maximum": Decimal(20), "anchors": [[0, "较弱"], [9, "一般"], [15, "突出"]]},
)  # fmt: skip
COMMENT = "组织基础扎实，研修机制有数据支撑，融合举措与业务成绩的关系还要补充两年的对照。"


def window(days: float = 5) -> tuple[datetime, datetime]:
    now = timezone.now()
    return now - timedelta(days=days), now + timedelta(days=days)


# Stages that run side by side in a real round too: districts check what comes in, experts' scores are deliberated.
BESIDE = {
    StageKind.APPLICATION: (StageKind.ELIGIBILITY,), StageKind.REVIEW: (StageKind.DELIBERATION,),
}  # fmt: skip


def move_to(round_: Round, *kinds: str, alone: bool = False) -> None:
    """From now on these stages are open, with those that run beside them (unless `alone`); the others were."""
    begin, end = window()
    Stage.objects.filter(round=round_).update(opens_at=begin - timedelta(days=20), closes_at=begin)
    beside = () if alone else [other for kind in kinds for other in BESIDE.get(StageKind(kind), ())]
    Stage.objects.filter(round=round_, kind__in=[*kinds, *beside]).update(opens_at=begin, closes_at=end)


def open_now(round_: Round, *kinds: str) -> None:
    """These stages run for a year from now; the dates of the others stay."""
    begin, end = window()
    Stage.objects.filter(round=round_, kind__in=kinds).update(opens_at=begin, closes_at=end + timedelta(days=360))


def unit_of(place: District | City) -> Unit:
    return Unit.objects.get(pk=place.pk)


def make_kinds() -> DesignationKind:
    """培育创建单位 (two years, mid-term at 12 months, acceptance) → 示范学校 (three years)."""
    if not Programme.objects.exists():
        load_programmes()
    demonstration, _c = DesignationKind.objects.get_or_create(
        code="dc-demonstration", defaults={"title": "示范学校", "term_months": 36}
    )
    kind, _c = DesignationKind.objects.get_or_create(
        code="dc-cultivation",
        defaults={
            "title": "培育创建单位", "term_months": 24, "midterm_months": 12, "has_acceptance": True,
            "becomes": demonstration,
        },
    )  # fmt: skip
    return kind


@dataclass(slots=True)
class Contest:
    """A round with its people."""

    city: SmallCity
    round: Round
    experts: list[Expert] = field(default_factory=list)

    @property
    def chair(self) -> dict[str, Any]:
        return self.by("city_admin" if self.round.is_city else "district_admin")

    def by(self, name: str) -> dict[str, Any]:
        user = self.city.users[name]
        return {"actor": user, "scope": scope_of(user)}

    def fresh(self) -> Round:
        self.round = Round.objects.select_related("unit").get(pk=self.round.pk)
        return self.round

    def version(self) -> int:
        return self.fresh().lock_version


def make_round(
    city: SmallCity, *, code: str = "dc-2026", unit: Unit | None = None, by: str = "city_admin",
    quota: dict[District, int] | None = None, publish: bool = True, **details: Any,
) -> Contest:  # fmt: skip
    """A published round in its application stage."""
    user = city.users[by]
    actor: dict[str, Any] = {"actor": user, "scope": scope_of(user)}
    kind = make_kinds()
    given = {
        "title": "第三批", "official_title": "新时代中小学校党建引领创新和质量创优工作第三批培育创建单位",
        "programme": Programme.objects.get(code="dual_creation"), "designation_kind": kind, "target": 2,
        "panel_size": 3, "trim_from": 3, "tie_rule": ["fusion"], "comment_minimum": 20, **details,
    }  # fmt: skip
    round_ = rounds.create_round(**actor, unit=unit or unit_of(City.objects.get()), code=code, **given)
    rounds.set_stages(**actor, round_id=round_.pk, stages={kind: window() for kind in StageKind.values})
    rounds.set_questions(**actor, round_id=round_.pk, rows=QUESTIONS)
    rounds.set_criteria(**actor, round_id=round_.pk, rows=CRITERIA)
    rounds.allot_places(**actor, round_id=round_.pk, quota=quota or {city.wuxi: 2, city.jiangjin: 1}, pool=1)
    if publish:
        rounds.publish_round(**actor, round_id=round_.pk, lock_version=round_.lock_version)
    contest = Contest(city, round_)
    contest.fresh()
    if publish:
        move_to(round_, StageKind.APPLICATION)
    return contest


def secretary_of(school: School) -> tuple[User, Scope]:
    user = school_user(school)
    return user, scope_of(user)


def school_user(school: School) -> User:
    office = Unit.objects.get(pk=school.pk).offices.filter(role=Role.SCHOOL_SECRETARY, valid_to=None).first()
    return office.user if office else make_office(Role.SCHOOL_SECRETARY, Unit.objects.get(pk=school.pk)).user


def begin(contest: Contest, school: School) -> Application:
    user, scope = secretary_of(school)
    return cases.begin_application(actor=user, scope=scope, round_id=contest.round.pk, school=school)


def hand_in(contest: Contest, school: School, **answers: Any) -> Application:
    """Begun, filled, submitted."""
    application = begin(contest, school)
    user, scope = secretary_of(school)
    cases.save_answers(
        actor=user, scope=scope, application_id=application.pk, seen_version=1,
        answers={"plan": PLAN, "brand": "同心", **answers},
    )  # fmt: skip
    return cases.submit_application(
        actor=user, scope=scope, application_id=application.pk, lock_version=application.lock_version
    ).obj


REVIEWER = {"500238": "reviewer", "500116": "other_reviewer"}


def accept(contest: Contest, application: Application) -> Application:
    application.refresh_from_db()
    return cases.accept_application(
        **contest.by(REVIEWER[application.district.code]), application_id=application.pk,
        lock_version=application.lock_version,
    ).obj  # fmt: skip


def recommend(
    contest: Contest, district: District, chosen: Sequence[Application], reserves: Sequence[Application] = ()
) -> None:
    """The district's list, saved and sent."""
    held = get_list(round_=contest.round, district=district)
    entries = [recommendations.Entry(a.pk, False, "基础好，品牌清晰。") for a in chosen]
    entries += [recommendations.Entry(a.pk, True, "可以候补。") for a in reserves]
    by = contest.by(REVIEWER[district.code])
    recommendations.save_list(**by, list_id=held.pk, entries=entries)
    recommendations.send_list(**by, list_id=held.pk, lock_version=held.lock_version)


def add_experts(contest: Contest, count: int = 4, employer: Unit | None = None) -> list[Expert]:
    place = unit_of(City.objects.get())
    for _n in range(count):
        office = make_office(Role.EXPERT, place, make_user())
        contest.experts.append(
            panel.register_expert(**contest.by("city_admin"), office=office, expertise=[], employer=employer)
        )
    return contest.experts


def expert_of(sheet: Assignment) -> dict[str, Any]:
    user = sheet.expert.office.user
    return {"actor": user, "scope": scope_of(user)}


def to_review(contest: Contest, *, experts: int = 4, seed: str = "2026-1") -> list[Application]:
    """Two schools of 巫溪 and one of 江津 applied, were recommended, and the panel is drawn."""
    city = contest.city
    rows = [accept(contest, hand_in(contest, school)) for school in (city.one, city.two, city.other)]
    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, city.wuxi, rows[:2])
    recommend(contest, city.jiangjin, rows[2:])
    add_experts(contest, experts)
    move_to(contest.round, StageKind.REVIEW)
    panel.draw_panel(**contest.chair, round_id=contest.round.pk, lock_version=contest.version(), seed=seed)
    contest.fresh()
    return [Application.objects.get(pk=row.pk) for row in rows]


def score(sheet: Assignment, **points: object) -> Assignment:
    """Declared, filled (30, 30, 15 unless said otherwise), submitted."""
    by = expert_of(sheet)
    sheets.declare_free(**by, assignment_id=sheet.pk)
    for code, value in {"base": 30, "fusion": 30, "brand": 15, **points}.items():
        sheets.save_mark(**by, assignment_id=sheet.pk, criterion=code, points=str(value), explanation="有具体证据。")
    sheets.save_comment(**by, assignment_id=sheet.pk, comment=COMMENT)
    sheet.refresh_from_db()
    return sheets.submit_sheet(**by, assignment_id=sheet.pk, lock_version=sheet.lock_version).obj


def more_schools(city: SmallCity, count: int, district: District | None = None) -> list[School]:
    place = district or city.wuxi
    return [make_school(f"{place.code}7{n:03d}", f"青石{n}村小学", place) for n in range(count)]


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def to_outcome(contest: Contest) -> list[Application]:
    """Drawn, scored and closed; 云台小学 first, then 聚奎中学, then 城厢中学. Decisions are held."""
    rows = to_review(contest)
    for application, base in zip(rows, (36, 22, 30), strict=True):
        for sheet in application.assignments.all():
            score(sheet, base=base)
    results.close_review(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())
    contest.fresh()
    return rows


def publish(contest: Contest, number: str = "DC-1") -> PublicNotice:
    """All decisions published; the public notice runs from today, and the dates of the round say so."""
    open_now(contest.round, StageKind.DELIBERATION, StageKind.NOTICE, StageKind.ANNOUNCEMENT)
    results.publish_decisions(
        **contest.chair, round_id=contest.round.pk, lock_version=contest.version(), number=number,
        issuer="市委教育工委（演示）", starts_on=timezone.localdate(),
    )  # fmt: skip
    contest.fresh()
    return PublicNotice.objects.get(round=contest.round)


def title_of(contest: Contest, school: School, by: str = "city_admin", **given: Any) -> Designation:
    """A city title of a year ago, recorded with its source."""
    values = {
        "kind": make_kinds(), "level": "city", "batch": "第二批", "official_title": "第二批培育创建单位",
        "source": "市委教育工委公布文件", "valid_from": timezone.localdate() - timedelta(days=366), **given,
    }  # fmt: skip
    holder = Designation(holder_kind="school", school=school)
    return designations.record_designation(**contest.by(by), holder=holder, **values)
