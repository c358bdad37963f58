"""On a slow line a page can be read and used before its script has come: nothing is lost, and nothing is done unasked."""

import re

import pytest
from playwright.sync_api import Page, expect

from projects.selection.models import StageKind
from reports.collection.models import Return, ReturnStatus, Value
from reports.rollup.services.marks import process_marks
from tests.e2e.conftest import OpenPage
from tests.support.browsing import Held
from tests.support.city import SmallCity, fill, open_form, report
from tests.support.selection import hand_in, make_round, more_schools, move_to


def _without_its_script(page: Page, path: str) -> Held:
    script = Held(page, "**/build/portal*.js")
    page.goto(path, wait_until="commit")
    script.wait()
    return script


@pytest.fixture
def draft(city: SmallCity) -> Return:
    return open_form("meeting", "2026Q1", city.one)


def test_what_cannot_be_undone_is_asked_about_all_the_same(city: SmallCity, draft: Return, open_page: OpenPage) -> None:
    assert fill(draft, city.users["clerk"], G05D=100, G05N=90) == {}
    page = open_page(city.users["clerk"])
    script = _without_its_script(page, f"/returns/{draft.pk}/")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    draft.refresh_from_db()
    assert draft.status != ReturnStatus.SUBMITTED
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    script.let_go()
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("dialog").get_by_role("button", name="提交审核").click()
    expect(page.locator("h1")).to_contain_text("待县级审核")


def test_a_figure_that_was_left_is_stored(city: SmallCity, draft: Return, open_page: OpenPage) -> None:
    page = open_page(city.users["clerk"])
    script = _without_its_script(page, f"/returns/{draft.pk}/")
    page.fill("#cell-G01", "9")
    page.press("#cell-G01", "Tab")
    script.let_go()
    expect(page.locator("#row-G01")).to_contain_text("已保存")
    expect(page.locator("#cell-G01")).to_have_value("9")
    assert Value.objects.get(return_record=draft, indicator__code="G01").number == 9


def test_a_field_of_a_case_that_was_left_is_stored(city: SmallCity, open_page: OpenPage) -> None:
    contest = make_round(city)
    move_to(contest.round, StageKind.APPLICATION)
    page = open_page(city.users["clerk"], f"/selection/rounds/{contest.round.pk}/")
    page.get_by_role("button", name="开始申报").click()
    expect(page.locator("#case-gaps")).to_contain_text("还有 2 处")
    script = _without_its_script(page, page.url)
    page.get_by_label("品牌名称").fill("同心")
    page.get_by_label("品牌名称").press("Tab")
    script.let_go()
    expect(page.locator("#case-gaps")).to_contain_text("还有 1 处")


def test_all_that_were_ticked_at_once_stay_ticked(city: SmallCity, open_page: OpenPage) -> None:
    contest = make_round(city)
    for school in more_schools(city, 2):
        hand_in(contest, school)
    page = open_page(city.users["reviewer"])
    script = _without_its_script(page, f"/selection/rounds/{contest.round.pk}/eligibility/")
    page.get_by_label("全选").check()
    script.let_go()
    expect(page.locator("[data-picked]")).to_contain_text("已选 2 项")
    expect(page.get_by_label("全选")).to_be_checked()


def test_a_choice_of_a_list_acts_at_once(city: SmallCity, open_page: OpenPage) -> None:
    page = open_page(city.users["city_staff"])
    _without_its_script(page, "/topics/")
    page.get_by_label("级别").select_option(index=1)
    expect(page).to_have_url(re.compile(r"level=\w"))


def test_a_switch_changes_the_page_when_it_can(city: SmallCity, open_page: OpenPage) -> None:
    for period, held in (("2026Q1", 9), ("2026Q2", 6)):
        report("meeting", period, city.one, city.users["clerk"], city.users["reviewer"], G01=9, G02=held)
    process_marks()
    page = open_page(city.users["city_staff"])
    script = _without_its_script(page, "/dashboard/city/?period=2026Q2&indicator=G03")
    card = page.locator(".w-card").nth(4)
    expect(card).to_contain_text("66.7")
    page.select_option("#switch-period", "2026Q1")
    script.let_go()
    expect(card).to_contain_text("100.0")
