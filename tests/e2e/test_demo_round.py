"""A whole round in the demo city, in the browser, from the call to a certificate that a stranger verifies.

About 60 schools apply, 25 are recommended, 12 selected. Every step of a role is clicked by somebody who holds it; what
the 57th school or the seventh expert does in the same way is done by the services behind the same pages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from portal.accounts.models import User
from portal.celery import app
from projects.selection.models import (
    Application,
    Assignment,
    Designation,
    Expert,
    Objection,
    Place,
    PublicNotice,
    Recommendation,
    Round,
    StageKind,
)
from projects.selection.tasks import end_due_notices
from reports.demo.rounds import DATA, answers_of, reviewer_of
from reports.demo.selection import load_selection
from tests.support.browsing import OpenPage, Watch, agree, find_overflow, opening, text_of_pdf
from tests.support.demo import TODAY, DemoCity, demo_city
from tests.support.demo_round import (
    APPLIED,
    RECOMMENDED,
    SELECTED,
    Call,
    apply,
    clerk_of,
    plan_calls,
    points_of,
    recommend,
    score_the_rest,
)
from tests.support.files import docx
from tests.support.selection import move_to, open_now, window

NUMBER, SEED, PANEL = "DC-2026-06", "2026112912", 5
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=timezone.get_default_timezone())


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[DemoCity]:
    """The city that `make demo` shows, with its rounds."""
    with django_db_blocker.unblock(), demo_city(tmp_path_factory.mktemp("demo")) as city:
        with time_machine.travel(NOON, tick=False):
            load_selection()
        yield city


@pytest.fixture
def open_page(demo: DemoCity, browser: Browser, watch: Watch) -> Iterator[OpenPage]:
    server = LiveServer("localhost")
    with opening(browser, server.url, watch) as open_for:
        yield open_for
    server.stop()


@dataclass(slots=True)
class Journey:
    """The round on its way, and who walks it."""

    open_page: OpenPage
    round: Round
    calls: list[Call]

    def page(self, name: str | User, path: str, **options: Any) -> Page:
        user = User.objects.get(username=name) if isinstance(name, str) else name
        return self.open_page(user, path, **options)

    @property
    def path(self) -> str:
        return f"/selection/rounds/{self.round.pk}/"

    def cases(self, status: str) -> int:
        return Application.objects.filter(round=self.round, status=status).count()


def fits(page: Page) -> None:
    """Nothing sticks out to the right, on a screen or on a phone."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert find_overflow(page) == 0, (page.url, width)
    page.set_viewport_size({"width": 1440, "height": 900})


# The journey alone: another worker may be loading the city meanwhile.
@pytest.mark.timeout(590, func_only=True)
def test_sixty_apply_twenty_five_are_recommended_and_twelve_hold_a_certificate(open_page: OpenPage) -> None:
    trip = _call(open_page)
    _apply(trip)
    _check(trip)
    _recommend(trip)
    chair = trip.page("city_admin", trip.path)
    _draw(trip, chair)
    _score(trip)
    score_the_rest(trip.round)
    _decide(trip, chair)
    anybody = open_page(None, "/notices/")
    _notice(trip, chair, anybody)
    _end(trip, anybody)
    _announce(trip, chair)
    _verify(trip, chair, anybody)


