"""The entry and review pages under real conditions: keyboard, no scripts, a phone, no net, two people, a double click."""

import re

import pytest
from playwright.sync_api import Page, expect

from reports.collection.models import Return, ReturnStatus, Value
from tests.e2e.conftest import OpenPage
from tests.support.browsing import Held, Watch, find_overflow
from tests.support.city import SmallCity, fill, open_form, submit, zeros

PERIOD = "2026Q1"
CELLS = "input[data-cell], select[data-cell]"


@pytest.fixture
def draft(city: SmallCity) -> Return:
    return open_form("meeting", PERIOD, city.one)


@pytest.fixture
def filled(city: SmallCity, draft: Return) -> Return:
    assert fill(draft, city.users["clerk"], G05D=100, G05N=90) == {}
    return draft


def _leave(page: Page, code: str, key: str = "Enter") -> None:
    with page.expect_response(lambda answer: f"/cells/{code}/" in answer.url and answer.request.method == "POST"):
        page.press(f"#cell-{code}", key)
    expect(page.locator(f"#row-{code} .htmx-request")).to_have_count(0)


def test_the_whole_form_is_filled_by_keyboard(city: SmallCity, draft: Return, open_page: OpenPage) -> None:
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    page.focus("#cell-G01")
    page.keyboard.type("9")
    _leave(page, "G01")
    expect(page.locator("#cell-G02")).to_be_focused()
    page.keyboard.type("8")
    _leave(page, "G02", "Tab")
    expect(page.locator("#cell-G04D")).to_be_focused()
    expect(page.locator("#row-G01")).to_contain_text("已保存")
    expect(page.locator("#panel h2")).to_have_text("主题党日应开数")
    page.keyboard.press("Alt+n")
    expect(page.locator("#cell-G04N")).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#cell-G04D")).to_be_focused()


def test_undo_and_the_panel(city: SmallCity, draft: Return, open_page: OpenPage) -> None:
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    page.fill("#cell-G01", "9")
    _leave(page, "G01")
    page.fill("#cell-G01", "7")
    _leave(page, "G01")
    page.locator("#row-G01").get_by_role("button", name="撤销").click()
    expect(page.locator("#cell-G01")).to_have_value("9")
    page.locator("#row-G01 [data-panel-of]").click()
    expect(page.locator("#panel")).to_contain_text("9 → 7")
    expect(page.locator("#panel")).to_contain_text("7 → 9")


def test_undo_pressed_before_the_answer_has_come(city: SmallCity, draft: Return, open_page: OpenPage) -> None:
    """The row is replaced under the hand: the press is for the figure just typed, and the page shows what is stored."""
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    page.fill("#cell-G01", "9")
    _leave(page, "G01")
    on_its_way = Held(page, "**/cells/G01/", "POST")
    page.fill("#cell-G01", "7")
    page.locator("#row-G01").get_by_role("button", name="撤销").click()
    with page.expect_response("**/cells/G01/undo/"):
        on_its_way.let_go()
    expect(page.locator("#cell-G01")).to_have_value("9")
    assert Value.objects.get(return_record=draft, indicator__code="G01").number == 9


def test_undo_pressed_while_the_row_is_replaced(city: SmallCity, draft: Return, open_page: OpenPage) -> None:
    """The finger goes down on one button and up on its successor."""
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    page.fill("#cell-G01", "9")
    _leave(page, "G01")
    page.fill("#cell-G01", "7")
    page.locator("#row-G01").get_by_role("button", name="撤销").hover()
    with page.expect_response(lambda answer: "/cells/G01/" in answer.url and answer.request.method == "POST"):
        page.mouse.down()
    expect(page.locator("#row-G01 .htmx-request")).to_have_count(0)
    expect(page.locator("#cell-G01")).to_have_value("7")
    page.mouse.up()
    expect(page.locator("#cell-G01")).to_have_value("9")


