"""The whole main job in the browser: a school's figure reaches the city page and the REST client."""

import json
import time
import urllib.request
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from districts.models import Office
from districts.services.offices import create_token
from reports.collection.models import Return
from tests.e2e.conftest import OpenPage
from tests.support.browsing import Watch
from tests.support.city import SmallCity, open_form, zeros
from tests.support.worker import wait_until_rolled_up

PERIOD = "2026Q1"
SECONDS = 180


def test_a_number_goes_from_the_school_to_the_city(
    city: SmallCity, open_page: OpenPage, worker: None, watch: Watch, live_server: Any
) -> None:
    record = open_form("meeting", PERIOD, city.one)
    wait_until_rolled_up()
    at_city = open_page(city.users["city_staff"], _drill("G05N"))

    at_school = open_page(city.users["clerk"], f"/returns/{record.pk}/")
    _fill_everything(at_school, record, G05D=100)
    _type(at_school, "G05N", "131")
    expect(at_school.locator("#row-G05N")).to_contain_text("不能大于")
    expect(at_school.locator("#cell-G05N")).to_have_value("131")
    _type(at_school, "G05N", "90")
    expect(at_school.locator("#row-G05N")).to_contain_text("已保存")

    at_secretary = open_page(city.users["secretary"], f"/returns/{record.pk}/")
    _submit(at_secretary)
    expect(at_secretary.locator("h1")).to_contain_text("待县级审核")

    at_district = open_page(city.users["reviewer"], "/returns/review/")
    at_district.get_by_role("link", name="云台小学").click()
    _decide(at_district, {"G05N": "与名册不一致，请核对。"})
    expect(at_district.locator(".w-messages")).to_contain_text("已退回 1 格")

    at_school.reload()
    expect(at_school.locator("h1")).to_contain_text("被退回")
    expect(at_school.locator("#row-G05N")).to_contain_text("与名册不一致")
    assert at_school.locator("input[data-cell]").evaluate_all("cells => cells.map(c => c.name)") == ["G05N"]
    _type(at_school, "G05N", "88")
    expect(at_school.locator("#row-G05N")).to_contain_text("已保存")
    _submit(at_school)
    expect(at_school.locator("h1")).to_contain_text("待县级审核")

    at_district.goto(f"/returns/{record.pk}/review/")
    _decide(at_district, {})
    expect(at_district.locator(".w-messages")).to_contain_text("已通过")

    expect_number(at_city, "88")
    assert _ask_rest(city, live_server.url, "G05N") == Decimal(88)
    record.refresh_from_db()
    assert record.status == "approved"


def _drill(indicator: str) -> str:
    return f"/dashboard/drill/city/500000/?indicator={indicator}&period={PERIOD}"


def expect_number(page: Page, number: str) -> None:
    """The city page shows it within seconds of the approval; the page itself does not change by itself."""
    deadline = time.monotonic() + SECONDS
    while number not in page.locator(".w-head-facts").inner_text():
        assert time.monotonic() < deadline, page.locator(".w-head-facts").inner_text()
        page.wait_for_timeout(250)
        page.reload()


def _type(page: Page, code: str, text: str) -> None:
    """Type into a cell, leave it, and wait for the answer."""
    page.fill(f"#cell-{code}", text)
    with page.expect_response(lambda answer: f"/cells/{code}/" in answer.url and answer.request.method == "POST"):
        page.press(f"#cell-{code}", "Enter")


def _fill_everything(page: Page, record: Return, **values: int) -> None:
    for code in zeros(record):
        if code != "G05N":
            _type(page, code, str(values.get(code, 0)))
            expect(page.locator(f"#row-{code}")).to_contain_text("已保存")


def _submit(page: Page) -> None:
    _confirm(page, "提交审核")


def _confirm(page: Page, button: str) -> None:
    """Press, read what is asked, and press again."""
    page.get_by_role("button", name=button).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    with page.expect_navigation():
        dialog.get_by_role("button", name=button).click()


def _decide(page: Page, returned: dict[str, str]) -> None:
    """Judge every cell, folded ones in one go, and send the decision."""
    expect(page.locator("[data-send]")).to_be_visible()
    if page.get_by_role("button", name="通过未变的").count():
        with page.expect_navigation():
            page.get_by_role("button", name="通过未变的").click()
    for row in page.locator("[data-row]").all():
        if row.is_visible():
            row.locator(".w-verdict").get_by_text("通过").click()
    for code, reason in returned.items():
        page.locator(f"#review-{code} .w-verdict").get_by_text("退回").click()
        page.fill(f"[name='reason-{code}']", reason)
    _confirm(page, "送出结论")


def _ask_rest(city: SmallCity, address: str, indicator: str) -> Decimal:
    """The same number by token, over HTTP."""
    client = city.users["api_client"]
    office = Office.objects.get(user=client)
    token = create_token(actor=client, scope=city.scope("api_client"), office_id=office.pk, name="journey")
    query = urlencode({"indicator": indicator, "period": PERIOD, "level": "city"})
    request = urllib.request.Request(
        f"{address}/api/v1/statistics/cells/?{query}", headers={"Authorization": f"Token {token}"}
    )
    with urllib.request.urlopen(request) as answer:
        (result,) = json.load(answer)["results"]
    return Decimal(str(result["value"]))