def _call(open_page: OpenPage) -> Journey:
    """City staff copy the batch that is over and set rules and dates; the administrator publishes it."""
    staff = open_page(User.objects.get(username="city_staff"), "/selection/?status=announced")
    staff.locator("tr", has_text="培育创建单位（第三批，演示）").get_by_role("link", name="第三批").click()
    staff.get_by_role("link", name="照此拟定下一批").click()
    staff.get_by_label("编号").fill("dc-2029")
    staff.get_by_label("批次", exact=True).fill("第六批")
    staff.get_by_label("文件全称").fill("新时代中小学校党建引领创新和质量创优工作第六批培育创建单位")
    staff.get_by_role("button", name="复制为草稿").click()
    expect(staff.locator("h1")).to_contain_text("第六批")
    quota = staff.locator("section", has=staff.get_by_role("heading", name="名额与推荐"))
    expect(quota.locator("tbody tr")).to_have_count(12)
    staff.locator("section", has_text="规则").get_by_role("link", name="修改").last.click()
    staff.get_by_label("评语至少字数").fill("20")
    staff.get_by_role("button", name="保存").click()
    staff.locator("section", has=staff.get_by_role("heading", name="进度")).get_by_role("link", name="修改").click()
    begin, end = (f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}" for moment in window())
    for kind in StageKind.values:
        staff.locator(f"[name={kind}_opens]").fill(begin)
        staff.locator(f"[name={kind}_closes]").fill(end)
    staff.get_by_role("button", name="保存").click()
    round_ = Round.objects.select_related("unit", "designation_kind").get(code="dc-2029")
    assert (round_.target, Place.objects.filter(round=round_).exclude(district=None).count()) == (SELECTED, RECOMMENDED)
    trip = Journey(open_page, round_, plan_calls(round_))
    chair = trip.page("city_admin", trip.path)
    agree(chair, "发布批次")
    expect(chair.locator("main")).to_contain_text("申报推荐中")
    return trip


def _apply(trip: Journey) -> None:
    """Three schools of three districts in the browser, one of them on a phone; 57 by their clerks' services."""
    move_to(trip.round, StageKind.APPLICATION)
    schools = [school for call in trip.calls for school in call.schools]
    assert len(schools) == APPLIED
    ours = [call.schools[0] for call in trip.calls[:3]]
    for number, school in enumerate(school for school in schools if school not in ours):
        apply(trip.round, school, number)
    for school, options in zip(ours, ({}, {}, PHONE), strict=True):
        page = trip.page(clerk_of(school), trip.path, **options)
        page.get_by_role("button", name="开始申报").click()
        _fill(page, answers_of(school, 0), with_file=school == ours[0])
        assert find_overflow(page) == 0
        agree(page, "提交申报")
        expect(page.locator("h1")).to_contain_text("待资格审核")
    assert trip.cases("submitted") == APPLIED


def _fill(page: Page, answers: dict[str, Any], *, with_file: bool) -> None:
    """What is missing is listed and grows less with every field that is left; what is left is saved."""
    gaps = page.locator("#case-gaps")
    expect(gaps).to_contain_text("还有 4 处")
    page.get_by_label("工作基础").fill(answers["basis"])
    page.get_by_label("工作基础").press("Tab")
    expect(gaps).to_contain_text("还有 3 处")
    page.reload()
    expect(page.get_by_label("工作基础")).to_have_value(answers["basis"])
    page.get_by_label("创建举措").fill(answers["measures"])
    page.get_by_label("品牌名称").fill(answers["brand"])
    page.get_by_label("姓名和品牌名").fill(answers["names"][0])
    for label, cell in zip(page.get_by_label("目标 1").all(), answers["goals"][0], strict=True):
        label.fill(cell)
    page.get_by_label("目标 1").last.press("Tab")
    expect(gaps).to_contain_text("可以提交")
    if not with_file:
        return
    page.get_by_label("佐证").set_input_files(
        {"name": "总结.docx", "mimeType": "application/octet-stream", "buffer": docx("研修六次，公开课十八节。")}
    )
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("main")).to_contain_text("总结.docx")
    text = text_of_pdf(page, page.get_by_role("link", name="预览 PDF").get_attribute("href"))
    assert "支部定题、党员领题、教研组破题" in text


