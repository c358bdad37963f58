"""The blind panel: conflicts, the draw, sheets, replacement, and that nothing tells who it is."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import City, Role, Unit
from portal.workflow.errors import DomainError
from projects.selection.models import (
    Application,
    Assignment,
    BlindCopy,
    BlindFile,
    Conflict,
    Mark,
    StageKind,
)
from projects.selection.selectors.conflicts import find_conflicts
from projects.selection.services import panel, sheets
from projects.selection.services.attachments import add_attachment
from projects.selection.services.blinding import add_clean_copy, clear_file, hide_words
from projects.selection.services.panel import declare_tie, draw_panel, register_expert
from schools.party.models import PartyOrganisation
from tests.support.city import FOUNDED, make_branch, make_office, make_school, make_user
from tests.support.files import docx, pdf, png, xlsx
from tests.support.selection import (
    COMMENT,
    PLAN,
    Contest,
    accept,
    add_experts,
    begin,
    expert_of,
    hand_in,
    move_to,
    recommend,
    score,
    secretary_of,
    to_review,
    unit_of,
    upload,
)


def _draw(contest: Contest, seed: str = "s") -> None:
    draw_panel(**contest.chair, round_id=contest.round.pk, lock_version=contest.version(), seed=seed)
    contest.fresh()


def _ready(contest: Contest, *schools: Any, **answers: Any) -> list[Application]:
    """Recommended applications of 巫溪, the review stage open."""
    rows = [accept(contest, hand_in(contest, school, **answers)) for school in schools]
    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, contest.city.wuxi, rows)
    move_to(contest.round, StageKind.REVIEW)
    return rows


def test_everybody_gets_a_full_panel_a_blind_code_and_a_redacted_copy(
    contest: Contest, drawn: list[Application]
) -> None:
    assert sorted(a.blind_code for a in drawn) == ["01", "02", "03"]
    assert all(a.assignments.count() == 3 for a in drawn)
    assert BlindCopy.objects.count() == 3
    assert (contest.round.status, contest.round.seed) == ("reviewing", "2026-1")


def test_conflicts_are_detected_and_never_drawn(contest: Contest) -> None:
    city = contest.city
    place = unit_of(City.objects.get())
    branch = make_branch(city.one)
    bound: dict[str, Any] = {}
    for kind in ("own_unit", "own_district", "past_post", "tie"):
        office = make_office(Role.EXPERT, place, make_user())
        employer = {"own_unit": unit_of(branch), "own_district": unit_of(city.wuxi)}.get(kind)  # type: ignore[arg-type]
        bound[kind] = register_expert(**contest.chair, office=office, expertise=[], employer=employer)
    make_office(
        Role.SCHOOL_CLERK,
        unit_of(city.one),
        bound["past_post"].office.user,
        since=FOUNDED,
        until=FOUNDED + timedelta(days=900),
    )  # type: ignore[arg-type]
    declare_tie(
        **expert_of(type("S", (), {"expert": bound["tie"]})),
        expert_id=bound["tie"].pk,
        unit=unit_of(city.one),
        kind="coauthor",
    )  # type: ignore[arg-type]
    add_experts(contest, 3)
    (application,) = _ready(contest, city.one)
    _draw(contest)
    found = {(c.expert_id, c.kind) for c in Conflict.objects.filter(application=application)}
    for kind, expert in bound.items():
        assert (expert.pk, kind) in found, kind
    assert {a.expert_id for a in application.assignments.all()} == {e.pk for e in contest.experts}
    assert PartyOrganisation.objects.filter(pk=branch.pk).exists()


def _found(contest: Contest, expert: Any, school: Any, **answers: Any) -> list[str]:
    (application,) = _ready(contest, school, **answers)
    return [kind for _expert, _case, kind in find_conflicts([expert], [application])]


def test_a_tie_to_a_branch_is_one_to_its_school(contest: Contest) -> None:
    (expert,) = add_experts(contest, 1)
    branch = make_branch(contest.city.one)
    own = expert_of(type("S", (), {"expert": expert}))  # type: ignore[arg-type]
    declare_tie(**own, expert_id=expert.pk, unit=unit_of(branch), kind="guided")  # type: ignore[arg-type]
    assert _found(contest, expert, contest.city.one) == ["tie"]


def test_who_worked_at_a_school_that_went_into_this_one_does_not_score_it(contest: Contest) -> None:
    (expert,) = add_experts(contest, 1)
    old = make_school("5002388001", "白塔小学", contest.city.wuxi)
    middle = make_school("5002388002", "红岩小学", contest.city.wuxi)
    old.successors.add(middle)
    middle.successors.add(contest.city.one)
    until = FOUNDED + timedelta(days=900)
    make_office(Role.SCHOOL_CLERK, unit_of(old), expert.office.user, since=FOUNDED, until=until)  # type: ignore[arg-type]
    assert _found(contest, expert, contest.city.one) == ["past_post"]


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({"people": ["李文明"]}, True),
        ({"people": ["张三、李 文 明"]}, True),
        ({"goals": [["工作法", "王五；李文明"]]}, True),
        ({"people": ["李文"]}, False),
        ({"plan": f"李文明{PLAN}"}, False),
    ],
)
def test_an_author_of_the_case_does_not_score_it(contest: Contest, answers: dict[str, Any], named: bool) -> None:
    """Named among its people or in a table; in running text the same characters may be any words."""
    (expert,) = add_experts(contest, 1)
    expert.office.user.display_name = "李文明"
    expert.office.user.save()
    assert _found(contest, expert, contest.city.one, **answers) == (["named"] if named else [])


def test_conflicts_cost_the_same_for_any_number(contest: Contest) -> None:
    experts = add_experts(contest, 4)
    rows = _ready(contest, contest.city.one, contest.city.two, people=["李文明"])
    seen = []
    for some, cases in ((experts[:1], rows[:1]), (experts, rows)):
        with CaptureQueriesContext(connection) as queries:
            find_conflicts(some, cases)
        seen.append(len(queries))
    assert seen[0] == seen[1] <= 10


def test_without_enough_experts_nothing_happens_at_all(contest: Contest) -> None:
    add_experts(contest, 2)
    (application,) = _ready(contest, contest.city.one)
    with pytest.raises(DomainError) as refusal:
        _draw(contest)
    assert (refusal.value.code, refusal.value.extra["short"]) == ("panel_short", {"01": 1})
    application.refresh_from_db()
    assert (application.status, application.blind_code, contest.fresh().seed) == ("recommended", "", "")


def test_the_database_seats_nobody_in_conflict_and_closes_conflicts_only_after_the_seat(
    contest: Contest, drawn: list[Application]
) -> None:
    sheet = drawn[0].assignments.first()
    spare = next(e for e in contest.experts if not drawn[0].assignments.filter(expert=e).exists())
    with pytest.raises(IntegrityError), transaction.atomic():
        Conflict.objects.create(expert=sheet.expert, application=drawn[0], kind="declared")
    Conflict.objects.create(expert=spare, application=drawn[0], kind="declared")
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(round=contest.round, application=drawn[0], expert=spare, status="assigned")


def test_the_blind_copy_hides_every_name_and_keeps_the_rest(contest: Contest) -> None:
    city = contest.city
    make_branch(city.one)
    text = f"{PLAN}云台小学位于巫溪县，云 台 小 学党支部由李四同志牵头，YunTaiXiaoXue 师生参与。"
    (application,) = _ready(
        contest, city.one, plan=text, brand="云台同行", people=["李四"], goals=[["云台小学达标率", "75%"]]
    )
    add_experts(contest, 3)
    _draw(contest)
    copy = json.dumps(application.blind_copy.content, ensure_ascii=False)
    for word in ("云台", "巫溪", "李四", "yuntai", "YunTai"):
        assert word not in copy, word
    assert "骨干教师带头上公开课" in copy
    assert "75%" in copy
    assert "须隐去" not in {part["title"] for part in application.blind_copy.content}


FILES = {
    "text": ("a.docx", docx("我校云台小学的总结"), "leaking", "正文"),
    "author": ("b.docx", docx("总结", author="云台小学办公室"), "leaking", "文档属性"),
    "company": ("c.xlsx", xlsx("86", company="巫溪县云台小学"), "leaking", "文档属性"),
    "pdf author": ("d.pdf", pdf("report", author="yuntaixiaoxue"), "leaking", "文档属性"),
    "pdf text": ("d2.pdf", pdf("Report of YunTai XiaoXue"), "leaking", "正文"),
    "name only": ("云台小学.docx", docx("总结"), "clean", "文件名"),
    "clean": ("e.docx", docx("党支部建在年级组"), "clean", ""),
    "picture": ("f.png", png(), "unreadable", ""),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_searched_in_text_properties_and_name(contest: Contest, kind: str) -> None:
    name, content, state, place = FILES[kind]
    application = begin(contest, contest.city.one)
    user, scope = secretary_of(contest.city.one)
    own = {"actor": user, "scope": scope, "application_id": application.pk}
    add_attachment(**own, question="proof", upload=upload(name, content))
    application = hand_in(contest, contest.city.one)
    accept(contest, application)
    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, contest.city.wuxi, [application])
    add_experts(contest, 3)
    move_to(contest.round, StageKind.REVIEW)
    _draw(contest)
    file = BlindFile.objects.get()
    assert file.state == state, file.findings
    assert [f["place"] for f in file.findings][:1] == ([place] if place else [])
    if state == "leaking":
        with pytest.raises(DomainError):
            clear_file(**contest.chair, attachment_id=file.pk)
        if name.endswith("docx"):
            cleaned = add_clean_copy(**contest.chair, attachment_id=file.pk, upload=upload("x.docx", docx("总结")))
            assert cleaned.may_be_shown
    if state == "unreadable":
        assert not file.may_be_shown
        assert clear_file(**contest.chair, attachment_id=file.pk).may_be_shown


def test_no_text_before_the_declaration_and_nothing_after_the_deadline(
    contest: Contest, drawn: list[Application]
) -> None:
    sheet = drawn[0].assignments.first()
    by = expert_of(sheet)
    mark = {**by, "assignment_id": sheet.pk, "criterion": "base", "points": "30"}
    with pytest.raises(DomainError) as refusal:
        sheets.save_mark(**mark)
    assert refusal.value.code == "undeclared"
    sheets.declare_free(**by, assignment_id=sheet.pk)
    sheets.save_mark(**mark)
    closes = contest.round.stages.get(kind=StageKind.REVIEW).closes_at
    with time_machine.travel(closes, tick=False), pytest.raises(DomainError) as refusal:
        sheets.save_mark(**mark)
    assert refusal.value.code == "closed"


@pytest.mark.parametrize("points", ["-1", "41", "30.55", "三十", "NaN", "Infinity", "1e2"])
def test_points_have_a_range(contest: Contest, drawn: list[Application], points: str) -> None:
    sheet = drawn[0].assignments.first()
    by = expert_of(sheet)
    sheets.declare_free(**by, assignment_id=sheet.pk)
    with pytest.raises(DomainError, match="0 至 40"):
        sheets.save_mark(**by, assignment_id=sheet.pk, criterion="base", points=points)
    sheets.save_mark(**by, assignment_id=sheet.pk, criterion="base", points="３０．５")
    with pytest.raises(IntegrityError), transaction.atomic():
        Mark.objects.update(points=41)


def test_extremes_need_a_reason_and_a_sheet_is_locked_once_it_is_in(contest: Contest, drawn: list[Application]) -> None:
    sheet = drawn[0].assignments.first()
    by = expert_of(sheet)
    sheets.declare_free(**by, assignment_id=sheet.pk)
    for code, points in (("base", "39"), ("fusion", "30")):
        sheets.save_mark(**by, assignment_id=sheet.pk, criterion=code, points=points)
    with pytest.raises(DomainError) as refusal:
        sheets.submit_sheet(**by, assignment_id=sheet.pk, lock_version=0)
    assert [gap.code for gap in refusal.value.extra["gaps"]] == ["base", "brand", "comment"]
    score(sheet, base=39)
    with pytest.raises(DomainError) as refusal:
        sheets.save_mark(**by, assignment_id=sheet.pk, criterion="base", points="20")
    assert refusal.value.code == "locked"
    for attack in (
        lambda: Mark.objects.update(points=1),
        lambda: Mark.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            attack()
    again = sheets.submit_sheet(**by, assignment_id=sheet.pk, lock_version=0)
    assert again.repeated, "a double click finds the first result"


def test_nobody_scores_for_another_expert(contest: Contest, drawn: list[Application]) -> None:
    application = drawn[0]
    sheet, other = application.assignments.all()[:2]
    for by in (expert_of(other), contest.chair, contest.by("reviewer"), contest.by("expert")):
        with pytest.raises(DomainError) as refusal:
            sheets.save_mark(**by, assignment_id=sheet.pk, criterion="base", points="1")
        assert refusal.value.code == "forbidden"


def test_who_steps_back_loses_access_and_another_sits_down(contest: Contest, drawn: list[Application]) -> None:
    application = drawn[0]
    sheet = application.assignments.first()
    sheets.recuse(**expert_of(sheet), assignment_id=sheet.pk, lock_version=0, reason="认出了申报学校。")
    sheets.recuse(**expert_of(sheet), assignment_id=sheet.pk, lock_version=0, reason="认出了申报学校。")
    assert Conflict.objects.get(expert=sheet.expert, application=application, kind="declared")
    seated = application.assignments.filter(status="assigned")
    assert seated.count() == 3
    assert seated.get(replaces=sheet).expert not in (sheet.expert,)
    with pytest.raises(DomainError):
        sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk)


def test_a_late_expert_is_replaced_in_the_middle_of_the_work(contest: Contest, drawn: list[Application]) -> None:
    application = drawn[0]
    sheet = application.assignments.first()
    by = expert_of(sheet)
    sheets.declare_free(**by, assignment_id=sheet.pk)
    sheets.save_mark(**by, assignment_id=sheet.pk, criterion="base", points="12")
    given = {"assignment_id": sheet.pk, "lock_version": 0, "reason": "逾期未评。"}
    with pytest.raises(DomainError):
        sheets.replace_expert(**by, **given)
    _outcome, seated = sheets.replace_expert(**contest.chair, **given)
    assert seated is not None
    _again, same = sheets.replace_expert(**contest.chair, **given)
    assert same == seated
    with pytest.raises(DomainError):
        sheets.save_mark(**by, assignment_id=sheet.pk, criterion="base", points="13")
    # Nobody is left for a second replacement: the seat stays empty, and the chair is told.
    _outcome, nobody = sheets.replace_expert(
        **contest.chair, assignment_id=seated.pk, lock_version=0, reason="也逾期。"
    )
    assert nobody is None


def test_a_reported_leak_closes_the_item_until_it_is_hidden(contest: Contest, drawn: list[Application]) -> None:
    application = drawn[0]
    sheet, other = application.assignments.all()[:2]
    sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk)
    sheets.report_leak(**expert_of(sheet), assignment_id=sheet.pk, note="第二部分写了“公开课”，能看出学校。")
    with pytest.raises(DomainError) as refusal:
        sheets.declare_free(**expert_of(other), assignment_id=other.pk)
    assert refusal.value.code == "suspended"
    hide_words(**contest.chair, application_id=application.pk, words=["公开课"])
    application.refresh_from_db()
    assert "公开课" not in json.dumps(BlindCopy.objects.get(application=application).content, ensure_ascii=False)
    sheets.declare_free(**expert_of(other), assignment_id=other.pk)


def test_who_withdraws_is_scored_no_more(contest: Contest) -> None:
    from projects.selection.services.applications import withdraw_application

    application = to_review(contest)[0]
    user, scope = secretary_of(application.school)
    withdraw_application(
        actor=user, scope=scope, application_id=application.pk, lock_version=application.lock_version, reason="退出。"
    )
    sheet = application.assignments.first()
    with pytest.raises(DomainError) as refusal:
        sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk)
    assert refusal.value.code == "withdrawn"


def test_a_comment_is_kept_while_it_is_written(contest: Contest, drawn: list[Application]) -> None:
    sheet = drawn[0].assignments.first()
    sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk)
    assert sheets.save_comment(**expert_of(sheet), assignment_id=sheet.pk, comment=COMMENT).comment == COMMENT


def test_the_register_is_kept_by_the_city(contest: Contest) -> None:
    office = make_office(Role.EXPERT, Unit.objects.get(level="city"), make_user())
    with pytest.raises(DomainError):
        register_expert(**contest.by("reviewer"), office=office, expertise=[], employer=None)
    clerk = make_office(Role.INSPECTOR, Unit.objects.get(level="city"), make_user())
    with pytest.raises(DomainError) as refusal:
        register_expert(**contest.chair, office=clerk, expertise=[], employer=None)
    assert refusal.value.code == "not_expert"
    expert = register_expert(**contest.chair, office=office, expertise=["primary"], employer=None)
    assert not panel.retire_expert(**contest.chair, expert_id=expert.pk).is_active


def test_the_draw_costs_the_same_at_one_and_at_three(contest: Contest) -> None:
    def queries(rows: int) -> int:
        from projects.selection.selectors.conflicts import find_conflicts, list_active_experts

        applications = list(Application.objects.select_related("school", "district")[:rows])
        with CaptureQueriesContext(connection) as seen:
            find_conflicts(list_active_experts(), applications)
        return len(seen)

    to_review(contest)
    assert queries(1) == queries(3)
    assert timezone.now()
