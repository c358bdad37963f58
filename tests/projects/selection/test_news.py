"""The bell and 动态: what others did in the rounds, for those whom it concerns."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import Office, Role, Unit
from projects.selection.models import Application, Designation
from projects.selection.selectors.desk import get_list
from projects.selection.services import designations, sheets
from projects.selection.services.applications import send_back_application
from projects.selection.services.notices import file_objection
from projects.selection.services.recommendations import reopen_list
from reports.dashboards.selectors.notices import count_new_notices
from tests.support.city import make_branch, make_office
from tests.support.selection import (
    Contest,
    accept,
    expert_of,
    hand_in,
    make_kinds,
    move_to,
    publish,
    recommend,
    score,
    title_of,
)


def heard(contest: Contest, name: str) -> list[tuple[str, str, str]]:
    """(subject, unit, word), newest first, as the page lists them."""
    from reports.dashboards.selectors.notices import list_notices

    found = [notice.news for notice in list_notices(scope=contest.city.scope(name))]
    assert len(found) == count_new_notices(scope=contest.city.scope(name)), "the bell counts what the page lists"
    return [(news.subject, news.unit, news.word) for news in found]


CALL = ("第三批", "重庆市", "发布通知")


def test_schools_and_districts_hear_of_a_call(contest: Contest) -> None:
    for name in ("clerk", "secretary", "reviewer", "other_clerk"):
        assert heard(contest, name) == [CALL], name
    for name in ("expert", "inspector"):
        assert heard(contest, name) == [], name
    assert "第三批" in contest.city.client("clerk").get("/inbox/").content.decode()


def test_the_district_hears_of_cases_and_the_school_of_the_verdict(contest: Contest) -> None:
    case = hand_in(contest, contest.city.one)
    assert heard(contest, "reviewer")[0] == ("第三批申报", "云台小学", "提交申报")
    assert heard(contest, "other_reviewer") == [CALL]
    send_back_application(
        **contest.by("reviewer"), application_id=case.pk, lock_version=case.lock_version, reason="目标没有数据。"
    )
    page = contest.city.client("clerk").get("/inbox/").content.decode()
    assert "退回修改" in page
    assert "目标没有数据。" in page
    for name in ("clerk_two", "other_clerk", "expert"):
        assert "云台小学" not in contest.city.client(name).get("/inbox/").content.decode(), name
    assert ("第三批申报", "云台小学", "退回修改") not in heard(contest, "reviewer"), "nobody hears of what they did"


def test_an_outcome_is_told_when_it_is_published_and_not_before(contest: Contest, decided: list[Application]) -> None:
    before = heard(contest, "clerk")
    assert not {word for _s, _u, word in before} & {"拟入选", "未入选", "公示"}
    publish(contest)
    assert heard(contest, "clerk")[0] == ("第三批申报", "云台小学", "公示")
    assert heard(contest, "clerk_two")[0] == ("第三批申报", "城厢中学", "未入选")


def test_a_district_hears_that_its_list_is_open_again(contest: Contest) -> None:
    case = accept(contest, hand_in(contest, contest.city.one))
    move_to(contest.round, "recommendation")
    recommend(contest, contest.city.wuxi, [case])
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    reopen_list(**contest.chair, list_id=held.pk, lock_version=held.lock_version, reason="请补会议纪要。")
    assert heard(contest, "reviewer")[0] == ("第三批推荐名单", "巫溪县", "名单重新开放")
    assert ("第三批推荐名单", "巫溪县", "名单重新开放") not in heard(contest, "other_reviewer")


def test_an_expert_hears_by_blind_code_that_a_sheet_came_back(contest: Contest, drawn: list[Application]) -> None:
    case = drawn[0]
    sheet = score(case.assignments.first())
    contest.city.users["panelist"] = sheet.expert.office.user
    sheets.unlock_sheet(
        **contest.chair, assignment_id=sheet.pk, lock_version=sheet.lock_version, reason="评语与分数不符。"
    )
    code = Application.objects.get(pk=case.pk).blind_code
    assert heard(contest, "panelist") == [("第三批", f"材料 {code}", "评分表被退回")]
    page = contest.city.client("panelist").get("/inbox/").content.decode()
    assert "评语与分数不符。" in page
    for word in ("云台", "城厢", "聚奎"):
        assert word not in page
    assert heard(contest, "expert") == []


def test_the_chair_hears_of_objections_leaks_and_recusals(contest: Contest, drawn: list[Application]) -> None:
    case = drawn[0]
    first, second = case.assignments.all()[:2]
    code = Application.objects.get(pk=case.pk).blind_code
    sheets.recuse(**expert_of(first), assignment_id=first.pk, lock_version=0, reason="认出了学校。")
    sheets.declare_free(**expert_of(second), assignment_id=second.pk)
    sheets.report_leak(**expert_of(second), assignment_id=second.pk, note="写了校名。")
    words = [(unit, word) for _s, unit, word in heard(contest, "city_admin")]
    assert words[:2] == [(f"材料 {code}", "报告泄露"), (f"材料 {code}", "专家申请回避")]
    for name in ("reviewer", "clerk", "other_reviewer", "expert", "inspector"):
        assert not {"报告泄露", "专家申请回避"} & {word for _s, _u, word in heard(contest, name)}, name


def test_an_objection_rings_for_the_keepers_alone(contest: Contest, decided: list[Application]) -> None:
    case = decided[0]
    notice = publish(contest)
    file_objection(
        notice_id=notice.pk, ticket="t", text="达标率与台账不符，请核查。", application_id=case.pk, name="某某"
    )
    assert heard(contest, "city_staff")[0][1:] == ("云台小学", "收到异议")
    page = contest.city.client("city_staff").get("/inbox/").content.decode()
    assert "某某" not in page, "who objected is read on the page of the objection"
    for name in ("reviewer", "clerk", "inspector", "expert"):
        assert "收到异议" not in {word for _s, _u, word in heard(contest, name)}, name


def test_a_holder_hears_what_became_of_the_title(contest: Contest) -> None:
    row = title_of(contest, contest.city.one)
    designations.order_rectification(
        **contest.by("city_admin"), designation_id=row.pk, lock_version=row.lock_version, finding="品牌内涵不清。"
    )
    assert heard(contest, "clerk")[0] == ("培育创建单位", "云台小学", "要求整改")
    assert "要求整改" not in {word for _s, _u, word in heard(contest, "clerk_two")}


def test_of_the_title_of_an_organisation_or_a_post_hear_those_who_speak_for_it(contest: Contest) -> None:
    city = contest.city
    branch = make_branch(city.one)
    for name, school in (("branch", city.one), ("other_branch", city.two)):
        unit = branch if school == city.one else make_branch(school)
        city.users[name] = make_office(Role.BRANCH_SECRETARY, Unit.objects.get(pk=unit.pk)).user
    post = Office.objects.get(role=Role.SCHOOL_SECRETARY, unit_id=city.one.pk)
    given = {"kind": make_kinds(), "level": "city", "batch": "第二批", "official_title": "第二批", "source": "文件"}
    since = timezone.localdate() - timedelta(days=30)
    for holder in (
        Designation(holder_kind="organisation", school=city.one, organisation=branch),
        Designation(holder_kind="post", school=city.one, office=post),
    ):
        row = designations.record_designation(**contest.chair, holder=holder, valid_from=since, **given)
        designations.withdraw_designation(
            **contest.chair, designation_id=row.pk, lock_version=row.lock_version, reason="名不副实。"
        )

    def told(name: str) -> list[str]:
        return sorted(unit for _subject, unit, word in heard(contest, name) if word == "撤销称号")

    both = sorted([branch.name, f"云台小学 {post.get_role_display()}"])
    assert (told("secretary"), told("clerk")) == (both, both)
    assert told("branch") == [branch.name], "a branch hears of its own title, and not of the secretary's"
    for name in ("other_branch", "clerk_two", "other_clerk", "expert", "inspector"):
        assert told(name) == [], name


@pytest.mark.parametrize("name", ["clerk", "reviewer", "city_admin"])
def test_the_page_costs_the_same_at_one_and_at_three(contest: Contest, name: str) -> None:
    client = contest.city.client(name)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/inbox/")
        return len(seen)

    case = hand_in(contest, contest.city.one)
    accept(contest, case)
    queries()
    once = queries()
    accept(contest, hand_in(contest, contest.city.two))
    accept(contest, hand_in(contest, contest.city.other))
    assert queries() == once