def _check(trip: Journey) -> None:
    """Two districts check their own at once, the city what is left: all sixty may stand."""
    move_to(trip.round, StageKind.ELIGIBILITY)
    reviewers = [reviewer_of(call.district.pk).actor for call in trip.calls[:2]]
    left = APPLIED
    for who, own in [*((r, len(c.schools)) for r, c in zip(reviewers, trip.calls, strict=False)), ("city_staff", 0)]:
        page = trip.page(who, f"{trip.path}eligibility/")
        own = own or left
        expect(page.locator("tbody tr")).to_have_count(own)
        fits(page)
        if who == reviewers[1]:
            page.set_viewport_size(PHONE["viewport"])
        page.get_by_label("全选").check()
        expect(page.locator("[data-picked]")).to_contain_text(f"已选 {own} 项")
        agree(page, "通过所选")
        expect(page.locator(".w-messages")).to_contain_text(f"已通过 {own} 份。")
        expect(page.locator("main")).to_contain_text("没有待审资格的申报")
        left -= own
        assert trip.cases("submitted") == left
    assert trip.cases("district_review") == APPLIED


def _recommend(trip: Journey) -> None:
    """Two districts order theirs in the browser: over the quota is refused, the next one becomes a reserve."""
    move_to(trip.round, StageKind.RECOMMENDATION)
    for call in trip.calls[2:]:
        recommend(trip.round, call)
    for call in trip.calls[:2]:
        page = trip.page(reviewer_of(call.district.pk).actor, f"{trip.path}desk/{call.district.code}/")
        rows = page.locator("main tbody tr")
        expect(rows).to_have_count(len(call.schools))
        names = [school.name for school in call.schools[: call.places + 1]]
        # The last of the page comes first in the order.
        for order, name in enumerate(reversed(names), 1):
            row = page.locator("tr", has=page.get_by_role("link", name=name, exact=True))
            row.get_by_label("顺序").fill(f"{order}")
            row.get_by_label("推荐", exact=True).check()
            row.get_by_label("理由").fill(DATA["reasons"][order % len(DATA["reasons"])])
        page.get_by_role("button", name="保存名单").click()
        expect(page.locator(".w-messages")).to_contain_text(f"名额 {call.places} 个，推荐了 {call.places + 1} 个")
        last = page.locator("tr", has=page.get_by_role("link", name=names[0], exact=True))
        last.get_by_label("候补").check()
        page.get_by_label("集体研究情况").fill(DATA["minutes"])
        fits(page)
        agree(page, "报送名单")
        expect(page.locator("h1")).to_contain_text("已报送")
        expect(rows.first).to_contain_text(names[-1])
        fits(page)
    listed = Recommendation.objects.filter(round=trip.round)
    assert listed.filter(is_reserve=False).count() == RECOMMENDED
    assert listed.filter(is_reserve=True).count() == len(trip.calls)
    assert trip.cases("recommended") == RECOMMENDED


def _draw(trip: Journey, chair: Page) -> None:
    """An expert declares a tie before anybody is drawn; the draw keeps the two apart."""
    move_to(trip.round, StageKind.REVIEW)
    tied = Recommendation.objects.filter(round=trip.round, is_reserve=False).order_by("pk")[0].application.school
    expert = trip.page("expert", "/selection/panel/")
    expert.get_by_role("main").get_by_role("link", name="回避声明").click()
    expert.get_by_label("单位代码").fill(tied.code)
    expert.get_by_label("关系").select_option(index=0)
    expert.get_by_role("button", name="声明").click()
    expect(expert.locator("main")).to_contain_text(tied.name)
    chair.reload()
    quota = chair.locator("section", has=chair.get_by_role("heading", name="名额与推荐"))
    expect(quota.get_by_text("已报送")).to_have_count(len(trip.calls))
    chair.get_by_label("抽取种子").fill(SEED)
    agree(chair, "抽取专家，开始盲评")
    expect(chair.locator("main")).to_contain_text("已交 0/125 份评分")
    expect(chair.locator("main")).to_contain_text(SEED)
    fits(chair)
    sheets = Assignment.objects.filter(round=trip.round)
    assert sheets.count() == RECOMMENDED * PANEL
    assert not sheets.filter(expert__office__user__username="expert", application__school=tied).exists()


