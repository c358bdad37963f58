"""Rounds and titles of the demo: two open, one under blind review, one in public notice, and one that is over.

What is a step of each single case or sheet is written in bulk; everything else is made with the services that the
pages use, by the demo's own accounts. 演示数据.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from districts.models import Level, Office, Role, Unit
from portal.accounts.models import User
from projects.selection.models import (
    Application,
    Assignment,
    Criterion,
    Designation,
    DesignationKind,
    Round,
    Stage,
    StageKind,
)
from projects.selection.selectors.desk import get_list
from projects.selection.services import applications, designations, panel, recommendations, results
from projects.selection.services.kinds import load_kinds
from schools.registry.models import School

from .cases import hand_in, record_sheets
from .district_rounds import load_district_rounds
from .rounds import DATA, Chair, holder_of, make_round, reviewer_of
from .topics_call import load_topics_call
from .whole_round import load_whole_round


def load_selection() -> dict[str, int]:
    """Build the demo's rounds and titles; returns how many of each."""
    load_kinds()
    chair = holder_of(Office.objects.filter(role=Role.CITY_ADMIN, valid_to=None))
    by_district: dict[int, list[School]] = {}
    rows = School.objects.filter(valid_to=None).select_related("location_district")
    for school in rows.order_by("district__code", "code"):
        by_district.setdefault(school.district_id, []).append(school)
    few = [own for own in by_district.values() if len(own) >= 2][:6]
    _experts(chair, [own[-1] for own in few[:3]])
    taken = {school.pk for own in few for school in (*own[:3], own[-1])}
    made = [
        load_whole_round(chair, {pk: [s for s in own if s.pk not in taken] for pk, own in by_district.items()}),
        _round_under_review(chair, few),
        _round_on_notice(chair, few[:4]),
        _open_round(chair, few),
        _leaders_round(chair, few),
        _settle_dates(load_topics_call(chair, few), StageKind.APPLICATION),
    ]
    cases = Application.objects.filter(round__in=made).count()
    districts = load_district_rounds()
    return {"rounds": len(made) + districts, "applications": cases, "designations": _article_titles(chair)}


def _round_under_review(chair: Chair, few: Sequence[Sequence[School]]) -> Round:
    """In the middle of the blind review: every expert has handed some sheets in, and has others to score."""
    kind = DesignationKind.objects.get(code="dc-cultivation")
    round_ = make_round(chair, "dc-2027", "第四批", kind, {own[0].district: 2 for own in few}, target=6)
    hand_in(round_, [school for own in few for school in own[:3]], known_on=timezone.localdate())
    _recommend(round_, few)
    panel.draw_panel(**chair.by, round_id=round_.pk, lock_version=1, seed="20261102")
    _score(round_, share=0.6)
    return _settle_dates(round_, StageKind.REVIEW)


def _round_on_notice(chair: Chair, few: Sequence[Sequence[School]]) -> Round:
    kind = DesignationKind.objects.get(code="brand-point")
    round_ = make_round(chair, "brand-2026", "品牌示范点首批", kind, {own[0].district: 1 for own in few}, target=2)
    hand_in(round_, [own[-1] for own in few], known_on=timezone.localdate())
    _recommend(round_, few, first=-1)
    panel.draw_panel(**chair.by, round_id=round_.pk, lock_version=1, seed="20261016")
    _score(round_, share=1.0)
    results.close_review(**chair.by, round_id=round_.pk, lock_version=2)
    results.publish_decisions(
        **chair.by, round_id=round_.pk, lock_version=3, number="BP-2026-01", issuer="市委教育工委（演示）",
        starts_on=timezone.localdate(),
    )  # fmt: skip
    return _settle_dates(round_, StageKind.NOTICE)


def _open_round(chair: Chair, few: Sequence[Sequence[School]]) -> Round:
    kind = DesignationKind.objects.get(code="dc-cultivation")
    round_ = make_round(chair, "dc-2028", "第五批", kind, {own[0].district: 2 for own in few}, target=6)
    return _settle_dates(round_, StageKind.APPLICATION)


def _leaders_round(chair: Chair, few: Sequence[Sequence[School]]) -> Round:
    """The city's next batch of 双带头人: posts apply with both proofs; two secretaries have handed in."""
    kind = DesignationKind.objects.get(code="dual-leader")
    round_ = make_round(
        chair, "dl-2026", "第四批", kind, {own[0].district: 1 for own in few}, target=4,
        questions=DATA["leader_questions"], holder_kind="post",
    )  # fmt: skip
    for own in few[:2]:
        office = Office.objects.get(role=Role.SCHOOL_SECRETARY, unit_id=own[1].pk, valid_to=None)
        by = holder_of([office]).by
        case = applications.begin_application(**by, round_id=round_.pk, school=own[1], office=office)
        answers = {name: text.format(name=own[1].label) for name, text in DATA["leader_answers"].items()}
        applications.save_answers(**by, application_id=case.pk, seen_version=1, answers=answers)
        applications.submit_application(**by, application_id=case.pk, lock_version=0)
    return _settle_dates(round_, StageKind.APPLICATION)


