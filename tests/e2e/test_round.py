"""A whole round in the browser: from the copy of last year's to a certificate that a stranger verifies."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from districts.models import Role
from projects.selection.models import Application, Assignment, Designation, PublicNotice, Round, StageKind
from projects.selection.services import panel
from tests.e2e.conftest import OpenPage
from tests.support.browsing import agree, text_of_pdf
from tests.support.city import SmallCity
from tests.support.files import docx
from tests.support.selection import (
    COMMENT,
    PLAN,
    Contest,
    accept,
    add_experts,
    hand_in,
    make_round,
    move_to,
    open_now,
    recommend,
    score,
    window,
)

NUMBER = "DC-2026-03"


@pytest.fixture
def contest(city: SmallCity) -> Contest:
    """Last year's round, which the new one is copied from, and an expert register of three."""
    last = make_round(city, code="dc-2025", title="第二批", quota={city.wuxi: 1, city.jiangjin: 1}, target=1)
    Round.objects.filter(pk=last.round.pk).update(status="announced", seed="20251103")
    add_experts(last, 2)
    office = city.users["expert"].offices.get(role=Role.EXPERT)
    last.experts.append(panel.register_expert(**last.chair, office=office, expertise=["党建"], employer=None))
    return last


def test_a_round_from_the_call_to_a_certificate(contest: Contest, open_page: OpenPage) -> None:
    city = contest.city
    chair = open_page(city.users["city_admin"], "/selection/")
    round_ = _call(chair)
    contest.round = round_
    move_to(round_, StageKind.APPLICATION)
    _apply(open_page(city.users["clerk"], "/selection/"))
    others = [hand_in(contest, school) for school in (city.two, city.other)]
    move_to(round_, StageKind.ELIGIBILITY, StageKind.RECOMMENDATION)
    accept(contest, others[1])
    recommend(contest, city.jiangjin, others[1:])
    _recommend(open_page(city.users["reviewer"], "/"))
    move_to(round_, StageKind.REVIEW)
    _draw(chair, round_)
    _score(open_page(city.users["expert"], "/"), city)
    for sheet in Assignment.objects.filter(status="assigned"):
        score(sheet, base=33 if sheet.application.school_id == city.one.pk else 24)
    _decide(chair, round_)
    anybody = open_page(None, f"/notices/{NUMBER}/")
    code = _object(anybody, city)
    _answer(chair, anybody, code)
    _announce(chair, round_)
    _verify(chair, anybody, city)


def _call(page: Page) -> Round:
    """Copied from last year's, one rule and the dates changed, published."""
    page.get_by_role("link", name="第二批").click()
    page.get_by_role("link", name="照此拟定下一批").click()
    page.get_by_label("编号").fill("dc-2026")
    page.get_by_label("批次", exact=True).fill("第三批")
    page.get_by_label("文件全称").fill("新时代中小学校党建引领创新和质量创优工作第三批培育创建单位")
    page.get_by_role("button", name="复制为草稿").click()
    expect(page.locator("h1")).to_contain_text("第三批")
    page.locator("section", has_text="规则").get_by_role("link", name="修改").last.click()
    page.get_by_label("评语至少字数").fill("15")
    page.get_by_role("button", name="保存").click()
    page.locator("section", has=page.get_by_role("heading", name="进度")).get_by_role("link", name="修改").click()
    begin, end = (f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}" for moment in window())
    for kind in StageKind.values:
        page.locator(f"[name={kind}_opens]").fill(begin)
        page.locator(f"[name={kind}_closes]").fill(end)
    page.get_by_role("button", name="保存").click()
    agree(page, "发布批次")
    expect(page.locator("main")).to_contain_text("申报推荐中")
    return Round.objects.select_related("unit").get(code="dc-2026")


def _apply(page: Page) -> None:
    """The school writes; what is missing is listed, what is left is saved, the PDF shows it, then it is handed in."""
    page.get_by_role("link", name="第三批").click()
    page.get_by_role("button", name="开始申报").click()
    gaps = page.locator("#case-gaps")
    expect(gaps).to_contain_text("还有 2 处")
    page.get_by_label("工作基础").fill("党支部建在年级组。")
    page.get_by_label("品牌名称").fill("同心")
    page.get_by_label("品牌名称").press("Tab")
    expect(gaps).to_contain_text("还有 1 处")
    expect(gaps).to_contain_text("现有 9 字，至少 10 字")
    page.reload()
    expect(page.get_by_label("工作基础")).to_have_value("党支部建在年级组。")
    page.get_by_label("工作基础").fill(f"云台小学{PLAN}")
    page.get_by_label("姓名").fill("李四")
    expect(gaps).to_contain_text("可以提交")
    page.get_by_label("目标 1").first.fill("达标率")
    page.get_by_label("目标 1").last.fill("75%")
    page.get_by_label("佐证").set_input_files(
        {"name": "总结.docx", "mimeType": "application/octet-stream", "buffer": docx("研修六次，公开课十八节。")}
    )
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("main")).to_contain_text("总结.docx")
    text = text_of_pdf(page, page.get_by_role("link", name="预览 PDF").get_attribute("href"))
    assert "支部建在年级组" in text
    assert "达标率" in text
    agree(page, "提交申报")
    expect(page.locator("h1")).to_contain_text("待资格审核")


