"""The search box by keyboard alone."""

from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.support.browsing import Held
from tests.support.city import SmallCity


def test_a_school_is_opened_without_a_mouse(city: SmallCity, open_page: OpenPage) -> None:
    page = open_page(city.users["city_staff"], "/schools/")
    box = page.get_by_role("searchbox", name="查找学校和单位")
    box.focus()
    box.press_sequentially("jqzx")
    first = page.locator("#found a").first
    expect(first).to_contain_text("聚奎中学")
    box.press("ArrowDown")
    expect(first).to_be_focused()
    first.press("ArrowUp")
    expect(box).to_be_focused()
    box.press("ArrowDown")
    first.press("Enter")
    expect(page.locator("h1")).to_contain_text("聚奎中学")
    box = page.get_by_role("searchbox", name="查找学校和单位")
    box.press_sequentially("jkzx")
    expect(page.locator("#found a").first).to_be_visible()
    box.press("Escape")
    expect(page.locator("#found a")).to_have_count(0)


def test_what_was_typed_before_the_script_came_is_found_too(city: SmallCity, open_page: OpenPage) -> None:
    page = open_page(city.users["city_staff"], "/schools/")
    script = Held(page, "**/build/portal*.js")
    page.goto("/schools/", wait_until="commit")
    page.get_by_role("searchbox", name="查找学校和单位").press_sequentially("jqzx")
    expect(page.locator("#found a")).to_have_count(0)
    script.let_go()
    expect(page.locator("#found a").first).to_contain_text("聚奎中学")


def test_an_answer_that_comes_after_escape_opens_nothing(city: SmallCity, open_page: OpenPage) -> None:
    page = open_page(city.users["city_staff"], "/schools/")
    answers = Held(page, "**/search/**")
    box = page.get_by_role("searchbox", name="查找学校和单位")
    box.fill("jqzx")
    answers.wait()
    box.press("Escape")
    with page.expect_response("**q=jqzx"):
        answers.let_go()
    page.wait_for_timeout(300)
    expect(page.locator("#found a")).to_have_count(0)
    page.unroute("**/search/**")
    box.press_sequentially("jqzx")
    expect(page.locator("#found a").first).to_contain_text("聚奎中学")