def _recommend(round_: Round, few: Sequence[Sequence[School]], *, first: int = 0) -> None:
    for own in few:
        held = get_list(round_=round_, district=own[0].district)
        cases = list(Application.objects.filter(round=round_, district=own[0].district).order_by("pk"))
        places = 2 if first == 0 else 1
        entries = [
            recommendations.Entry(case.pk, n >= places, "基础扎实，品牌清晰。" if n < places else "可以候补。")
            for n, case in enumerate(cases)
        ]
        by = reviewer_of(own[0].district_id).by
        recommendations.save_list(**by, list_id=held.pk, entries=entries, minutes="经集体研究确定。")
        recommendations.send_list(**by, list_id=held.pk, lock_version=0)


def _experts(chair: Chair, employers: Sequence[School]) -> None:
    """The demo's own expert account and seven more, numbered and not named; three of them work at these schools."""
    city = Unit.objects.get(level=Level.CITY)
    for number in range(1, 8):
        user = User.objects.create(username=f"expert{number}", display_name=f"评审专家 {number:04d}")
        user.set_unusable_password()
        user.save()
        Office.objects.create(user=user, role=Role.EXPERT, unit=city, valid_from=date(2022, 9, 1))
    fields = DATA["expertise"]
    for number, office in enumerate(Office.objects.filter(role=Role.EXPERT, valid_to=None).order_by("pk")):
        employer = Unit.objects.get(pk=employers[number - 1].pk) if 1 <= number <= len(employers) else None
        own = [fields[number % len(fields)], fields[(number + 1) % len(fields)]]
        panel.register_expert(**chair.by, office=office, expertise=own, employer=employer)


def _score(round_: Round, *, share: float) -> None:
    """The first `share` of every expert's sheets is scored."""
    rows = Assignment.objects.filter(round=round_).select_related("expert__office").order_by("expert_id", "pk")
    by_expert: dict[int, list[Assignment]] = {}
    for sheet in rows:
        by_expert.setdefault(sheet.expert_id, []).append(sheet)
    record_sheets(
        [sheet for mine in by_expert.values() for sheet in mine[: round(len(mine) * share)]],
        list(Criterion.objects.filter(round=round_).order_by("order")),
        points=_points, comment=lambda _sheet: DATA["comment"],
    )  # fmt: skip


def _points(sheet: Assignment, criterion: Criterion) -> Decimal:
    """Points rise and fall with the keys, not with a person."""
    shift = (0.74, 0.8, 0.86, 0.78, 0.84)[(criterion.order - 1) % 5]
    part = shift + (sheet.application_id * 7 % 9 - 4) / 100 + (sheet.expert_id % 3 - 1) / 50
    return Decimal(round(float(criterion.maximum) * part + (criterion.order - 1) % 2 * 0.5))


def _settle_dates(round_: Round, at: str) -> Round:
    """Dates as a real round has them: stages before `at` are over, `at` runs, the rest lies ahead."""
    order = StageKind.values
    here = order.index(at)
    start = datetime.combine(timezone.localdate(), datetime.min.time(), timezone.get_current_timezone())
    for n, kind in enumerate(order):
        begin = start + timedelta(days=14 * (n - here) - 5)
        Stage.objects.filter(round=round_, kind=kind).update(opens_at=begin, closes_at=begin + timedelta(days=14))
    return round_


ARTICLE = "公开报道（演示，日期示意）"


def _article_titles(chair: Chair) -> int:
    """The article's titles and honours, as schools, brands and cases without personal names."""
    since = timezone.localdate() - timedelta(days=200)
    count = 0
    for line in DATA["article_titles"]:
        school = _named(line["school"])
        if school is None:
            continue
        subject = line.get("subject", "")
        row = Designation(holder_kind=line.get("holder", "school"), school=school, subject_title=subject)
        keeper = reviewer_of(school.district_id) if line["level"] == "district" else chair
        title, batch = DesignationKind.objects.get(code=line["kind"]), line.get("batch", "")
        designations.record_designation(
            **keeper.by, holder=row, kind=title, level=line["level"], batch=batch,
            official_title=line.get("title", f"{batch}{title.title}"), source=ARTICLE, valid_from=since,
        )  # fmt: skip
        count += 1
    return count


def _named(part: str) -> School | None:
    return School.objects.filter(name__contains=part, valid_to=None).order_by("code").first()
