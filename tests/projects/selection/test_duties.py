"""What waits on the start page, for whom, until which day; and for whom it does not."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.duties import Duty, list_duties
from projects.selection.models import Application, Designation, Objection, PublicNotice, Stage, StageKind
from projects.selection.services import sheets
from projects.selection.services.applications import send_back_application
from projects.selection.services.notices import close_objection, file_objection
from tests.support.selection import (
    Contest,
    accept,
    begin,
    expert_of,
    hand_in,
    make_round,
    more_schools,
    move_to,
    publish,
    recommend,
    score,
    title_of,
)


def duties(contest: Contest, name: str) -> list[Duty]:
    return [duty for duty in list_duties(scope=contest.city.scope(name)) if "/selection/" in duty.url]


def titles(contest: Contest, name: str) -> list[str]:
    return [duty.title for duty in duties(contest, name)]


def page(contest: Contest, name: str) -> str:
    return str(contest.city.client(name).get("/").content.decode())


def test_a_draft_waits_for_its_own_side_until_the_last_day(contest: Contest) -> None:
    begin(contest, contest.city.one)
    (duty,) = duties(contest, "clerk")
    closes = contest.round.stages.get(kind=StageKind.APPLICATION).closes_at
    assert (duty.title, duty.due, duty.came_back) == ("第三批申报：云台小学", timezone.localdate(closes), False)
    assert titles(contest, "secretary") == [duty.title]
    for name in ("clerk_two", "reviewer", "city_admin", "expert", "other_clerk"):
        assert not titles(contest, name), name
    assert "继续申报" in page(contest, "clerk")
    Stage.objects.filter(round=contest.round).update(closes_at=timezone.now())
    assert not duties(contest, "clerk"), "what can no longer be done does not wait"


def test_a_stage_that_closes_at_midnight_ends_the_day_before(contest: Contest) -> None:
    begin(contest, contest.city.one)
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=3)
    Stage.objects.filter(round=contest.round, kind="application").update(closes_at=midnight)
    assert duties(contest, "clerk")[0].due == timezone.localdate() + timedelta(days=2)


def test_what_was_returned_stands_first_with_its_own_button(contest: Contest) -> None:
    case = hand_in(contest, contest.city.one)
    assert titles(contest, "clerk") == []
    title_of(contest, contest.city.one, valid_to=timezone.localdate() + timedelta(days=2))
    send_back_application(
        **contest.by("reviewer"), application_id=case.pk, lock_version=case.lock_version, reason="目标没有数据。"
    )
    first, second = duties(contest, "clerk")
    assert (first.came_back, first.button) == (True, "修改申报")
    assert second.title == "“培育创建单位”到期：云台小学"


@pytest.mark.parametrize(("days", "told"), [(0, False), (1, True), (60, True), (61, False)])
def test_a_holder_is_told_before_the_term_ends(contest: Contest, days: int, told: bool) -> None:
    row = title_of(contest, contest.city.one)
    until = timezone.localdate() + timedelta(days=days)
    Designation.objects.filter(pk=row.pk).update(valid_to=until)
    found = duties(contest, "clerk")
    assert bool(found) is told
    assert not duties(contest, "clerk_two")
    if told:
        assert found[0].due == until - timedelta(days=1), "the last day on which it counts"


def test_a_district_is_told_of_cases_to_check_and_of_the_list_to_send(contest: Contest) -> None:
    city = contest.city
    rows = [hand_in(contest, school) for school in (city.one, city.two)]
    assert titles(contest, "reviewer") == ["第三批：2 份申报待资格审核"]
    assert titles(contest, "other_reviewer") == []
    accept(contest, rows[0])
    assert titles(contest, "reviewer") == ["第三批：1 份申报待资格审核"]
    accept(contest, rows[1])
    assert titles(contest, "reviewer") == [], "not before the stage of recommendation"
    move_to(contest.round, StageKind.RECOMMENDATION)
    (duty,) = duties(contest, "reviewer")
    assert (duty.title, duty.detail) == ("第三批：推荐名单待报送", "名额 2 个，已定 0 个。")
    assert city.client("reviewer").get(duty.url).status_code == 200
    assert not titles(contest, "other_reviewer"), "nobody applied there"
    recommend(contest, city.wuxi, rows)
    assert not titles(contest, "reviewer")


def test_an_expert_is_told_how_many_sheets_are_due_and_no_name(contest: Contest, drawn: list[Application]) -> None:
    sheet = Application.objects.first().assignments.first()
    contest.city.users["panelist"] = sheet.expert.office.user
    mine = sheet.expert.assignments.count()
    (duty,) = duties(contest, "panelist")
    assert duty.title == f"第三批：{mine} 份材料待评"
    score(sheet)
    assert duties(contest, "panelist") == [] or f"{mine - 1} 份材料待评" in titles(contest, "panelist")[0]
    text = page(contest, "panelist")
    assert "待办" in text
    for word in ("云台", "城厢", "聚奎", "巫溪"):
        assert word not in text
    assert not duties(contest, "expert"), "an expert without sheets"


def late_in(contest: Contest, days: int) -> None:
    closes = timezone.now() + timedelta(days=days)
    Stage.objects.filter(round=contest.round, kind="review").update(closes_at=closes)


def test_the_chair_is_told_of_late_experts_near_the_end_and_after_it(
    contest: Contest, drawn: list[Application]
) -> None:
    assert not titles(contest, "city_admin"), "five days are left"
    for days in (1, -1):
        late_in(contest, days)
        (duty,) = duties(contest, "city_admin")
        assert duty.title.startswith("第三批：")
        assert duty.title.endswith("名专家还有 9 份未交")
        assert titles(contest, "city_staff") == [duty.title]
        for name in ("reviewer", "clerk", "inspector", "expert"):
            assert not titles(contest, name), name


def test_the_chair_is_told_of_leaks_first_and_when_all_sheets_are_in(
    contest: Contest, drawn: list[Application]
) -> None:
    sheet = drawn[0].assignments.first()
    sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk)
    sheets.report_leak(**expert_of(sheet), assignment_id=sheet.pk, note="写了校名。")
    (duty,) = duties(contest, "city_admin")
    assert (duty.came_back, duty.detail[:9]) == (True, "泄露报告 1 件，")


def test_the_chair_is_told_of_what_follows_the_review(contest: Contest, decided: list[Application]) -> None:
    assert titles(contest, "city_admin") == ["第三批：集体审议后公布结论"]
    notice = publish(contest)
    assert titles(contest, "city_admin") == [], "the notice runs"
    file_objection(notice_id=notice.pk, ticket="t", text="达标率与台账不符，请核查。")
    (duty,) = duties(contest, "city_admin")
    assert (duty.title, duty.due) == ("第三批：1 件异议待办结", notice.ends_on)
    objection = Objection.objects.get()
    close_objection(**contest.chair, objection_id=objection.pk, lock_version=0, upheld=False, reply="属实。")
    today = timezone.localdate()
    PublicNotice.objects.update(starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1))
    assert titles(contest, "city_admin") == ["第三批：公示期满，可以公布"]
    assert not titles(contest, "reviewer")


def test_the_start_page_costs_the_same_at_one_and_at_three(contest: Contest) -> None:
    names = ("clerk", "reviewer", "city_admin")
    clients = {name: contest.city.client(name) for name in names}

    def queries() -> dict[str, int]:
        found = {}
        for name, client in clients.items():
            with CaptureQueriesContext(connection) as seen:
                assert client.get("/").status_code == 200
            found[name] = len(seen)
        return found

    def fill(where: Any, schools: Any) -> None:
        for school in schools:
            hand_in(where, school)
        begin(where, contest.city.one)

    schools = more_schools(contest.city, 3)
    fill(contest, schools[:1])
    queries()
    once = queries()
    for n in range(2):
        fill(make_round(contest.city, code=f"dc-{n}"), schools)
    assert queries() == once
