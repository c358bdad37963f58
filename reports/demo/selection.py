"""Rounds and titles of the demo: one open, one under blind review, one in public notice; the article's titles.

Everything is made with the services that the pages use, by the demo's own accounts. 演示数据.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

from django.utils import timezone

from districts.access import Scope, scope_of
from districts.models import City, District, Level, Office, Role, Unit
from portal.accounts.models import User
from projects.programmes.models import Programme
from projects.selection.models import (
    Application,
    Assignment,
    Designation,
    DesignationKind,
    Round,
    Stage,
    StageKind,
)
from projects.selection.selectors.desk import get_list
from projects.selection.services import applications, designations, panel, recommendations, results, rounds, sheets
from projects.selection.services.kinds import load_kinds
from schools.registry.models import School

from .district_rounds import load_district_rounds

DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "selection.toml").read_text(encoding="utf-8"))
ANCHORS = ((0, "较弱"), (12, "一般"), (15, "良好"), (18, "突出"))
# Anchors at three fifths, three quarters and nine tenths of the maximum, as in the design.
CRITERIA: Sequence[dict[str, Any]] = tuple(
    {
        **row,
        "maximum": Decimal(row["maximum"]),
        "anchors": [
            [row["maximum"] * part // 20, word]
            for part, word in ((0, "较弱"), (12, "一般"), (15, "良好"), (18, "突出"))
        ],
        "explain_high": Decimal(row["maximum"]),
        "explain_low": Decimal(row["maximum"] * 2 // 5),
    }
    for row in DATA["criteria"]
)


@dataclass(frozen=True, slots=True)
class Chair:
    actor: User
    scope: Scope

    @property
    def by(self) -> dict[str, Any]:
        return {"actor": self.actor, "scope": self.scope}


def load_selection() -> dict[str, int]:
    """Build the demo's rounds and titles; returns how many of each."""
    load_kinds()
    chair = _holder(Office.objects.filter(role=Role.CITY_ADMIN, valid_to=None))
    cultivation = DesignationKind.objects.get(code="dc-cultivation")
    schools = list(School.objects.filter(valid_to=None).select_related("district").order_by("district__code", "code"))
    by_district: dict[int, list[School]] = {}
    for school in schools:
        by_district.setdefault(school.district_id, []).append(school)
    few = [own for own in by_district.values() if len(own) >= 2][:6]
    review = _round(chair, "dc-2026", "第三批", cultivation, {own[0].district: 2 for own in few}, target=6)
    cases = [_case(review, school, n) for n, school in enumerate(school for own in few for school in own[:3])]
    _recommend(review, few)
    _experts(chair)
    panel.draw_panel(**chair.by, round_id=review.pk, lock_version=1, seed="20261102")
    _score(review, share=0.6)
    point = DesignationKind.objects.get(code="brand-point")
    notice = _round(chair, "brand-2026", "品牌示范点首批", point, {own[0].district: 1 for own in few[:4]}, target=2)
    cases += [_case(notice, own[-1], n) for n, own in enumerate(few[:4])]
    _recommend(notice, few[:4], first=-1)
    panel.draw_panel(**chair.by, round_id=notice.pk, lock_version=1, seed="20261016")
    _score(notice, share=1.0)
    results.close_review(**chair.by, round_id=notice.pk, lock_version=2)
    results.publish_decisions(
        **chair.by, round_id=notice.pk, lock_version=3, number="BP-2026-01", issuer="市委教育工委（演示）",
        starts_on=timezone.localdate(),
    )  # fmt: skip
    opened = _round(chair, "dc-2027", "第四批", cultivation, {own[0].district: 2 for own in few}, target=6)
    leaders = _leaders_round(chair, few)
    for round_, at in (
        (leaders, StageKind.APPLICATION),
        (review, StageKind.REVIEW),
        (notice, StageKind.NOTICE),
        (opened, StageKind.APPLICATION),
    ):
        _settle_dates(round_, at)
    districts = load_district_rounds()
    return {"rounds": 4 + districts, "applications": len(cases) + 2, "designations": _article_titles(chair)}