def _score(trip: Journey) -> None:
    """The expert steps back from the first sheet and scores all the others by the keyboard, without seeing a name."""
    mine = Assignment.objects.filter(round=trip.round, expert__office__user__username="expert")
    page = trip.page("expert", "/selection/panel/")
    held = page.locator("section", has=page.get_by_role("heading", name="第六批"))
    count = mine.count()
    expect(held.locator("li")).to_have_count(count)
    held.get_by_role("link", name="材料").first.click()
    page.get_by_role("button", name="我确认，打开材料").press("Enter")
    page.get_by_text("申请回避此件").click()
    page.get_by_label("原因").fill("读到内容后认出是曾共事的单位。")
    agree(page, "申请回避")
    expect(page.locator(".w-messages")).to_contain_text("已回避")
    assert mine.filter(status="recused").count() == 1
    assert Assignment.objects.filter(round=trip.round, status="assigned").count() == RECOMMENDED * PANEL
    held.get_by_role("link", name="材料").first.click()
    for _n in range(count - 1):
        _score_one(page, trip.round)
    expect(page.locator("main")).to_contain_text("我的评审")
    assert mine.filter(status="submitted").count() == count - 1


def _score_one(page: Page, round_: Round) -> None:
    page.get_by_role("button", name="我确认，打开材料").press("Enter")
    expect(page.locator("article")).to_contain_text("支部定题、党员领题、教研组破题")
    sheet = Assignment.objects.select_related("application__school__district").get(
        pk=page.url.rstrip("/").rpartition("/")[2]
    )
    school = sheet.application.school
    for name in (school.label, school.district.name, "总结.docx"):
        expect(page.locator("body")).not_to_contain_text(name)
    page.locator("[data-points]").first.focus()
    for criterion in round_.criteria.order_by("order"):
        page.keyboard.type(f"{points_of(sheet, criterion):g}")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    expect(page.get_by_label("评语")).to_be_focused()
    page.keyboard.insert_text(DATA["comment"])
    page.keyboard.press("Tab")
    expect(page.locator("#score-total")).to_contain_text("已保存")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="提交本件")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="提交本件").press("Enter")
    expect(page.locator(".w-messages")).to_contain_text(f"材料 {sheet.application.blind_code} 已提交")


def _decide(trip: Journey, chair: Page) -> None:
    """The chair ends the review, looks at experts and at the cut, and moves one place with a reason."""
    chair.goto(f"{trip.path}panel/")
    expect(chair.locator("main")).to_contain_text("已交 125/125 份评分")
    agree(chair, "结束评审")
    strict = chair.locator("section", has=chair.get_by_role("heading", name="专家宽严"))
    experts = Expert.objects.filter(assignments__round=trip.round, assignments__status="submitted").distinct().count()
    expect(strict.locator("tbody tr")).to_have_count(experts)
    other = chair.locator("section", has=chair.get_by_role("heading", name="换一种算法"))
    expect(other.locator("li")).to_have_count(2)
    rows = chair.locator("tbody").first.locator("tr:not(.is-section)")
    expect(rows).to_have_count(RECOMMENDED)
    expect(rows.get_by_text("拟入选", exact=True)).to_have_count(SELECTED)
    fits(chair)
    for place, button in ((SELECTED - 1, "改为不入选"), (SELECTED, "改为拟入选")):
        rows.nth(place).get_by_text("改动").click()
        rows.nth(place).get_by_label("集体审议的理由").fill("兼顾城乡，经集体审议调整。")
        rows.nth(place).get_by_role("button", name=button).click()
        expect(rows.nth(place)).to_contain_text("兼顾城乡")
    expect(rows.get_by_text("拟入选", exact=True)).to_have_count(SELECTED)
    assert trip.cases("expert_review") == RECOMMENDED, "held until published"