def test_the_panel_is_asked_again_when_its_answer_is_older_than_the_row(
    city: SmallCity, draft: Return, open_page: OpenPage
) -> None:
    """What the panel says about a row was asked for when the row was gone to; meanwhile a figure is stored."""
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    panels = Held(page, "**/cells/G02/")
    page.locator("#row-G02 [data-panel-of]").click()
    panels.reach_the_server()
    page.fill("#cell-G02", "8")
    _leave(page, "G02")
    page.locator("#row-G02 [data-panel-of]").click()
    panels.let_go()
    panels.let_go()
    expect(page.locator("#panel")).to_contain_text("填 8")


def test_a_refused_part_is_tried_again_when_its_whole_is_raised(
    city: SmallCity, draft: Return, open_page: OpenPage
) -> None:
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    for code, text in (("G05D", "126"), ("G05N", "131")):
        page.fill(f"#cell-{code}", text)
        _leave(page, code)
    expect(page.locator("#row-G05N")).to_contain_text("未保存")
    expect(page.locator("[data-count='refused']")).to_contain_text("1 格未保存")
    page.fill("#cell-G05D", "140")
    _leave(page, "G05D")
    expect(page.locator("#row-G05N")).to_contain_text("已保存")
    expect(page.locator("#cell-G05N")).to_have_value("131")
    assert Value.objects.get(return_record=draft, indicator__code="G05N").number == 131


