"""The steps beside the straight way, clicked: a veto and its end, places given back, many cases passed at once,
experts replaced and sheets given back, a district's choice carried into the city's round."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from projects.selection.models import Application, Assignment, Place, StageKind, Veto
from projects.selection.services import results
from projects.selection.services.panel import draw_panel
from tests.e2e.conftest import OpenPage
from tests.support.browsing import agree, find_overflow
from tests.support.city import SmallCity
from tests.support.selection import (
    Contest,
    accept,
    add_experts,
    hand_in,
    make_round,
    more_schools,
    move_to,
    publish,
    score,
    to_review,
    unit_of,
)

NARROW = {"viewport": {"width": 390, "height": 844}}


def fits(page: Page) -> None:
    """Nothing sticks out to the right: the page does not scroll sideways."""
    assert find_overflow(page) == 0, page.url


@pytest.fixture
def contest(city: SmallCity) -> Contest:
    return make_round(city)


def test_a_veto_bars_a_school_until_it_is_lifted(contest: Contest, open_page: OpenPage) -> None:
    school = contest.city.one
    page = open_page(contest.city.users["city_admin"], "/selection/vetoes/")
    expect(page.locator("main")).to_contain_text("没有学校在一票否决期内")
    page.get_by_role("link", name="登记一票否决").click()
    page.get_by_label("学校代码").fill("9999999999")
    page.get_by_label("事由").fill("师德失范，渝教〔2026〕8号。")
    agree(page, "登记")
    expect(page.locator("main")).to_contain_text("没有找到这个代码的学校")
    expect(page.get_by_label("事由")).to_have_value("师德失范，渝教〔2026〕8号。")
    page.get_by_label("学校代码").fill(school.code)
    agree(page, "登记")
    row = page.locator("tbody tr", has_text=school.name)
    expect(row).to_contain_text("有效")
    clerk = open_page(contest.city.users["clerk"], f"/selection/rounds/{contest.round.pk}/")
    clerk.get_by_role("button", name="开始申报").click()
    expect(clerk.locator(".w-messages")).to_contain_text("一票否决期内（师德失范，渝教〔2026〕8号。）")
    row.get_by_role("link", name="解除").click()
    page.get_by_label("解除理由").fill("复核后撤销处理。")
    agree(page, "解除")
    expect(page.locator("tbody tr", has_text=school.name)).to_contain_text("已解除")
    assert Veto.objects.get().lifted_reason == "复核后撤销处理。"
    clerk.get_by_role("button", name="开始申报").click()
    expect(clerk.locator("#case-gaps")).to_be_visible()


def test_a_district_passes_many_at_once_and_gives_places_back(contest: Contest, open_page: OpenPage) -> None:
    good, gone = (hand_in(contest, school) for school in more_schools(contest.city, 2))
    barred = hand_in(contest, contest.city.one)
    desk = f"/selection/rounds/{contest.round.pk}/desk/500238/"
    page = open_page(contest.city.users["reviewer"], desk)
    page.get_by_role("link", name="批量审核资格").click()
    Veto.objects.create(
        school=barred.school, reason="安全事故", valid_from=timezone.localdate(),
        recorded_by=contest.city.users["city_admin"],
    )  # fmt: skip
    narrow = open_page(contest.city.users["reviewer"], page.url.removeprefix("http://").partition("/")[2], **NARROW)
    fits(narrow)
    page.get_by_label("全选").check()
    expect(page.locator("[data-picked]")).to_contain_text("已选 3 项")
    agree(page, "通过所选")
    expect(page.locator(".w-messages")).to_contain_text("已通过 2 份。")
    refused = page.locator("section", has=page.get_by_role("heading", name="没有通过的"))
    expect(refused).to_contain_text(f"{barred.school.name}")
    expect(refused).to_contain_text("一票否决期内（安全事故）")
    assert Application.objects.filter(status="district_review").count() == 2
    assert good.pk != gone.pk
    move_to(contest.round, StageKind.RECOMMENDATION)
    page.goto(desk)
    page.get_by_text("名额退回市级机动").click()
    page.get_by_label("个数").fill("9")
    page.get_by_label("理由", exact=True).last.fill("只有一家达到条件。")
    agree(page, "退回名额")
    expect(page.locator(".w-messages")).to_contain_text("空余名额 2 个")
    page.get_by_text("名额退回市级机动").click()
    page.get_by_label("个数").fill("1")
    page.get_by_label("理由", exact=True).last.fill("只有一家达到条件。")
    agree(page, "退回名额")
    expect(page.locator(".w-messages")).to_contain_text("已把 1 个名额退回市级机动")
    assert Place.objects.filter(round=contest.round, district=None).count() == 2
    chair = open_page(contest.city.users["city_admin"], f"/selection/rounds/{contest.round.pk}/")
    expect(chair.locator("main")).to_contain_text("市级机动 2 个")
    chair.get_by_label("调剂给").select_option("500116")
    chair.get_by_label("理由").fill("申报质量高。")
    chair.get_by_role("button", name="调剂名额").click()
    expect(chair.locator("main")).to_contain_text("市级机动 1 个")


def test_the_chair_replaces_an_expert_and_gives_a_sheet_back(contest: Contest, open_page: OpenPage) -> None:
    rows = to_review(contest, experts=5)
    done, late = rows[0].assignments.select_related("expert__office__user").order_by("pk")[:2]
    score(done)
    chair = contest.city.users["city_admin"]
    base = f"/selection/rounds/{contest.round.pk}/panel/"
    page = open_page(chair, f"{base}experts/{done.expert_id}/")
    row = page.locator("tr", has_text="已评").first
    row.get_by_text("退回修改").click()
    row.get_by_label("退回原因").fill("评语与分数不符。")
    agree(page, "退回给专家")
    expect(page.locator(".w-messages")).to_contain_text("已退回给专家修改")
    done.refresh_from_db()
    assert done.status == "assigned"
    page.goto(f"{base}experts/{late.expert_id}/")
    row = page.locator("tr", has_text=f"材料 {rows[0].blind_code}")
    row.locator("summary").click()
    row.get_by_role("button", name="更换专家", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="更换专家", exact=True).click()
    expect(page.locator(".w-messages")).to_contain_text("请写明原因")
    page.goto(f"{base}experts/{late.expert_id}/")
    row = page.locator("tr", has_text=f"材料 {rows[0].blind_code}")
    row.locator("summary").click()
    row.get_by_label("更换原因").fill("出差，不能按时评审。")
    row.get_by_role("button", name="更换专家", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="更换专家", exact=True).click()
    expect(page.locator(".w-messages")).to_contain_text("已更换专家")
    late.refresh_from_db()
    assert late.status == "replaced"
    seated = Assignment.objects.get(replaces=late)
    page.goto(f"{base}experts/{seated.expert_id}/")
    expect(page.locator("main")).to_contain_text("接替")
    left = Assignment.objects.filter(expert=seated.expert, status="assigned").count()
    page.get_by_label("更换原因").last.fill("因病请假。")
    agree(page, f"更换未交的 {left} 件")
    expect(page.locator(".w-messages")).to_contain_text(f"已收回 {left} 件")
    fits(open_page(chair, f"{base}experts/{done.expert_id}/", **NARROW))
    fits(open_page(chair, base, **NARROW))


def test_a_districts_choice_is_carried_into_the_citys_round(contest: Contest, open_page: OpenPage) -> None:
    city = contest.city
    own = make_round(
        city, code="wx-2026", title="巫溪首评", unit=unit_of(city.wuxi), by="district_admin", has_recommendation=False, feeds=contest.round,
        target=1,
    )  # fmt: skip
    rows = [accept(own, hand_in(own, school)) for school in (city.one, city.two)]
    add_experts(contest, 3)
    move_to(own.round, StageKind.REVIEW)
    draw_panel(**own.chair, round_id=own.round.pk, lock_version=own.version(), seed="wx")
    for case, base in zip(rows, (36, 22), strict=True):
        for sheet in case.assignments.all():
            score(sheet, base=base)
    results.close_review(**own.chair, round_id=own.round.pk, lock_version=own.version())
    publish(own, "WX-1")
    move_to(contest.round, StageKind.APPLICATION)
    page = open_page(city.users["reviewer"], f"/selection/rounds/{own.round.pk}/")
    carry = page.locator("#carry")
    expect(carry.locator("tbody tr")).to_have_count(1)
    expect(carry).to_contain_text("未推送")
    agree(page, "推送勾选的单位")
    expect(page.locator(".w-messages")).to_contain_text("请勾选要推送的单位")
    carry.get_by_label(city.one.name).check()
    agree(page, "推送勾选的单位")
    expect(page.locator(".w-messages")).to_contain_text("已推送 1 个")
    expect(carry).to_contain_text("已推送")
    new = Application.objects.get(round=contest.round)
    assert (new.status, new.carried_from_id) == ("draft", rows[0].pk)
    clerk = open_page(city.users["clerk"], f"/selection/cases/{new.pk}/")
    expect(clerk.locator("#case-gaps")).to_contain_text("可以提交")
    agree(clerk, "提交申报")
    expect(clerk.locator("h1")).to_contain_text("待资格审核")
    fits(open_page(city.users["reviewer"], f"/selection/rounds/{own.round.pk}/", **NARROW))
