"""The boards under people's hands: without reloading, without a mouse, without scripts, in the dark, on a phone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reports.rollup.services.marks import process_marks
from tests.e2e.conftest import OpenPage
from tests.support.browsing import Held, Watch, find_barriers, find_barriers_in_the_dark, find_overflow
from tests.support.city import SmallCity, report

# Milliseconds: more than the seconds between two figures of the screen; after which silence it says so.
TURN, PATIENCE = 31_000, 65_000
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
CITY = "/dashboard/city/?period=2026Q2&indicator=G03"
PAGES = {
    "city_staff": ("/", CITY, "/screen/?period=2026Q2", "/dashboard/drill/city/500000/?period=2026Q2&indicator=G03",
                   "/dashboard/attention/city/500000/", "/dashboard/table/city/500000/progress/?period=2026Q2"),
    "reviewer": ("/", "/dashboard/district/500238/?period=2026Q2"),
    "clerk": ("/", "/dashboard/school/5002380001/?period=2026Q2&indicator=G03"),
}  # fmt: skip


@pytest.fixture
def filled(city: SmallCity) -> SmallCity:
    for period, held in (("2026Q1", 9), ("2026Q2", 6)):
        for school, clerk, reviewer in (
            (city.one, "clerk", "reviewer"), (city.two, "clerk_two", "reviewer"), (city.other, "other_clerk", "other_reviewer"),
        ):  # fmt: skip
            report("meeting", period, school, city.users[clerk], city.users[reviewer], G01=9, G02=held)
    process_marks()
    return city


def test_a_switch_changes_the_page_and_the_address_and_back_undoes_it(filled: SmallCity, open_page: OpenPage) -> None:
    page = open_page(filled.users["city_staff"], CITY)
    page.evaluate("window.mark = 'same document'")
    card = page.locator(".w-card").nth(4)
    expect(card).to_contain_text("66.7")
    page.locator("#switch-period").focus()
    page.select_option("#switch-period", "2026Q1")
    expect(card).to_contain_text("100.0")
    expect(page).to_have_url(re.compile("period=2026Q1"))
    expect(page).to_have_url(re.compile("indicator=G03"))
    assert page.evaluate("window.mark") == "same document"
    expect(page.locator("#switch-period")).to_be_focused()
    page.select_option("#switch-slice", "kind:primary")
    expect(page.locator(".w-head-facts")).to_contain_text("小学")
    page.go_back()
    page.go_back()
    expect(card).to_contain_text("66.7")
    expect(page).to_have_url(re.compile("period=2026Q2"))
    expect(page.locator("[data-chart] svg")).to_be_visible()


def test_of_two_quick_steps_back_the_last_one_stays(filled: SmallCity, open_page: OpenPage) -> None:
    page = open_page(filled.users["city_staff"], CITY)
    card = page.locator(".w-card").nth(4)
    page.select_option("#switch-period", "2026Q1")
    expect(card).to_contain_text("100.0")
    page.select_option("#switch-slice", "kind:primary")
    expect(page.locator(".w-head-facts")).to_contain_text("小学")
    # The answer of the first step is on its way until the second has long arrived.
    first = Held(page, re.compile("/dashboard/city/.*period=2026Q1"))
    page.go_back()
    first.wait()
    with page.expect_event("requestfailed", lambda request: "period=2026Q1" in request.url):
        page.go_back()
    expect(card).to_contain_text("66.7")
    first.let_go()
    page.wait_for_timeout(500)
    expect(page.locator("#switch-period")).to_have_value("2026Q2")
    expect(card).to_contain_text("66.7")


def test_a_step_back_ends_the_choice_that_was_still_under_way(
    filled: SmallCity, open_page: OpenPage, watch: Watch
) -> None:
    watch.expect("htmx:(afterRequest|sendAbort)")
    page = open_page(filled.users["city_staff"], CITY)
    card = page.locator(".w-card").nth(4)
    page.select_option("#switch-period", "2026Q1")
    expect(card).to_contain_text("100.0")
    choice = Held(page, "**/dashboard/city/**slice=kind**")
    page.select_option("#switch-slice", "kind:primary")
    choice.wait()
    page.go_back()
    expect(card).to_contain_text("66.7")
    choice.let_go()
    page.wait_for_timeout(500)
    expect(page.locator("#switch-slice")).to_have_value("all")
    expect(page).to_have_url(re.compile("period=2026Q2"))


def test_without_scripts_a_button_does_the_same(filled: SmallCity, open_page: OpenPage) -> None:
    page = open_page(filled.users["city_staff"], CITY, java_script_enabled=False)
    page.select_option("#switch-period", "2026Q1")
    page.locator(".w-switches button").click()
    expect(page.locator(".w-card").nth(4)).to_contain_text("100.0")
    expect(page.locator(".w-theme")).to_be_hidden()
    with_scripts = open_page(filled.users["city_staff"], CITY)
    expect(with_scripts.locator(".w-switches button")).to_be_hidden()


def test_arrows_walk_over_the_map_and_enter_goes_in(filled: SmallCity, open_page: OpenPage) -> None:
    page = open_page(filled.users["city_staff"], CITY)
    page.get_by_role("link", name="开州").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".w-tile:focus")).to_contain_text("巫溪")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".w-tile:focus")).to_contain_text("巫溪")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("巫溪县")


def test_the_theme_is_kept_and_the_chart_follows(filled: SmallCity, open_page: OpenPage) -> None:
    page = open_page(filled.users["city_staff"], CITY)
    line = page.locator("[data-chart] svg path[stroke-width='2.25']").first
    before = line.get_attribute("stroke")
    assert before
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(line).not_to_have_attribute("stroke", before)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_search_box_is_worked_by_keys(filled: SmallCity, open_page: OpenPage) -> None:
    page = open_page(filled.users["city_staff"], CITY)
    page.keyboard.press("/")
    page.keyboard.type("jqzx")
    expect(page.locator("#found a").first).to_contain_text("聚奎中学")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("聚奎中学")


def test_schools_are_found_while_typing(filled: SmallCity, open_page: OpenPage) -> None:
    page = open_page(filled.users["reviewer"], "/dashboard/district/500238/?period=2026Q2")
    expect(page.locator("#schools")).to_contain_text("城厢中学")
    page.locator("#school-text").press_sequentially("ytxx")
    expect(page.locator("#schools")).not_to_contain_text("城厢中学")
    expect(page.locator("#schools")).to_contain_text("云台小学")
    expect(page.locator("#school-text")).to_be_focused()
    expect(page).to_have_url(re.compile("q=ytxx"))


def test_the_screen_turns_pauses_and_says_when_nothing_comes(
    filled: SmallCity, open_page: OpenPage, watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED|htmx:")
    page = open_page(filled.users["city_staff"], "/screen/?period=2026Q2", viewport={"width": 1920, "height": 1080})
    # The page's own clock stands, and is put forward instead of waited for; what follows a turn of the clock is real.
    page.clock.install(time=NOON)
    page.clock.pause_at(NOON + timedelta(hours=1))
    page.reload()
    height = "document.documentElement.scrollHeight - document.documentElement.clientHeight"
    assert page.evaluate(height) == 0
    expect(page.locator("#screen-map")).to_contain_text("双带头人覆盖率")
    _turn(page)
    expect(page.locator("#screen-map")).to_contain_text("市级培育创建单位数")
    page.keyboard.press(" ")
    expect(page.locator("[data-pause]")).to_contain_text("继续")
    with page.expect_response(lambda answer: "hold=1" in answer.url):
        _turn(page)
    expect(page.locator("#screen-map")).to_contain_text("市级培育创建单位数")
    page.context.set_offline(True)
    page.clock.fast_forward(PATIENCE // 3)
    expect(page.locator("[data-stale]")).to_be_hidden()
    page.clock.fast_forward(PATIENCE)
    expect(page.locator("[data-stale]")).to_contain_text("数据停止更新")


def _turn(page: Page) -> None:
    """The clock goes on by a turn, and a new screen stands where the old one was."""
    page.locator("#screen").evaluate("screen => { screen.dataset.old = '' }")
    page.clock.fast_forward(TURN)
    expect(page.locator("#screen[data-old]")).to_have_count(0)


@pytest.mark.parametrize("who", list(PAGES))
def test_no_barriers_and_nothing_scrolls_sideways(filled: SmallCity, open_page: OpenPage, who: str) -> None:
    page = open_page(filled.users[who], PAGES[who][0])
    found: list[Any] = []
    for path in PAGES[who]:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        found += [(path, barrier) for barrier in find_barriers(page) + find_barriers_in_the_dark(page)]
        if not path.startswith("/screen/"):
            found += _too_wide(page, path)
    assert not found


def _too_wide(page: Page, path: str) -> list[tuple[str, int, int]]:
    """720 px stands for 1440 at 200 %."""
    wide = []
    for width in (720, 360):
        page.set_viewport_size({"width": width, "height": 800})
        if overflow := find_overflow(page):
            wide.append((path, width, overflow))
    return wide