def _holder(offices: Iterable[Office]) -> Chair:
    user = next(iter(offices)).user
    return Chair(user, scope_of(user))


def _round(
    chair: Chair, code: str, title: str, kind: DesignationKind, quota: dict[District, int], *, target: int,
    questions: Sequence[dict[str, Any]] = DATA["questions"], **details: Any,
) -> Round:  # fmt: skip
    unit = Unit.objects.get(pk=City.objects.get().pk)
    now = timezone.now()
    round_ = rounds.create_round(
        **chair.by, unit=unit, code=code, title=title, official_title=f"{kind.title}（{title}，演示）",
        programme=kind.programme or Programme.objects.get(code="dual_creation"), designation_kind=kind, target=target,
        panel_size=3, trim_from=5, tie_rule=["fusion", "effect"], expert_load=40, bars_holders=False,
        intro="演示数据。每校限报一项；材料里的人名、品牌名请在“须隐去的名称”里列出。", **details,
    )  # fmt: skip
    stages = {kind: (now - timedelta(days=1), now + timedelta(days=1)) for kind in StageKind.values}
    rounds.set_stages(**chair.by, round_id=round_.pk, stages=stages)
    rounds.set_questions(**chair.by, round_id=round_.pk, rows=questions)
    rounds.set_criteria(**chair.by, round_id=round_.pk, rows=CRITERIA)
    rounds.allot_places(**chair.by, round_id=round_.pk, quota=quota, pool=2)
    rounds.publish_round(**chair.by, round_id=round_.pk, lock_version=0)
    return round_


def _leaders_round(chair: Chair, few: Sequence[Sequence[School]]) -> Round:
    """The city's next batch of 双带头人: posts apply with both proofs; two secretaries have handed in."""
    kind = DesignationKind.objects.get(code="dual-leader")
    round_ = _round(
        chair, "dl-2026", "第四批", kind, {own[0].district: 1 for own in few}, target=4,
        questions=DATA["leader_questions"], holder_kind="post",
    )  # fmt: skip
    for own in few[:2]:
        office = Office.objects.get(role=Role.SCHOOL_SECRETARY, unit_id=own[1].pk, valid_to=None)
        by = _holder([office]).by
        case = applications.begin_application(**by, round_id=round_.pk, school=own[1], office=office)
        answers = {name: text.format(name=own[1].label) for name, text in DATA["leader_answers"].items()}
        applications.save_answers(**by, application_id=case.pk, seen_version=1, answers=answers)
        applications.submit_application(**by, application_id=case.pk, lock_version=0)
    return round_


def _case(round_: Round, school: School, number: int) -> Application:
    """Begun, filled, handed in by the school's clerk; checked by the district."""
    clerk = _holder(Office.objects.filter(role=Role.SCHOOL_CLERK, unit_id=school.pk, valid_to=None))
    case = applications.begin_application(**clerk.by, round_id=round_.pk, school=school)
    brand = DATA["brands"][number % len(DATA["brands"])]
    words = {"name": school.label, "place": school.location_district.name}
    answers = {
        "basis": DATA["basis"].format(**words), "measures": DATA["measures"].format(**words),
        "brand": brand, "names": [brand],
        "goals": [["支部标准化达标率", "75%", "100%"], ["骨干教师党员比", "54.3%", "60%"]],
    }  # fmt: skip
    applications.save_answers(**clerk.by, application_id=case.pk, seen_version=1, answers=answers)
    applications.submit_application(**clerk.by, application_id=case.pk, lock_version=0)
    reviewer = _reviewer(school.district_id)
    applications.accept_application(**reviewer.by, application_id=case.pk, lock_version=1)
    return case


def _reviewer(district_id: int) -> Chair:
    return _holder(Office.objects.filter(role=Role.DISTRICT_REVIEWER, unit_id=district_id, valid_to=None))


