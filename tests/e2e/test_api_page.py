"""The page that explains the API works under the portal's own content policy, without anything from elsewhere."""

from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.support.browsing import Watch
from tests.support.city import SmallCity


def test_a_person_reads_and_tries_an_operation(city: SmallCity, open_page: OpenPage, watch: Watch) -> None:
    page = open_page(city.users["reviewer"], "/api/v1/docs/")
    row = page.locator(".opblock", has_text="/api/v1/units/")
    row.locator(".opblock-summary").click()
    row.get_by_role("button", name="Try it out").click()
    row.get_by_role("button", name="Execute").click()
    expect(row.locator(".live-responses-table")).to_contain_text("云台小学")
    expect(row.locator(".live-responses-table")).not_to_contain_text("聚奎中学")
