"""From scores to designations: the ranking, held decisions, the notice, objections, and what is held afterwards."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from portal.workflow.errors import DomainError
from projects.selection import consequences
from projects.selection.codes import digest_of
from projects.selection.models import Application, Decision, Designation, Objection, PublicNotice, Round, StageKind
from projects.selection.rules.result import rank
from projects.selection.selectors.outcome import computation_rows, get_outcome
from projects.selection.selectors.results import compute_ranking, get_rubric, list_sheets
from projects.selection.services import notices
from projects.selection.services import results as chair
from projects.selection.services.applications import withdraw_application
from projects.selection.tasks import end_due_notices
from tests.support.city import SmallCity
from tests.support.selection import (
    CRITERIA,
    Contest,
    accept,
    begin,
    hand_in,
    make_round,
    move_to,
    open_now,
    recommend,
    score,
    secretary_of,
    title_of,
    to_outcome,
    to_review,
)
from tests.support.standing import standing

# A Monday, so that five working days end on the Friday.
MONDAY = datetime(2026, 11, 2, 9, tzinfo=timezone.get_default_timezone())
NOTICE = {"number": "DC-2026-03", "issuer": "市委教育工委（演示）"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@standing
def contest(city: SmallCity) -> Contest:
    """As everywhere, but begun on that Monday."""
    with time_machine.travel(MONDAY, tick=False):
        return make_round(city)


@standing
def scored(contest: Contest) -> list[Application]:
    """Three items with three sheets each: 云台小学 best, then 聚奎中学, then 城厢中学."""
    with time_machine.travel(MONDAY, tick=False):
        rows = to_review(contest)
        points = {rows[0].pk: (38, 36, 33), rows[1].pk: (20, 22, 24), rows[2].pk: (30, 31, 29)}
        for application in rows:
            for sheet, base in zip(application.assignments.all(), points[application.pk], strict=True):
                score(sheet, base=base)
        return rows


def _close(contest: Contest, **given: Any) -> Any:
    return chair.close_review(**contest.chair, round_id=contest.round.pk, lock_version=contest.version(), **given)


def _publish(contest: Contest, **given: Any) -> PublicNotice:
    values = {**NOTICE, "starts_on": timezone.localdate() + timedelta(days=1), **given}
    chair.publish_decisions(**contest.chair, round_id=contest.round.pk, lock_version=contest.version(), **values)
    return PublicNotice.objects.get(round=contest.round)


def _announce(contest: Contest) -> Any:
    open_now(contest.round, StageKind.ANNOUNCEMENT)
    return notices.announce_round(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())


def test_sql_python_and_pandas_rank_alike(contest: Contest, scored: list[Application]) -> None:
    round_ = contest.fresh()
    in_sql = [ranked for _pk, ranked in compute_ranking(round_)]
    in_python = rank(
        list_sheets(round_), get_rubric(round_), trim=round_.trim, trim_from=round_.trim_from,
        tie_rule=round_.tie_rule, seed=round_.seed,
    )  # fmt: skip
    key = [(r.item, r.score, r.median, r.mean, r.sheets, r.rank) for r in in_python]
    assert [(r.item, r.score, r.median, r.mean, r.sheets, r.rank) for r in in_sql] == key
    frame = pd.DataFrame([{"item": s.item, "expert": s.expert, **s.points} for s in list_sheets(round_)])
    frame["total"] = frame[[c["code"] for c in CRITERIA]].astype(float).sum(axis=1)
    outside = frame.groupby("item")["total"].agg(lambda v: v.sort_values().iloc[1:-1].mean())
    assert list(outside.sort_values(ascending=False).index) == [r.item for r in in_sql]
    assert [round(outside[r.item], 4) for r in in_sql] == [float(r.score) for r in in_sql]


def test_open_sheets_hold_the_review_open(contest: Contest) -> None:
    rows = to_review(contest)
    score(rows[0].assignments.first())
    with pytest.raises(DomainError, match="还有 8 份评分表没有提交"):
        _close(contest)


def test_an_empty_seat_must_be_seen_before_it_is_accepted(contest: Contest) -> None:
    from projects.selection.services.sheets import replace_expert

    rows = to_review(contest, experts=3)
    gone = rows[0].assignments.first()
    replace_expert(**contest.chair, assignment_id=gone.pk, lock_version=0, reason="逾期。")
    for application in rows:
        for sheet in application.assignments.filter(status="assigned"):
            score(sheet)
    with pytest.raises(DomainError, match="有 1 份材料的评分不足"):
        _close(contest)
    _close(contest, accept_short=True)
    assert Decision.objects.get(application=rows[0]).sheets == 2


def test_decisions_are_held_and_published_together(contest: Contest, scored: list[Application]) -> None:
    _close(contest)
    proposed = {d.application_id: (d.rank, d.outcome) for d in Decision.objects.all()}
    assert proposed == {scored[0].pk: (1, "select"), scored[2].pk: (2, "select"), scored[1].pk: (3, "decline")}
    assert set(Application.objects.values_list("status", flat=True)) == {"expert_review"}, "nobody sees anything yet"
    given = {**contest.chair, "application_id": scored[1].pk, "outcome": "select"}
    with pytest.raises(DomainError, match="集体审议的理由"):
        chair.change_decision(**given, reason=" ")
    chair.change_decision(**given, reason="乡村学校，集体审议同意。")
    with pytest.raises(DomainError, match="超过计划的 2 个"):
        _publish(contest)
    chair.change_decision(**{**given, "application_id": scored[2].pk, "outcome": "decline"}, reason="名额所限。")
    notice = _publish(contest)
    states = dict(Application.objects.values_list("pk", "status"))
    assert [states[a.pk] for a in scored] == ["public_notice", "public_notice", "declined"]
    assert (notice.starts_on, notice.ends_on) == (date(2026, 11, 3), date(2026, 11, 9))
    with pytest.raises(DomainError):
        chair.change_decision(**given, reason="太晚。")


def _leave(application: Application) -> None:
    user, scope = secretary_of(application.school)
    application.refresh_from_db()
    withdraw_application(
        actor=user,
        scope=scope,
        application_id=application.pk,
        lock_version=application.lock_version,
        reason="条件未备。",
    )


def test_whoever_left_stands_before_nobody(contest: Contest, scored: list[Application]) -> None:
    """The best leaves before the review closes: the cut, the other means and the export know the others only."""
    best, last, middle = scored
    _leave(best)
    _close(contest)
    page = get_outcome(round_=contest.fresh())
    ranks = [(row.application.pk, row.decision.rank) for row in page.rows]
    assert ranks == [(middle.pk, 1), (last.pk, 2)]
    assert page.cut == Decision.objects.get(application=last).score, "two places: the second of those who stand"
    assert all(not other.enter and not other.leave for other in page.sensitivity)
    assert page.selected == 2
    listed = {row[0] for row in computation_rows(contest.round)}
    assert listed == {a.blind_code for a in Application.objects.filter(pk__in=[last.pk, middle.pk])}


def test_whoever_leaves_after_the_close_is_counted_no_more(contest: Contest, scored: list[Application]) -> None:
    best, last, middle = scored
    _close(contest)
    before = get_outcome(round_=contest.fresh())
    assert (before.selected, before.cut) == (2, Decision.objects.get(application=middle).score)
    _leave(best)
    after = get_outcome(round_=contest.fresh())
    assert (after.selected, after.cut) == (1, Decision.objects.get(application=last).score)
    assert len(after.rows) == 3, "what was decided stays on record"
    assert {row[0] for row in computation_rows(contest.round)} == {a.blind_code for a in Application.objects.all()}


def test_only_the_chair_decides(contest: Contest, scored: list[Application]) -> None:
    for name in ("city_staff", "reviewer", "district_admin", "expert", "inspector"):
        with pytest.raises(DomainError) as refusal:
            chair.close_review(**contest.by(name), round_id=contest.round.pk, lock_version=contest.version())
        assert refusal.value.code == "forbidden", name


def test_two_chairs_close_once(contest: Contest, scored: list[Application]) -> None:
    version = contest.version()
    by = {**contest.chair, "round_id": contest.round.pk, "lock_version": version}
    assert not chair.close_review(**by).repeated
    assert chair.close_review(**by).repeated
    assert Decision.objects.count() == 3


@pytest.fixture
def notice(contest: Contest, scored: list[Application], clock: Any) -> PublicNotice:
    _close(contest)
    row = _publish(contest)
    clock.move_to(MONDAY + timedelta(days=1))
    return row


def _object(notice: PublicNotice, ticket: str = "t1", **given: Any) -> tuple[str, Objection]:
    code = notices.file_objection(notice_id=notice.pk, ticket=ticket, text="材料里的达标率与实际不符。", **given)
    return code, Objection.objects.get(code_digest=digest_of(code))


def test_an_objection_blocks_until_it_is_answered(
    contest: Contest, notice: PublicNotice, scored: list[Application], clock: Any
) -> None:
    code, objection = _object(notice)
    assert (len(code), objection.name) == (16, "")
    clock.move_to(MONDAY + timedelta(days=8))
    with pytest.raises(DomainError, match="还有 1 件异议没有办结"):
        _announce(contest)
    case = scored[0]
    case.refresh_from_db()
    row = Designation(
        holder_kind="school", school=case.school, kind=contest.round.designation_kind, level="city", official_title="x",
        district=case.district, round=contest.round, application=case, valid_from=date(2026, 11, 10), status="active",
        check_code="X", recorded_by=contest.city.users["city_admin"],
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="objection"), transaction.atomic():
        row.save()
    closing = {**contest.chair, "objection_id": objection.pk, "lock_version": 0, "upheld": False}
    with pytest.raises(DomainError) as refusal:
        notices.close_objection(**closing, reply="")
    assert refusal.value.code == "comment_required"
    notices.close_objection(**closing, reply="经核对原始台账，数据属实。")
    assert _announce(contest).obj.status == "announced"
    assert Designation.objects.count() == 2


def test_an_upheld_objection_strikes_the_case(
    contest: Contest, notice: PublicNotice, scored: list[Application], clock: Any
) -> None:
    _code, objection = _object(notice, application_id=scored[0].pk, name="教师 0099", contact="转交")
    notices.close_objection(
        **contest.chair, objection_id=objection.pk, lock_version=0, upheld=True, reply="查实，取消资格。"
    )
    clock.move_to(MONDAY + timedelta(days=8))
    _announce(contest)
    states = dict(Application.objects.values_list("pk", "status"))
    assert (states[scored[0].pk], states[scored[2].pk]) == ("struck", "announced")
    assert [d.school_id for d in Designation.objects.all()] == [scored[2].school_id]


def test_the_same_form_sent_twice_is_one_objection_with_one_code(notice: PublicNotice) -> None:
    first, _row = _object(notice)
    assert _object(notice)[0] == first
    assert _object(notice, ticket="t2")[0] != first
    assert Objection.objects.count() == 2


def test_the_code_is_not_stored_and_may_be_typed_with_blanks(notice: PublicNotice) -> None:
    code, row = _object(notice)
    assert code not in str(row.__dict__)
    assert digest_of(f"{code[:4]} {code[4:8]}-{code[8:]}") == row.code_digest


def test_a_notice_runs_from_its_first_midnight_to_its_last(contest: Contest, notice: PublicNotice, clock: Any) -> None:
    last = datetime(2026, 11, 9, 23, 59, 59, tzinfo=MONDAY.tzinfo)
    clock.move_to(last)
    assert end_due_notices() == 0
    _object(notice)
    with pytest.raises(DomainError, match="公示到 11月9日 24:00"):
        _announce(contest)
    clock.move_to(last + timedelta(seconds=1))
    with pytest.raises(DomainError) as refusal:
        _object(notice, ticket="late")
    assert refusal.value.code == "closed"
    assert (end_due_notices(), end_due_notices()) == (1, 0)


@pytest.mark.parametrize("name", ["city_staff", "reviewer", "secretary", "expert"])
def test_only_the_chair_closes_objections(contest: Contest, notice: PublicNotice, name: str) -> None:
    _code, objection = _object(notice)
    with pytest.raises(DomainError) as refusal:
        notices.close_objection(
            **contest.by(name), objection_id=objection.pk, lock_version=0, upheld=True, reply="成立。"
        )
    assert refusal.value.code == "forbidden"


def test_announcing_gives_terms_tells_other_rooms_and_happens_once(
    contest: Contest, notice: PublicNotice, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Designation] = []
    monkeypatch.setattr(consequences, "on_designated", [told.append])
    clock.move_to(datetime(2026, 11, 10, 9, tzinfo=MONDAY.tzinfo))
    version = contest.version()
    by = {**contest.chair, "round_id": contest.round.pk, "lock_version": version}
    open_now(contest.round, StageKind.ANNOUNCEMENT)
    assert not notices.announce_round(**by).repeated
    assert notices.announce_round(**by).repeated
    rows = Designation.objects.all()
    assert len(told) == rows.count() == 2
    row = rows[0]
    assert (row.status, row.level, row.batch) == ("cultivating", "city", "第三批")
    assert (row.midterm_due, row.valid_to) == (date(2027, 11, 10), date(2028, 11, 10))
    assert len(set(rows.values_list("check_code", flat=True))) == 2


def test_the_first_round_of_a_district_feeds_the_citys(contest: Contest) -> None:
    """巴南 17 → 10 → 4 in small: the district selects, then carries one into the city's round."""

    from projects.selection.services.applications import carry_forward
    from tests.support.selection import move_to, unit_of

    city = contest.city
    own = make_round(
        city, code="wx", unit=unit_of(city.wuxi), by="district_admin", has_recommendation=False, target=1,
        feeds=contest.round, bars_holders=False,
    )  # fmt: skip
    from projects.selection.services.panel import draw_panel
    from tests.support.selection import accept, add_experts, hand_in

    rows = [accept(own, hand_in(own, school)) for school in (city.one, city.two)]
    add_experts(own, 3)
    move_to(own.round, StageKind.REVIEW)
    draw_panel(**own.chair, round_id=own.round.pk, lock_version=own.version())
    for number, row in enumerate(rows):
        for sheet in row.assignments.all():
            score(sheet, base=30 + number)
    _close(own)
    _publish(own, number="WX-1")
    with pytest.raises(DomainError, match="入选"):
        carry_forward(**own.by("reviewer"), application_id=rows[0].pk)
    carried = carry_forward(**own.by("reviewer"), application_id=rows[1].pk)
    assert (carried.round, carried.school, carried.status) == (contest.round, city.two, "draft")
    assert carried.versions.get().answers["brand"] == "同心"
    assert carry_forward(**own.by("reviewer"), application_id=rows[1].pk) == carried


