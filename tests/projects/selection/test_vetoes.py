"""一票否决: who records and lifts it, whom it keeps out at which step, and who reads of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.workflow.errors import DomainError
from projects.selection.models import Application, Objection, Veto
from projects.selection.selectors import eligibility
from projects.selection.selectors.eligibility import veto_reason
from projects.selection.services import notices, results
from projects.selection.services.vetoes import lift_veto, record_veto
from schools.registry.models import School
from tests.support.scoping import ask_everybody
from tests.support.selection import Contest, accept, begin, hand_in, more_schools, publish

TODAY = timezone.localdate
REASON = "师德失范通报（演示文号〔2026〕1号）"


def veto(contest: Contest, school: School, by: str = "city_staff", **given: Any) -> Veto:
    values = {"reason": REASON, "valid_from": TODAY(), **given}
    return record_veto(**contest.by(by), school=school, **values)


def test_a_school_under_a_veto_cannot_begin_hand_in_or_pass_the_check(contest: Contest) -> None:
    one, two = contest.city.one, contest.city.two
    row = veto(contest, one)
    with pytest.raises(DomainError, match="一票否决期内"):
        begin(contest, one)
    case = hand_in(contest, two)
    veto(contest, two)
    with pytest.raises(DomainError, match="一票否决期内"):
        accept(contest, case)
    lift_veto(**contest.by("city_staff"), veto_id=row.pk, reason="核查不实。")
    assert begin(contest, one).status == "draft", "the day on which it is lifted is free"


@pytest.mark.parametrize(("start", "end", "holds"), [(0, None, True), (1, None, False), (-9, 0, False), (-9, 1, True)])
def test_it_holds_from_its_first_day_up_to_its_last(contest: Contest, start: int, end: int | None, holds: bool) -> None:
    until = None if end is None else TODAY() + timedelta(days=end)
    veto(contest, contest.city.one, valid_from=TODAY() + timedelta(days=start), valid_to=until)
    assert bool(veto_reason(contest.city.one.pk, TODAY())) is holds


def test_a_round_may_say_that_vetoes_do_not_count(contest: Contest) -> None:
    type(contest.round).objects.update(bars_vetoed=False)
    veto(contest, contest.city.one)
    assert begin(contest, contest.city.one).status == "draft"


def test_who_comes_under_a_veto_during_the_review_is_not_chosen(contest: Contest, decided: list[Application]) -> None:
    best = decided[0]
    row = veto(contest, best.school)
    with pytest.raises(DomainError, match="云台小学（师德失范") as refusal:
        publish(contest)
    assert refusal.value.code == "vetoed"
    results.change_decision(**contest.chair, application_id=best.pk, outcome="decline", reason="一票否决。")
    publish(contest)
    best.refresh_from_db()
    assert best.status == "declined"
    assert Veto.objects.get() == row


def test_who_comes_under_a_veto_during_the_notice_is_taken_off_the_list_first(
    contest: Contest, decided: list[Application]
) -> None:
    best = decided[0]
    notice = publish(contest)
    veto(contest, best.school, by="reviewer")
    type(notice).objects.update(starts_on=TODAY() - timedelta(days=20), ends_on=TODAY() - timedelta(days=9))
    given = {**contest.chair, "round_id": contest.round.pk}
    with pytest.raises(DomainError, match="云台小学"):
        notices.announce_round(**given, lock_version=contest.version())
    chair = contest.city.client("city_admin")
    page = chair.get(f"/selection/cases/{best.pk}/").content.decode()
    assert "取消入选" in page
    assert "取消入选" not in contest.city.client("reviewer").get(f"/selection/cases/{best.pk}/").content.decode()
    best.refresh_from_db()
    form = {"lock_version": best.lock_version, "reason": "一票否决。"}
    chair.post(f"/selection/cases/{best.pk}/steps/strike/", form)
    assert notices.announce_round(**given, lock_version=contest.version()).obj.status == "announced"
    assert set(Application.objects.filter(designation__isnull=False).values_list("school__name", flat=True)) == {
        "聚奎中学"
    }
    assert not Objection.objects.exists()


def test_another_room_may_know_of_a_veto_too(contest: Contest, monkeypatch: pytest.MonkeyPatch) -> None:
    one = contest.city.one.pk
    monkeypatch.setattr(
        eligibility, "veto_sources", [lambda schools, on: {one: "安全责任事故"} if one in schools else {}]
    )
    with pytest.raises(DomainError, match="安全责任事故"):
        begin(contest, contest.city.one)
    assert begin(contest, contest.city.two).status == "draft"
    assert [reason for _case, reason in eligibility.list_vetoed(Application.objects.select_related("school"))] == []


@pytest.mark.parametrize("name", ["clerk", "secretary", "other_reviewer", "inspector", "expert", "api_client"])
def test_who_may_not_record_or_lift(contest: Contest, name: str) -> None:
    with pytest.raises(DomainError) as refusal:
        veto(contest, contest.city.one, by=name)
    assert refusal.value.code == "forbidden"
    row = veto(contest, contest.city.one, by="reviewer")
    with pytest.raises(DomainError):
        lift_veto(**contest.by(name), veto_id=row.pk, reason="x")
    client = contest.city.client(name)
    assert client.get("/selection/vetoes/record/").status_code == (200 if name == "other_reviewer" else 403)
    assert client.get(f"/selection/vetoes/{row.pk}/lift/").status_code in (403, 404)


def test_what_the_city_recorded_is_lifted_by_the_city(contest: Contest) -> None:
    row = veto(contest, contest.city.one)
    with pytest.raises(DomainError, match="由市教育工委解除"):
        lift_veto(**contest.by("reviewer"), veto_id=row.pk, reason="x")
    reviewer = contest.city.client("reviewer")
    assert f"/selection/vetoes/{row.pk}/lift/" not in reviewer.get("/selection/vetoes/").content.decode()
    assert reviewer.get(f"/selection/vetoes/{row.pk}/lift/").status_code == 403
    own = veto(contest, contest.city.two, by="reviewer")
    assert lift_veto(**contest.by("city_admin"), veto_id=own.pk, reason="核查不实。").lifted_by_id


def test_twice_is_once(contest: Contest) -> None:
    first, again = veto(contest, contest.city.one), veto(contest, contest.city.one)
    assert first == again
    lifted = lift_veto(**contest.by("city_admin"), veto_id=first.pk, reason="核查不实。")
    later = lift_veto(**contest.by("city_staff"), veto_id=first.pk, reason="另一个理由。")
    assert (later.lifted_by, later.lifted_reason) == (lifted.lifted_by, "核查不实。")
    with pytest.raises(IntegrityError), transaction.atomic():
        Veto.objects.update(lifted_reason="")


def test_the_page_tells_who_since_when_why_and_who_lifted_it(contest: Contest) -> None:
    city = contest.city
    staff = city.client("city_staff")
    blank = {"school_code": city.one.code, "reason": " ", "valid_from": "2026-09-01", "valid_to": "2026-08-01"}
    refused = staff.post("/selection/vetoes/record/", blank)
    assert (refused.status_code, city.one.code in refused.content.decode()) == (422, True)
    backwards = staff.post("/selection/vetoes/record/", {**blank, "reason": REASON})
    assert "止的日期须晚于起的日期" in backwards.content.decode()
    foreign = city.client("reviewer").post(
        "/selection/vetoes/record/", {**blank, "school_code": city.other.code, "reason": "x", "valid_to": ""}
    )
    assert "没有找到这个代码的学校" in foreign.content.decode()
    staff.post("/selection/vetoes/record/", {**blank, "reason": REASON, "valid_to": ""})
    row = Veto.objects.get()
    page = staff.get("/selection/vetoes/?state=now&q=云台").content.decode()
    for text in ("云台小学", REASON, "2026年9月1日", "解除为止"):
        assert text in page, text
    assert staff.post(f"/selection/vetoes/{row.pk}/lift/", {"reason": ""}).status_code == 422
    staff.post(f"/selection/vetoes/{row.pk}/lift/", {"reason": "核查不实。"})
    page = staff.get("/selection/vetoes/?state=past").content.decode()
    assert "核查不实。" in page
    assert "已解除" in page
    csv = b"".join(staff.get("/selection/vetoes/?export=csv")).decode()
    assert "核查不实。" in csv
    assert staff.get("/selection/vetoes/?export=xlsx").status_code == 200


def test_it_is_read_inside_the_scope_only(contest: Contest) -> None:
    veto(contest, contest.city.one)
    for answer in ask_everybody(contest.city, "/selection/vetoes/"):
        assert answer.status == (403 if "office" in answer.relation else 200), answer
    seen = {
        "clerk": True,
        "reviewer": True,
        "inspector": True,
        "clerk_two": False,
        "other_reviewer": False,
        "expert": False,
    }
    for name, expected in seen.items():
        page = contest.city.client(name).get("/selection/vetoes/").content.decode()
        assert (REASON in page) is expected, name


def test_the_list_costs_the_same_at_one_and_at_three(contest: Contest) -> None:
    client = contest.city.client("city_staff")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/selection/vetoes/")
        return len(seen)

    first, *rest = more_schools(contest.city, 3)
    veto(contest, first)
    queries()
    once = queries()
    for school in rest:
        veto(contest, school)
    assert queries() == once
