"""Faults: the second click, the second before and after, the expert who goes, and days that pass without a worker."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.workflow.errors import DomainError
from portal.workflow.models import Event
from projects.selection.codes import new_ticket
from projects.selection.models import (
    Application,
    Assignment,
    AssignmentStatus,
    Decision,
    Designation,
    DistrictList,
    Mark,
    Objection,
    PublicNotice,
    Recommendation,
    Round,
    StageKind,
)
from projects.selection.selectors.designations import list_valid
from projects.selection.selectors.results import compute_ranking
from projects.selection.selectors.sheets import get_sheet, list_own_sheets
from projects.selection.services import applications as cases
from projects.selection.services import notices, panel, recommendations, results, rounds, sheets
from tests.support.reach import addresses
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
    open_now,
    publish,
    score,
    secretary_of,
    title_of,
    to_review,
)

SECOND = timedelta(seconds=1)

# --- the second click --------------------------------------------------------------------------------------------


def twice(client: Client, path: str, form: dict[str, Any]) -> None:
    """The same form sent twice, as a double click does it: neither answer is an error."""
    for _click in range(2):
        response = client.post(path, form, follow=True)
        assert response.status_code == 200, (path, response.status_code, response.content.decode()[-400:])


def steps(process: str, action: str) -> int:
    return Event.objects.filter(process=process, action=action).count()


def test_a_double_click_on_every_irreversible_button_is_one_step(contest: Contest) -> None:
    """From the application to the title: every button that cannot be taken back, pressed twice on its page."""
    city, page = contest.city, f"/selection/rounds/{contest.round.pk}/"
    chair, reviewer = city.client("city_admin"), city.client("reviewer")

    client = city.client("clerk")
    twice(client, f"{page}begin/", {"holder": f"{city.one.pk}"})
    case = Application.objects.get(school=city.one)
    form = {"version": "1", "lock_version": "0", "q-plan": PLAN, "q-brand": "同心", "submit": "1"}
    client.post(f"/selection/cases/{case.pk}/save/", form, follow=True)
    again = client.post(f"/selection/cases/{case.pk}/save/", form, follow=True)
    assert again.status_code in (200, 409), "the case is handed in; the second form finds it locked"
    assert (steps("selection.application", "submit"), case.versions.count()) == (1, 1)

    twice(reviewer, f"/selection/cases/{case.pk}/steps/accept/", {"lock_version": "1"})
    assert steps("selection.application", "accept") == 1

    move_to(contest.round, StageKind.RECOMMENDATION)
    held = DistrictList.objects.get(round=contest.round, district=city.wuxi)
    entry = recommendations.Entry(case.pk, False, "基础好。")
    recommendations.save_list(**contest.by("reviewer"), list_id=held.pk, entries=[entry])
    sent = [
        recommendations.send_list(**contest.by("reviewer"), list_id=held.pk, lock_version=held.lock_version).repeated
        for _click in range(2)
    ]
    assert sent == [False, True]
    assert (steps("selection.application", "recommend"), Recommendation.objects.count()) == (1, 1)

    add_experts(contest, 3)
    move_to(contest.round, StageKind.REVIEW)
    twice(chair, f"{page}draw/", {"lock_version": f"{contest.version()}", "seed": "7"})
    assert (steps("selection.round", "draw"), Assignment.objects.count()) == (1, 3)

    for sheet in Assignment.objects.select_related("expert__office__user"):
        expert = Client()
        expert.force_login(sheet.expert.office.user)
        expert.post(f"/selection/panel/{sheet.pk}/declare/")
        points = {"points-base": "30", "points-fusion": "30", "points-brand": "15", "comment": COMMENT}
        filled = {**points, "submit": "1", "lock_version": "0"}
        assert expert.post(f"/selection/panel/{sheet.pk}/save/", filled, follow=True).status_code == 200
        # The sheet is locked by then; the click says so and changes nothing.
        assert expert.post(f"/selection/panel/{sheet.pk}/save/", filled).status_code == 409
    assert (steps("selection.sheet", "submit"), Mark.objects.count()) == (3, 9)

    twice(chair, f"{page}close/", {"lock_version": f"{contest.version()}"})
    assert (steps("selection.round", "close_review"), Decision.objects.count()) == (1, 1)

    decided = {"application": f"{case.pk}", "outcome": "select", "reason": "集体审议同意。"}
    twice(chair, f"{page}outcome/decide/", decided)
    assert Decision.objects.get().outcome == "select"

    today = timezone.localdate()
    notice = {"number": "DC-9", "issuer": "市委教育工委（演示）", "starts_on": f"{today}"}
    twice(chair, f"{page}outcome/publish/", {**notice, "lock_version": f"{contest.version()}"})
    assert (steps("selection.round", "publish_decisions"), PublicNotice.objects.count()) == (1, 1)
    assert (steps("selection.application", "shortlist"), steps("selection.application", "notify")) == (1, 1)

    objection = {"ticket": new_ticket(), "text": "材料里的达标率与实际不符，请核查。"}
    twice(Client(), "/notices/DC-9/object/", objection)
    row = Objection.objects.get()
    answer = {"finding": "dismissed", "reply": "台账属实。", "lock_version": "0"}
    twice(chair, f"/selection/objections/{row.pk}/answer/", answer)
    assert steps("selection.objection", "dismiss") == 1

    PublicNotice.objects.update(starts_on=today - timedelta(days=20), ends_on=today - timedelta(days=1))
    open_now(contest.round, StageKind.ANNOUNCEMENT)
    twice(chair, f"{page}announce/", {"lock_version": f"{contest.version()}"})
    assert (steps("selection.round", "announce"), Designation.objects.count()) == (1, 1)

    title = Designation.objects.get()
    twice(chair, f"/selection/designations/{title.pk}/steps/withdraw/", {"finding": "师德失范。", "lock_version": "0"})
    assert steps("selection.designation", "withdraw") == 1


def test_somebody_elses_second_click_is_told_that_it_was_late(contest: Contest) -> None:
    """The counter-case: the same version in another's hand is stale and changes nothing."""
    case = hand_in(contest, contest.city.one)
    cases.accept_application(**contest.by("reviewer"), application_id=case.pk, lock_version=1)
    with pytest.raises(DomainError) as refused:
        cases.accept_application(**contest.by("reviewer2"), application_id=case.pk, lock_version=1)
    assert (refused.value.code, refused.value.status) == ("stale", 409)
    assert steps("selection.application", "accept") == 1


