"""The search box by keyboard alone."""

from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
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