def test_lost_net_in_the_middle_of_entry(city: SmallCity, draft: Return, open_page: OpenPage, watch: Watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED|htmx:(afterRequest|sendError)")
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    page.fill("#cell-G01", "9")
    _leave(page, "G01")
    page.context.set_offline(True)
    for code, text in (("G02", "8"), ("G05D", "126")):
        page.fill(f"#cell-{code}", text)
        page.press(f"#cell-{code}", "Enter")
        expect(page.locator(f"#row-{code}")).to_contain_text("待同步")
    expect(page.locator("[data-count='unsaved']")).to_contain_text("2 格待同步")
    assert not Value.objects.filter(return_record=draft, indicator__code="G02").exists()
    page.context.set_offline(False)
    for code in ("G02", "G05D"):
        expect(page.locator(f"#row-{code}")).to_contain_text("已保存")
    assert Value.objects.get(return_record=draft, indicator__code="G05D").number == 126
    expect(page.locator("[data-count='unsaved']")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('portal.unsent')") == "{}"


def test_what_was_kept_on_the_device_survives_closing_the_page(
    city: SmallCity, draft: Return, open_page: OpenPage, watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED|htmx:(afterRequest|sendError)")
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/")
    device = page.context
    device.set_offline(True)
    page.fill("#cell-G01", "9")
    page.press("#cell-G01", "Enter")
    expect(page.locator("#row-G01")).to_contain_text("待同步")
    page.close()
    device.set_offline(False)
    page = device.new_page()
    page.goto(f"/returns/{draft.pk}/")
    expect(page.locator("#row-G01")).to_contain_text("已保存")
    assert Value.objects.get(return_record=draft, indicator__code="G01").number == 9


def test_without_scripts_everything_is_one_form(city: SmallCity, draft: Return, open_page: OpenPage) -> None:
    page = open_page(city.users["clerk"], f"/returns/{draft.pk}/", java_script_enabled=False)
    for code in zeros(draft):
        page.fill(f"#cell-{code}", "3")
    page.fill("#cell-G05N", "131")
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.locator("#cell-G05N")).to_have_value("131")
    expect(page.locator("#row-G05N")).to_contain_text("不能大于")
    page.fill("#cell-G05N", "2")
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("h1")).to_contain_text("待县级审核")

    review = open_page(city.users["reviewer"], f"/returns/{draft.pk}/review/", java_script_enabled=False)
    for code in zeros(draft):
        review.locator(f"#review-{code} .w-verdict").get_by_text("通过").click()
    review.locator("#review-G05N .w-verdict").get_by_text("退回").click()
    review.locator("#review-G05N + tr").get_by_role("radio", name="口径有误").check()
    review.get_by_role("button", name="送出结论").click()
    expect(review.locator(".w-messages")).to_contain_text("已退回 1 格")
    page.goto(f"/returns/{draft.pk}/")
    expect(page.locator("#row-G05N")).to_contain_text("口径有误，请按口径重填。")
    expect(page.locator(CELLS)).to_have_count(1)


def test_on_a_phone_the_open_tasks_come_first(city: SmallCity, filled: Return, open_page: OpenPage) -> None:
    Value.objects.filter(return_record=filled, indicator__code="G05N").update(number=None)
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page(city.users["clerk"], f"/returns/{filled.pk}/", **phone)
    assert find_overflow(page) == 0
    expect(page.locator(CELLS).locator("visible=true")).to_have_count(1)
    page.get_by_role("link", name=re.compile("全部")).click()
    expect(page.locator(CELLS).locator("visible=true")).to_have_count(len(zeros(filled)))
    page.get_by_role("link", name=re.compile("待办")).click()
    box = page.locator("#cell-G05N").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    page.fill("#cell-G05N", "88")
    with page.expect_response(lambda answer: "/cells/G05N/" in answer.url and answer.request.method == "POST"):
        page.locator("#cell-G05N").blur()
    expect(page.locator("#row-G05N")).to_contain_text("已保存")
    for path in (f"/returns/{filled.pk}/?show=all", "/returns/", "/"):
        page.goto(path)
        assert find_overflow(page) == 0, path


def test_two_reviewers_one_wins_and_the_other_is_told(city: SmallCity, filled: Return, open_page: OpenPage) -> None:
    submit(filled, city.users["clerk"])
    pages = [open_page(city.users[name], f"/returns/{filled.pk}/review/") for name in ("reviewer", "reviewer2")]
    for page in pages:
        _judge(page, filled)
    _send(pages[0])
    expect(pages[0].locator(".w-messages")).to_contain_text("已通过")
    _send(pages[1])
    expect(pages[1].locator(".w-messages")).to_contain_text("刚被别人更新")
    expect(pages[1].locator("[data-changes]")).to_contain_text(f"{city.users['reviewer']} 通过")


def test_a_double_click_on_submit_is_harmless(city: SmallCity, filled: Return, open_page: OpenPage) -> None:
    page = open_page(city.users["clerk"], f"/returns/{filled.pk}/")
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("dialog").get_by_role("button", name="提交审核").dblclick()
    expect(page.locator("h1")).to_contain_text("待县级审核")
    filled.refresh_from_db()
    assert (filled.status, filled.lock_version) == (ReturnStatus.SUBMITTED, 1)


def test_the_review_by_keyboard(city: SmallCity, filled: Return, open_page: OpenPage) -> None:
    submit(filled, city.users["clerk"])
    page = open_page(city.users["reviewer"], f"/returns/{filled.pk}/review/")
    rows = page.locator("[data-row]").count()
    for _row in range(rows):
        page.keyboard.press("j")
        page.keyboard.press("y")
    expect(page.locator("[data-tally='pass']")).to_have_text(str(rows))
    page.keyboard.press("n")
    expect(page.locator("[data-tally='return']")).to_have_text("1")
    page.keyboard.type("请核对。")
    page.get_by_role("button", name="暂存，下一所").click()
    expect(page.locator(".w-messages")).to_contain_text("已暂存")
    page.goto(f"/returns/{filled.pk}/review/")
    expect(page.locator("[data-tally='return']")).to_have_text("1")


def _judge(page: Page, record: Return) -> None:
    for code in zeros(record):
        page.locator(f"#review-{code} .w-verdict").get_by_text("通过").click()


def _send(page: Page) -> None:
    page.get_by_role("button", name="送出结论").click()
    with page.expect_navigation():
        page.get_by_role("dialog").get_by_role("button", name="送出结论").click()