def test_keys_that_lead_nowhere_are_said_and_break_nothing(contest: Contest, drawn: list[Application]) -> None:
    """Whoever runs the round sends every form with keys of rows that are not there, or not of this round."""
    chair = contest.city.client("city_admin")
    form = {"application": "999999", "case": "999999", "district": "999999", "count": "1", "reason": "x", "words": "xx"}
    paths = {
        path
        for wanted in (contest.round.pk, 999_999)
        for path in addresses(lambda route, name, pk=wanted: [_nowhere(route, name, pk)])
        if path.startswith(("/selection/", "/notices/", "/creation/"))
    }
    assert len(paths) > 80
    for path in sorted(paths - {f"/selection/rounds/{contest.round.pk}/close/"}):
        for answer in (chair.get(path), chair.post(path, form)):
            assert answer.status_code < 500, path
    assert contest.fresh().status == "reviewing"


def _nowhere(route: str, name: str, round_pk: int) -> object:
    if name == "pk" and route.startswith("selection/rounds"):
        return round_pk
    return {"code": "999999", "action": "replace", "kind": "review", "number": "none"}.get(name, 999_999)


# --- the second before, and the second after ---------------------------------------------------------------------

Act = Callable[[Contest], Any]


def _begin(contest: Contest) -> Any:
    return begin(contest, contest.city.two)


def _save(contest: Contest) -> Any:
    user, scope = secretary_of(contest.city.one)
    case = Application.objects.get(school=contest.city.one)
    return cases.save_answers(
        actor=user, scope=scope, application_id=case.pk, answers={"brand": "同行"}, seen_version=1
    )  # fmt: skip