def _recommend(page: Page) -> None:
    """From the duty on the first page: both are eligible, one place, so one is recommended and one a reserve."""
    page.get_by_role("link", name="审核资格").click()
    page.get_by_role("link", name="云台小学").click()
    page.get_by_role("button", name="资格通过").click()
    expect(page.locator("h1")).to_contain_text("待推荐")
    page.goto("/selection/cases/?status=submitted")
    page.get_by_role("link", name="城厢中学").click()
    page.get_by_role("button", name="资格通过").click()
    expect(page.locator("h1")).to_contain_text("待推荐")
    page.goto("/")
    page.get_by_role("link", name="拟定名单").click()
    best, second = page.locator("tr", has_text="云台小学"), page.locator("tr", has_text="城厢中学")
    for row, order in ((best, "1"), (second, "2")):
        row.get_by_label("顺序").fill(order)
        row.get_by_label("推荐", exact=True).check()
        expect(row.locator(":checked + span")).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
        row.get_by_label("理由").fill("研修机制成形，数据可查。")
    page.get_by_role("button", name="保存名单").click()
    expect(page.locator(".w-messages")).to_contain_text("名额 1 个，推荐了 2 个")
    expect(second.get_by_label("理由")).to_have_value("研修机制成形，数据可查。")
    second.get_by_label("候补").check()
    page.get_by_label("集体研究情况").fill("经局党组会议研究。")
    agree(page, "报送名单")
    expect(page.locator("h1")).to_contain_text("已报送")


def _draw(page: Page, round_: Round) -> None:
    page.goto(f"/selection/rounds/{round_.pk}/")
    expect(page.locator("tr", has_text="巫溪县")).to_contain_text("已报送")
    page.get_by_label("抽取种子").fill("20261129")
    agree(page, "抽取专家，开始盲评")
    expect(page.locator("main")).to_contain_text("已交 0/6 份评分")
    expect(page.locator("main")).to_contain_text("20261129")


def _score(page: Page, city: SmallCity) -> None:
    """Declared, read without a name, scored by the keyboard alone; an extreme needs its reason."""
    page.get_by_role("link", name="继续评审").click()
    for number in (1, 2):
        if number == 1:
            page.get_by_role("link", name=re.compile("材料")).first.click()
        page.get_by_role("button", name="我确认，打开材料").click()
        text = page.locator("article")
        expect(text).to_contain_text("支部建在年级组")
        for name in ("云台", "聚奎", "李四", "巫溪", "江津"):
            expect(page.locator("body")).not_to_contain_text(name)
        page.wait_for_load_state()
        ours = "研修六次" in (page.content()) or page.get_by_role("link", name="附件1.docx").count() > 0
        page.get_by_label("工作基础", exact=True).focus()
        page.keyboard.type("40" if ours else "24")
        page.keyboard.press("Tab")
        expect(page.locator("#score-total")).to_contain_text("还差 2 项")
        page.keyboard.press("Tab")
        page.keyboard.type("50")
        page.keyboard.press("Tab")
        expect(page.locator("#points-fusion")).to_have_class(re.compile("is-refused"))
        expect(page.locator(".w-score-side")).to_contain_text("“深度融合”请填 0 至 40 之间的数")
        expect(page.get_by_label("品牌特色", exact=True)).to_be_focused()
        page.keyboard.press("Shift+Tab")
        page.keyboard.type("31")
        page.keyboard.press("Tab")
        page.keyboard.type("16")
        page.keyboard.press("Tab")
        page.keyboard.type(COMMENT)
        page.keyboard.press("Tab")
        expect(page.locator("#score-total")).to_contain_text("已保存")
        if ours:
            agree(page, "提交本件")
            expect(page.locator(".w-messages")).to_contain_text("请写明理由")
            page.get_by_label("工作基础的理由").fill("两年数据齐全，课程资源可复制。")
        agree(page, "提交本件")
    expect(page.locator("main")).to_contain_text("已提交")