def test_a_batch_of_before_the_portal_shows_its_list_and_no_computation(contest: Contest) -> None:
    """Not drawn here, not scored here: who holds the title, and none of the headings of a computation."""
    case = accept(contest, hand_in(contest, contest.city.one))
    title = title_of(contest, contest.city.one)
    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, contest.city.wuxi, [case])
    Application.objects.filter(pk=case.pk).update(status="announced")
    Designation.objects.filter(pk=title.pk).update(application=case)
    Round.objects.filter(pk=contest.round.pk).update(status="announced", target=2, seed="20231220")
    browser, path = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/"
    page = browser.get(f"{path}outcome/").content.decode()
    assert "入选 <strong>1</strong>，计划 2" in page
    assert contest.city.one.name in page
    assert f"/selection/designations/{title.pk}/" in page
    for word in ("专家宽严", "换一种算法", "怎么算的", "导出全部计算", "得分", "拟入选"):
        assert word not in page, word
    round_page = browser.get(path).content.decode()
    assert "入选名单" in round_page
    assert "评审结果" not in round_page
    assert "名专家盲评" not in round_page
    assert "20231220" not in round_page, "nobody was drawn"


def test_a_batch_of_before_the_portal_without_anybody_says_so(contest: Contest) -> None:
    Round.objects.filter(pk=contest.round.pk).update(status="announced", seed="20231220")
    page = contest.city.client("city_admin").get(f"/selection/rounds/{contest.round.pk}/outcome/").content.decode()
    assert "这一批没有入选的单位" in page