def _submit(contest: Contest) -> Any:
    user, scope = secretary_of(contest.city.one)
    case = Application.objects.get(school=contest.city.one)
    return cases.submit_application(
        actor=user, scope=scope, application_id=case.pk, lock_version=case.lock_version
    )  # fmt: skip


def _recall(contest: Contest) -> Any:
    user, scope = secretary_of(contest.city.one)
    case = Application.objects.get(school=contest.city.one)
    return cases.recall_application(
        actor=user, scope=scope, application_id=case.pk, lock_version=case.lock_version
    )  # fmt: skip


def _list_of(contest: Contest) -> DistrictList:
    return DistrictList.objects.get(round=contest.round, district=contest.city.wuxi)


def _recommend(contest: Contest) -> Any:
    case = Application.objects.get(school=contest.city.one)
    entry = recommendations.Entry(case.pk, False, "基础好。")
    return recommendations.save_list(**contest.by("reviewer"), list_id=_list_of(contest).pk, entries=[entry])


def _send(contest: Contest) -> Any:
    held = _list_of(contest)
    return recommendations.send_list(**contest.by("reviewer"), list_id=held.pk, lock_version=held.lock_version)


def _sheet() -> Assignment:
    found = Assignment.objects.filter(status="assigned").select_related("expert__office__user").order_by("pk").first()
    assert found is not None
    return found


def _declare(contest: Contest) -> Any:
    return sheets.declare_free(**expert_of(_sheet()), assignment_id=_sheet().pk)


def _mark(contest: Contest) -> Any:
    return sheets.save_mark(**expert_of(_sheet()), assignment_id=_sheet().pk, criterion="base", points="30")


def _hand_in_sheet(contest: Contest) -> Any:
    sheet = _sheet()
    return sheets.submit_sheet(**expert_of(sheet), assignment_id=sheet.pk, lock_version=sheet.lock_version)


def _draft(contest: Contest) -> None:
    case = begin(contest, contest.city.one)
    user, scope = secretary_of(contest.city.one)
    answers = {"plan": PLAN, "brand": "同心"}
    cases.save_answers(actor=user, scope=scope, application_id=case.pk, seen_version=1, answers=answers)


def _checked(contest: Contest) -> None:
    accept(contest, hand_in(contest, contest.city.one))


def _listed(contest: Contest) -> None:
    _checked(contest)
    move_to(contest.round, StageKind.RECOMMENDATION)
    _recommend(contest)


def _declared(contest: Contest) -> None:
    to_review(contest)
    _declare(contest)


def _filled(contest: Contest) -> None:
    _declared(contest)
    sheet = _sheet()
    for code, points in (("base", "30"), ("fusion", "30"), ("brand", "15")):
        sheets.save_mark(**expert_of(sheet), assignment_id=sheet.pk, criterion=code, points=points)
    sheets.save_comment(**expert_of(sheet), assignment_id=sheet.pk, comment=COMMENT)


def _nothing(contest: Contest) -> None:
    return None


# What is dated: the stage, what must stand before, the act.
DATED: dict[str, tuple[str, Act, Act]] = {
    "begin": (StageKind.APPLICATION, _nothing, _begin),
    "write": (StageKind.APPLICATION, _draft, _save),
    "submit": (StageKind.APPLICATION, _draft, _submit),
    "recall": (StageKind.APPLICATION, lambda c: hand_in(c, c.city.one), _recall),
    "list": (StageKind.RECOMMENDATION, _checked, _recommend),
    "send": (StageKind.RECOMMENDATION, _listed, _send),
    "declare": (StageKind.REVIEW, to_review, _declare),
    "score": (StageKind.REVIEW, _declared, _mark),
    "hand in": (StageKind.REVIEW, _filled, _hand_in_sheet),
}