def _recommend(round_: Round, few: Sequence[Sequence[School]], *, first: int = 0) -> None:
    for own in few:
        held = get_list(round_=round_, district=own[0].district)
        cases = list(Application.objects.filter(round=round_, district=own[0].district).order_by("pk"))
        places = 2 if first == 0 else 1
        entries = [
            recommendations.Entry(case.pk, n >= places, "基础扎实，品牌清晰。" if n < places else "可以候补。")
            for n, case in enumerate(cases)
        ]
        by = _reviewer(own[0].district_id).by
        recommendations.save_list(**by, list_id=held.pk, entries=entries, minutes="经集体研究确定。")
        recommendations.send_list(**by, list_id=held.pk, lock_version=0)


def _experts(chair: Chair) -> None:
    """The demo's own expert account and seven more, numbered and not named."""
    city = Unit.objects.get(level=Level.CITY)
    for number in range(1, 8):
        user = User.objects.create(username=f"expert{number}", display_name=f"评审专家 {number:04d}")
        user.set_unusable_password()
        user.save()
        Office.objects.create(user=user, role=Role.EXPERT, unit=city, valid_from=date(2022, 9, 1))
    for office in Office.objects.filter(role=Role.EXPERT, valid_to=None):
        panel.register_expert(**chair.by, office=office, expertise=[], employer=None)


def _score(round_: Round, *, share: float) -> None:
    """The first `share` of every expert's sheets is scored; points rise and fall with the keys, not with a person."""
    rows = Assignment.objects.filter(round=round_).select_related("expert__office__user").order_by("expert_id", "pk")
    by_expert: dict[int, list[Assignment]] = {}
    for sheet in rows:
        by_expert.setdefault(sheet.expert_id, []).append(sheet)
    for mine in by_expert.values():
        for sheet in mine[: round(len(mine) * share)]:
            user = sheet.expert.office.user
            by: dict[str, Any] = {"actor": user, "scope": scope_of(user), "assignment_id": sheet.pk}
            sheets.declare_free(**by)
            shift = cycle((0.74, 0.8, 0.86, 0.78, 0.84))
            for n, criterion in enumerate(CRITERIA):
                part = next(shift) + (sheet.application_id * 7 % 9 - 4) / 100 + (sheet.expert_id % 3 - 1) / 50
                points = f"{round(float(criterion['maximum']) * part + n % 2 * 0.5)}"
                sheets.save_mark(**by, criterion=criterion["code"], points=points)
            sheets.save_comment(**by, comment=DATA["comment"])
            sheets.submit_sheet(**by, lock_version=0)


def _settle_dates(round_: Round, at: str) -> None:
    """Dates as a real round has them: stages before `at` are over, `at` runs, the rest lies ahead."""
    order = StageKind.values
    here = order.index(at)
    start = datetime.combine(timezone.localdate(), datetime.min.time(), timezone.get_current_timezone())
    for n, kind in enumerate(order):
        begin = start + timedelta(days=14 * (n - here) - 5)
        Stage.objects.filter(round=round_, kind=kind).update(opens_at=begin, closes_at=begin + timedelta(days=14))


ARTICLE = "公开报道（演示，日期示意）"


def _article_titles(chair: Chair) -> int:
    """The article's designations, as units and posts without personal names."""
    rows: list[tuple[School | None, str, str, str, str]] = [
        (_named("聚奎"), "clean-benchmark", "city", "首批", ""),
        (_named("第一中学"), "brand-point", "district", "“一品”首批", "一中红·赤子心·先行者"),
    ]
    since = timezone.localdate() - timedelta(days=200)
    count = 0
    for school, kind, level, batch, brand in rows:
        if school is None:
            continue
        row = Designation(holder_kind="brand" if brand else "school", school=school, subject_title=brand)
        keeper = chair if level == "city" else _reviewer(school.district_id)
        title = DesignationKind.objects.get(code=kind)
        designations.record_designation(
            **keeper.by, holder=row, kind=title, level=level, batch=batch, official_title=f"{batch}{title.title}",
            source=ARTICLE, valid_from=since,
        )  # fmt: skip
        count += 1
    return count


def _named(part: str) -> School | None:
    return School.objects.filter(name__contains=part, valid_to=None).order_by("code").first()