def test_what_was_scored_keeps_its_computation_and_says_what_became_of_each(
    contest: Contest, scored: list[Application]
) -> None:
    browser, path = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/outcome/"
    _close(contest)
    held = browser.get(path).content.decode()
    assert "拟入选 <strong>2</strong>，计划 2" in held
    assert held.count("</svg>不入选</span>") == 1
    _publish(contest)
    published = browser.get(path).content.decode()
    assert "专家宽严" in published
    assert "</svg>不入选</span>" not in published
    assert "未入选" in published


def test_cases_whose_keys_are_large_are_decided_and_listed_too(contest: Contest) -> None:
    """The millionth case of the portal is changed by the deliberation like the first."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE selection_application_id_seq RESTART WITH 7000001")
    rows = to_outcome(contest)
    browser, path = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/outcome/"
    form = {"application": f"{rows[0].pk}", "outcome": "decline", "reason": "经集体审议调整。"}
    page = browser.post(f"{path}decide/", form, follow=True).content.decode()
    assert "已改动" in page
    assert Decision.objects.get(application=rows[0]).outcome == "decline"
    assert (
        "没有这份申报的结论"
        in browser.post(f"{path}decide/", {**form, "application": "7" * 30}, follow=True).content.decode()
    )
    for strange in ("²", "7" * 30, "x"):
        assert browser.get("/selection/cases/", {"round": strange}).status_code == 200


def test_an_autosave_that_is_refused_says_why_where_the_list_of_gaps_stands(contest: Contest) -> None:
    """The next autosave finds its place again: the answer keeps the name of the list."""
    case = begin(contest, contest.city.one)
    browser, path = contest.city.client("secretary"), f"/selection/cases/{case.pk}/save/"
    answer = browser.post(path, {"version": "9", "q-brand": "同心"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert 'id="case-gaps"' in text
    assert 'role="alert"' in text
    case.refresh_from_db()
    assert case.versions.get().answers.get("brand") != "同心"


def test_a_list_that_is_sent_is_told_once(contest: Contest) -> None:
    """Saved, or sent: never “not sent yet” above “sent”."""
    case, _other = (accept(contest, hand_in(contest, school)) for school in (contest.city.one, contest.city.two))
    move_to(contest.round, StageKind.RECOMMENDATION)
    browser, path = contest.city.client("reviewer"), f"/selection/rounds/{contest.round.pk}/desk/500238/"
    form = {f"choice-{case.pk}": "place", f"reason-{case.pk}": "基础好。", "minutes": "经局党组会议研究。"}
    saved = browser.post(f"{path}save/", form, follow=True).content.decode()
    assert "名单已保存，还没有报送" in saved
    sent = browser.post(f"{path}save/", {**form, "send": "1"}, follow=True).content.decode()
    assert "名单已报送" in sent
    assert "还没有报送" not in sent
    assert "集体研究情况" in sent
    assert sent.count("未推荐") == 1
    assert "未入选" not in sent, "nobody has judged it yet"
    assert "待审资格" not in sent, "everything is checked, and the list is gone"


def test_the_panel_says_how_many_sheets_are_left(contest: Contest) -> None:
    rows = to_review(contest)
    browser, path = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/panel/"
    assert "还有 9 份评分没有交" in browser.get(path).content.decode()
    for row in rows:
        for sheet in row.assignments.all():
            score(sheet)
    page = browser.get(path).content.decode()
    assert "评分已经交齐" in page
    assert "没有交" not in page


def test_after_the_notice_nobody_is_asked_to_object(clock: Any, contest: Contest, scored: list[Application]) -> None:
    _close(contest)
    notice = _publish(contest)
    path = f"/notices/{notice.number}/"
    anybody = contest.city.client("nobody")
    anybody.logout()
    assert "公示开始后" in anybody.get(path).content.decode()
    clock.move_to(MONDAY + timedelta(days=1))
    assert "不用注册。提交后得到一个查询码" in anybody.get(path).content.decode()
    clock.move_to(MONDAY + timedelta(days=20))
    page = anybody.get(path).content.decode()
    assert "不再接收异议" in page
    assert f"{path}object/" not in page