def _notice(trip: Journey, chair: Page, anybody: Page) -> None:
    """All decisions at once; whoever comes by reads the list and objects; the chair answers."""
    chair.get_by_role("link", name="公布并公示").click()
    chair.get_by_label("公示编号").fill(NUMBER)
    chair.get_by_label("公示开始").fill(f"{timezone.localdate()}")
    agree(chair, "公布并公示")
    expect(chair.locator("h1")).to_contain_text("公示")
    assert trip.cases("public_notice") == SELECTED
    anybody.reload()
    anybody.get_by_role("link", name="第六批").click()
    expect(anybody.locator("main")).to_contain_text("公示中，第")
    expect(anybody.locator(".w-table tbody tr")).to_have_count(SELECTED)
    fits(anybody)
    anybody.get_by_role("link", name="提出异议").click()
    anybody.get_by_label("针对").select_option(index=1)
    anybody.get_by_label("事实和理由").fill(DATA["objection"]["text"])
    anybody.get_by_role("button", name="提交异议").click()
    code = anybody.locator(".w-code").inner_text()
    chair.goto("/")
    chair.locator("article", has_text="第六批").get_by_role("link", name="办理异议").click()
    chair.get_by_label("核查情况和答复").fill(DATA["objection"]["reply"])
    agree(chair, "办结")
    expect(chair.locator("main")).to_contain_text("异议不成立")
    anybody.get_by_role("link", name="凭查询码查看").click()
    anybody.get_by_label("查询码").fill(code)
    anybody.get_by_role("button", name="查看").click()
    expect(anybody.locator("main")).to_contain_text("场次属实")
    assert Objection.objects.get(notice__round=trip.round).status == "dismissed"


def _end(trip: Journey, anybody: Page) -> None:
    """The working days go by; the clock of the worker ends the notice, and nobody clicks."""
    today = timezone.localdate()
    PublicNotice.objects.filter(number=NUMBER).update(
        starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1)
    )
    assert end_due_notices.name in {row["task"] for row in app.conf.beat_schedule.values()}
    end_due_notices.apply()
    assert PublicNotice.objects.get(number=NUMBER).closed_at is not None
    anybody.goto(f"/notices/{NUMBER}/")
    expect(anybody.locator("main")).to_contain_text("公示期满")
    expect(anybody.get_by_role("link", name="提出异议")).to_have_count(0)


def _announce(trip: Journey, chair: Page) -> None:
    open_now(trip.round, StageKind.ANNOUNCEMENT)
    chair.goto("/")
    chair.locator("article", has_text="第六批").get_by_role("link", name="公布名单").click()
    agree(chair, "公布名单，授予称号")
    expect(chair.locator(".w-messages")).to_contain_text("称号已生效")
    expect(chair.locator("h1")).to_contain_text("已公布")
    chair.goto(f"{trip.path}outcome/")
    expect(chair.locator("tbody").first.get_by_text("入选", exact=True)).to_have_count(SELECTED)
    fits(chair)
    assert trip.cases("announced") == SELECTED
    assert trip.cases("declined") == APPLIED - SELECTED


def _verify(trip: Journey, chair: Page, anybody: Page) -> None:
    """Twelve titles are in the register; a certificate's code tells a stranger what the certificate says."""
    titles = Designation.objects.filter(round=trip.round).select_related("school")
    assert titles.count() == SELECTED
    assert len({title.check_code for title in titles}) == SELECTED
    title = titles.order_by("pk")[0]
    chair.goto(f"/selection/designations/?q={title.school.name}")
    chair.locator("tr", has_text="第六批").get_by_role("link", name=title.school.name, exact=True).click()
    text = text_of_pdf(chair, chair.get_by_role("link", name="证书 PDF").get_attribute("href"))
    assert title.school.name in text
    assert title.check_code in text
    anybody.goto("/notices/verify/")
    anybody.get_by_label("查验码").fill(title.check_code.lower())
    anybody.get_by_role("button", name="查验").click()
    expect(anybody.locator("main")).to_contain_text("证书真实，现在有效")
    expect(anybody.locator("main")).to_contain_text(title.school.name)
    anybody.goto(f"/notices/{NUMBER}/")
    expect(anybody.locator("main")).to_contain_text("已公布")