@pytest.mark.parametrize("edge", ["before it opens", "as it opens", "before it closes", "as it closes", "after"])
@pytest.mark.parametrize("what", DATED)
def test_a_stage_is_open_to_the_second(contest: Contest, what: str, edge: str) -> None:
    kind, prepare, act = DATED[what]
    prepare(contest)
    move_to(contest.round, kind)
    stage = contest.round.stages.get(kind=kind)
    moment = {
        "before it opens": stage.opens_at - SECOND, "as it opens": stage.opens_at,
        "before it closes": stage.closes_at - SECOND, "as it closes": stage.closes_at,
        "after": stage.closes_at + SECOND,
    }[edge]  # fmt: skip
    with time_machine.travel(moment, tick=False):
        if edge in ("as it opens", "before it closes"):
            assert act(contest)
            return
        with pytest.raises(DomainError) as refused:
            act(contest)
    assert (refused.value.code, refused.value.status) == ("closed", 409)


def test_a_deadline_that_was_extended_holds_to_the_new_second(contest: Contest) -> None:
    _draft(contest)
    stage = contest.round.stages.get(kind=StageKind.APPLICATION)
    later = stage.closes_at + timedelta(hours=1)
    rounds.extend_stage(**contest.chair, round_id=contest.round.pk, kind=StageKind.APPLICATION, closes_at=later)
    with time_machine.travel(later, tick=False), pytest.raises(DomainError):
        _submit(contest)
    with time_machine.travel(later - SECOND, tick=False):
        assert _submit(contest).obj.status == "submitted"


def test_in_a_round_that_was_called_off_nothing_is_written_any_more(contest: Contest) -> None:
    _draft(contest)
    rounds.cancel_round(
        **contest.chair, round_id=contest.round.pk, lock_version=contest.version(), reason="今年不组织。"
    )
    for act in (_save, _submit, _begin):
        with pytest.raises(DomainError) as refused:
            act(contest)
        assert refused.value.code == "closed"


def test_after_the_draw_no_place_goes_back(contest: Contest, drawn: list[Application]) -> None:
    with pytest.raises(DomainError) as refused:
        recommendations.return_places(
            **contest.by("reviewer"), list_id=_list_of(contest).pk, count=1, reason="无合适学校。"
        )
    assert refused.value.code == "drawn"


# --- the expert who is replaced in the middle --------------------------------------------------------------------


def test_what_a_replaced_expert_gave_does_not_count_and_the_next_one_begins_anew(contest: Contest) -> None:
    rows = to_review(contest, experts=5)
    old = rows[0].assignments.select_related("expert__office__user").first()
    assert old is not None
    by = expert_of(old)
    sheets.declare_free(**by, assignment_id=old.pk)
    for code in ("base", "fusion"):
        sheets.save_mark(**by, assignment_id=old.pk, criterion=code, points="1", explanation="很弱。")
    _step, seated = sheets.replace_expert(
        **contest.chair, assignment_id=old.pk, lock_version=old.lock_version, reason="逾期未评。"
    )
    assert seated is not None
    new = Assignment.objects.select_related("expert__office__user").get(pk=seated.pk)
    # The old one is out: not on the list, no page, no further mark; what was given stays on record.
    assert old.pk not in {row.pk for row in list_own_sheets(scope=by["scope"])}
    with pytest.raises(Exception, match=r"^$"):
        get_sheet(scope=by["scope"], pk=old.pk)
    with pytest.raises(DomainError):
        sheets.save_mark(**by, assignment_id=old.pk, criterion="brand", points="1")
    assert old.marks.count() == 2
    # The new one finds an empty sheet, and must declare first.
    assert (new.declared_at, new.marks.count(), new.comment) == (None, 0, "")
    assert new.pk in {row.pk for row in list_own_sheets(scope=expert_of(new)["scope"])}
    for case in rows:
        for sheet in case.assignments.filter(status=AssignmentStatus.ASSIGNED):
            score(sheet, base=30)
    ranked = dict(compute_ranking(contest.fresh()))
    assert {row.sheets for row in ranked.values()} == {3}
    assert {row.score for row in ranked.values()} == {75}, "the two points of the one who left are in no mean"
    results.close_review(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())
    assert {d.sheets for d in Decision.objects.all()} == {3}