def _decide(page: Page, round_: Round) -> None:
    """The chair ends the review, looks at experts and at the cut, decides, and publishes all at once."""
    page.goto(f"/selection/rounds/{round_.pk}/panel/")
    expect(page.locator("main")).to_contain_text("已交 6/6 份评分")
    agree(page, "结束评审")
    strict = page.locator("section", has=page.get_by_role("heading", name="专家宽严"))
    expect(strict.locator("tbody tr")).to_have_count(3)
    expect(page.locator("section", has=page.get_by_role("heading", name="换一种算法"))).to_contain_text("名单不变")
    rows = page.locator("tbody").first.locator("tr")
    expect(rows.nth(0)).to_contain_text("云台小学")
    expect(rows.nth(0)).to_contain_text("拟入选")
    expect(page.locator("tr", has_text="聚奎中学")).to_contain_text("不入选")
    assert set(Application.objects.values_list("status", flat=True)) >= {"expert_review"}, "held until published"
    page.get_by_role("link", name="公布并公示").click()
    page.get_by_label("公示编号").fill(NUMBER)
    page.get_by_label("公示开始").fill(f"{timezone.localdate()}")
    agree(page, "公布并公示")
    expect(page.locator("h1")).to_contain_text("公示")


def _object(page: Page, city: SmallCity) -> str:
    """Without signing in: the list, an objection without a name, its code."""
    expect(page.locator("main")).to_contain_text("公示中，第")
    expect(page.locator("main")).to_contain_text("云台小学")
    expect(page.locator("main")).not_to_contain_text("聚奎中学")
    page.get_by_role("link", name="提出异议").click()
    page.get_by_label("针对").select_option(label="巫溪县　云台小学")
    page.get_by_label("事实和理由").fill("太短")
    page.get_by_role("button", name="提交异议").click()
    expect(page.locator("main")).to_contain_text("至少 10 个字")
    page.get_by_label("事实和理由").fill("研修场次与公开报道不一致，请核查台账。")
    page.get_by_role("button", name="提交异议").click()
    code = page.locator(".w-code").inner_text()
    page.get_by_role("link", name="凭查询码查看").click()
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查看").click()
    expect(page.locator("main")).to_contain_text("正在核查")
    return code


def _answer(chair: Page, anybody: Page, code: str) -> None:
    """Nothing is announced before the answer; whoever holds the code reads it."""
    chair.goto("/")
    chair.get_by_role("link", name="办理异议").click()
    expect(chair.locator("main")).to_contain_text("研修场次与公开报道不一致")
    chair.get_by_label("核查情况和答复").fill("台账属实，统计时段不同。")
    agree(chair, "办结")
    expect(chair.locator("main")).to_contain_text("异议不成立")
    anybody.get_by_label("查询码").fill(code)
    anybody.get_by_role("button", name="查看").click()
    expect(anybody.locator("main")).to_contain_text("台账属实")


def _announce(page: Page, round_: Round) -> None:
    open_now(round_, StageKind.ANNOUNCEMENT)
    page.goto(f"/selection/rounds/{round_.pk}/")
    agree(page, "公布名单，授予称号")
    expect(page.locator(".w-messages")).to_contain_text("才结束")
    # The working days go by.
    today = timezone.localdate()
    PublicNotice.objects.update(starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1))
    agree(page, "公布名单，授予称号")
    expect(page.locator(".w-messages")).to_contain_text("称号已生效")
    expect(page.locator("h1")).to_contain_text("已公布")


def _verify(chair: Page, anybody: Page, city: SmallCity) -> None:
    """The title is in the register, its certificate carries a code, and the code tells a stranger the same."""
    chair.goto("/selection/designations/")
    chair.get_by_role("link", name="云台小学").click()
    text = text_of_pdf(chair, chair.get_by_role("link", name="证书 PDF").get_attribute("href"))
    title = Designation.objects.get()
    assert "云台小学" in text
    assert title.check_code in text
    anybody.goto("/notices/verify/")
    anybody.get_by_label("查验码").fill(title.check_code.lower())
    anybody.get_by_role("button", name="查验").click()
    expect(anybody.locator("main")).to_contain_text("证书真实，现在有效")
    expect(anybody.locator("main")).to_contain_text("云台小学")
    anybody.get_by_label("查验码").fill("ABCDEFGHJKLM")
    anybody.get_by_role("button", name="查验").click()
    expect(anybody.locator("main")).to_contain_text("没有这个查验码")
    anybody.goto(f"/notices/{NUMBER}/")
    expect(anybody.locator("main")).to_contain_text("已公布")
