"""On a phone no table is read sideways: rows become cards, and every figure keeps the word of its column."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from districts.models import District
from reports.rollup.services.marks import process_marks
from tests.e2e.conftest import OpenPage
from tests.support.browsing import find_overflow
from tests.support.city import SmallCity, fill, make_school, open_form, report, submit
from tests.support.selection import Contest, make_round, to_outcome
from tests.support.showcase import build_showcase

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
PAGES = {
    "city_admin": (
        "/selection/", "/selection/cases/", "/selection/experts/", "/selection/rounds/{round}/",
        "/selection/rounds/{round}/desk/500238/", "/selection/rounds/{round}/panel/",
        "/selection/rounds/{round}/outcome/", "/selection/rounds/{round}/quota/", "/showcase/", "/showcase/districts/",
        "/leaders/", "/indicators/", "/indicators/changes/", "/indicators/targets/", "/units/tokens/",
        "/returns/forms/", "/dashboard/figures/city/500000/", "/dashboard/attention/city/500000/",
        "/dashboard/table/city/500000/progress/?period=2026Q1", "/dashboard/drill/city/500000/?indicator=G03&period=2026Q1",
        "/dashboard/district/500238/?period=2026Q1&indicator=G03",
    ),
    "reviewer": ("/", "/returns/review/", "/returns/workbooks/", "/selection/rounds/{round}/desk/500238/"),
    "clerk": ("/", "/selection/", "/selection/cases/"),
}  # fmt: skip
# Tables, visible ones, whose frame has to be pushed sideways.
TOO_WIDE = """() => [...document.querySelectorAll("main table")].filter(table => table.getClientRects().length)
    .filter(table => { const frame = table.closest(".w-scroll") ?? table.parentElement;
        return frame.scrollWidth > frame.clientWidth + 1; }).map(table => table.className)"""
# Cells of a card that stand there without the word of their column, though it has one.
WORDLESS = """() => [...document.querySelectorAll("main table.w-table:not(.is-blocks, .w-stack, .w-entry, .w-verdicts, .w-narrow)")]
    .filter(table => table.tHead?.rows[0].cells.length > 3).flatMap(table => [...table.tBodies].flatMap(body => [...body.rows])
    .flatMap(row => [...row.cells].filter((cell, at) => row.cells.length === table.tHead.rows[0].cells.length
        && table.tHead.rows[0].cells[at].textContent.trim() && !cell.matches("th, .w-main-cell, .w-act")
        && getComputedStyle(cell, "::before").content === "none").map(cell => cell.outerHTML.slice(0, 80))))"""


@pytest.fixture
def contest(city: SmallCity) -> Contest:
    for school, clerk, reviewer in ((city.one, "clerk", "reviewer"), (city.other, "other_clerk", "other_reviewer")):
        report("meeting", "2026Q1", school, city.users[clerk], city.users[reviewer], G01=9, G02=8)
    waiting = open_form("meeting", "2026Q1", city.two)
    fill(waiting, city.users["clerk_two"])
    submit(waiting, city.users["clerk_two"])
    build_showcase(city).brand()
    contest = make_round(city)
    to_outcome(contest)
    process_marks()
    return contest


def walk(page: Page, contest: Contest, paths: tuple[str, ...]) -> list[Any]:
    found: list[Any] = []
    for path in paths:
        address = path.format(round=contest.round.pk)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found += [(address, table) for table in page.evaluate(TOO_WIDE)]
        found += [(address, "page", overflow) for overflow in [find_overflow(page)] if overflow]
    return found


@pytest.mark.parametrize("who", list(PAGES))
def test_nothing_is_read_sideways(contest: Contest, open_page: OpenPage, who: str) -> None:
    page = open_page(contest.city.users[who], "/", **PHONE)
    assert walk(page, contest, PAGES[who]) == []
    page = open_page(contest.city.users[who], "/", java_script_enabled=False, **PHONE)
    assert walk(page, contest, PAGES[who][:4]) == []


def test_every_figure_of_a_card_keeps_the_word_of_its_column(contest: Contest, open_page: OpenPage) -> None:
    page = open_page(contest.city.users["city_admin"], "/", **PHONE)
    wordless = []
    for path in PAGES["city_admin"]:
        page.goto(path.format(round=contest.round.pk))
        wordless += [(path, cell) for cell in page.evaluate(WORDLESS)]
    assert wordless == []
    page.goto(f"/selection/rounds/{contest.round.pk}/outcome/")
    expect(page.locator("main thead").first).to_be_hidden()
    # What HTMX swaps in gets its words too.
    page.goto("/dashboard/district/500238/?period=2026Q1&indicator=G03")
    page.select_option("#switch-slice", "kind:primary")
    expect(page.locator(".w-head-facts")).to_contain_text("小学")
    expect(page.locator(".w-distance td[data-label='全市']").first).to_be_visible()


def test_on_a_wide_screen_it_is_a_table(contest: Contest, open_page: OpenPage) -> None:
    page = open_page(contest.city.users["city_admin"], "/selection/")
    expect(page.locator("main thead")).to_be_visible()
    assert page.locator("main tbody td").nth(1).evaluate("cell => getComputedStyle(cell, '::before').content") == "none"


def test_on_paper_the_heat_table_stays_on_its_sheet(contest: Contest, open_page: OpenPage) -> None:
    """A4 on its long edge, less the margins, is 1,032 px wide: what is wider is cut off by the printer."""
    districts = District.objects.filter(valid_to=None)
    for n, district in enumerate(districts):
        make_school(f"98{n:08d}", f"第{n}小学", district)
    open_form("meeting", "2026Q1", contest.city.one)
    page = open_page(contest.city.users["city_admin"], "/dashboard/city/?period=2026Q1")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1032, "height": 700})
    heat = page.locator(".w-heat")
    assert heat.locator("thead th[scope=col]").count() == districts.count() + 1 > 38
    box = heat.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1032