def test_nobody_is_seated_above_the_limit_also_when_seats_are_filled_later(
    contest: Contest, drawn: list[Application]
) -> None:
    loads = {e.pk: e.assignments.count() for e in contest.experts}
    # Four experts, three items of three: three have two items, one has three.
    assert sorted(loads.values()) == [2, 2, 2, 3]
    Round.objects.filter(pk=contest.round.pk).update(expert_load=2)
    case = drawn[0]
    spare = next(e for e in contest.experts if not case.assignments.filter(expert=e).exists())
    sheet = case.assignments.order_by("pk").first()
    assert sheet is not None
    given = {"assignment_id": sheet.pk, "lock_version": sheet.lock_version, "reason": "逾期未评。"}
    _step, seated = sheets.replace_expert(**contest.chair, **given)
    assert (seated, loads[spare.pk] >= 2) == (None, True), "the only one who is left has as many as may be"
    Round.objects.filter(pk=contest.round.pk).update(expert_load=9)
    other = case.assignments.filter(status="assigned").order_by("pk").first()
    assert other is not None
    _step, seated = sheets.replace_expert(
        **contest.chair, assignment_id=other.pk, lock_version=other.lock_version, reason="逾期未评。"
    )
    assert seated is not None
    assert seated.expert == spare


def test_an_expert_whose_office_ended_is_drawn_and_seated_no_more(contest: Contest, drawn: list[Application]) -> None:
    case = drawn[0]
    spare = next(e for e in contest.experts if not case.assignments.filter(expert=e).exists())
    spare.office.valid_to = timezone.localdate()
    spare.office.save()
    sheet = case.assignments.order_by("pk").first()
    assert sheet is not None
    _step, seated = sheets.replace_expert(
        **contest.chair, assignment_id=sheet.pk, lock_version=sheet.lock_version, reason="逾期未评。"
    )
    assert seated is None
    assert spare not in panel.list_active_experts()


# --- days pass, and no worker runs -------------------------------------------------------------------------------


def test_a_notice_ends_and_a_title_expires_without_any_worker(contest: Contest, decided: list[Application]) -> None:
    """Nothing is stamped by a task in this test: the clock alone decides."""
    notice = publish(contest)
    zone = timezone.get_default_timezone()
    end = datetime.combine(notice.ends_on + timedelta(days=1), datetime.min.time(), zone)
    filed = {"notice_id": notice.pk, "text": "材料里的达标率与实际不符。"}
    with time_machine.travel(end - SECOND, tick=False):
        assert notices.file_objection(**filed, ticket="in time")
        with pytest.raises(DomainError) as refused:
            notices.announce_round(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())
        assert refused.value.code == "notice_running"
    with time_machine.travel(end, tick=False):
        with pytest.raises(DomainError) as refused:
            notices.file_objection(**filed, ticket="late")
        assert refused.value.code == "closed"
        notice.refresh_from_db()
        assert notice.closed_at is None, "no task has run"
        row = Objection.objects.get()
        notices.close_objection(
            **contest.chair, objection_id=row.pk, lock_version=0, upheld=False, reply="数据属实。"
        )  # fmt: skip
        notices.announce_round(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())
    title = Designation.objects.order_by("pk")[0]
    assert title.valid_to is not None
    last = datetime.combine(title.valid_to, datetime.min.time(), zone)
    for moment, counts in ((last - SECOND, True), (last, False), (last + SECOND, False)):
        with time_machine.travel(moment, tick=False):
            assert list_valid(on=timezone.localdate()).filter(pk=title.pk).exists() is counts
            word = "现在有效" if counts else "现在无效"
            assert word in Client().get(f"/notices/verify/?code={title.check_code}").content.decode()
            client = contest.city.client("city_staff")
            shown = client.get("/selection/designations/?state=valid").content.decode()
            assert (title.school.name in shown) is counts
    title.refresh_from_db()
    assert (title.status, title.ended_on) == ("cultivating", None), "expiry is a date and no step"


def test_a_title_recorded_by_hand_ends_on_its_day(contest: Contest) -> None:
    today = timezone.localdate()
    title = title_of(contest, contest.city.one, valid_to=today + timedelta(days=1))
    assert list_valid(on=today).filter(pk=title.pk).exists()
    assert not list_valid(on=today + timedelta(days=1)).filter(pk=title.pk).exists()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        page = contest.city.client("clerk").get(f"/selection/designations/{title.pk}/").content.decode()
    assert "已到期" in page
