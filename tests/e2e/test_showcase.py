"""A brand in the browser: registered by the school, counted in the city's cell, entered in a district round from a file."""

from decimal import Decimal

from playwright.sync_api import Page, expect

from projects.programmes.services import load_programmes
from projects.selection.models import Application, Round, StageKind
from projects.selection.services.kinds import load_kinds
from reports.rollup.models import Cell
from reports.rollup.services.marks import process_marks
from tests.e2e.conftest import OpenPage
from tests.support.browsing import find_barriers, find_overflow
from tests.support.city import SmallCity, open_form
from tests.support.selection import move_to
from tests.support.showcase import build_showcase, today
from tests.support.worker import wait_until_rolled_up

PERIOD = "2026-06-30"


def _agree(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def test_a_brand_goes_from_the_school_to_the_city_and_into_a_round(
    city: SmallCity, open_page: OpenPage, worker: None
) -> None:
    build_showcase(city)
    load_programmes()
    load_kinds()
    open_form("base", PERIOD, city.one)
    wait_until_rolled_up()
    at_school = open_page(city.users["clerk"], "/showcase/")
    at_school.get_by_role("link", name="登记品牌").click()
    at_school.get_by_label("品牌名称").fill("圆善红烛 立人先锋")
    at_school.get_by_label("品牌理念").fill("取自红岩精神，党员教师立德立言立行。")
    at_school.get_by_label("品牌要素").fill("红岩精神\n立己立人")
    at_school.get_by_label("启用日期").fill("2026-03-01")
    at_school.get_by_role("button", name="登记").click()
    expect(at_school.locator("h1")).to_contain_text("在用")
    process_marks()
    cell = Cell.objects.get(unit__level="city", indicator__code="X13", period__code=PERIOD, slice="all", boundaries=0)
    assert (cell.value, cell.reported) == (Decimal(1), 3)

    at_district = open_page(city.users["district_admin"], "/selection/")
    at_district.get_by_role("link", name="用范本拟定").click()
    at_district.get_by_label("党建品牌创建评审（四项标准）").check()
    at_district.get_by_label("批次").fill("首届品牌评审")
    at_district.get_by_label("文件全称").fill("巫溪县首届党建品牌评审")
    at_district.get_by_label("编号").fill("wx-brand-1")
    at_district.get_by_role("button", name="保存草稿").click()
    expect(at_district.locator("main")).to_contain_text("特色提炼")
    _agree(at_district, "发布批次")
    expect(at_district.locator("h1")).to_contain_text("申报推荐中")
    move_to(Round.objects.get(code="wx-brand-1"), StageKind.APPLICATION)

    at_school.goto("/selection/")
    at_school.get_by_role("link", name="首届品牌评审").click()
    at_school.get_by_role("button", name="开始申报").click()
    expect(at_school.locator("main")).to_contain_text("圆善红烛 立人先锋")
    assert Application.objects.get().subject_title == "圆善红烛 立人先锋"


def test_nobody_is_kept_out_on_a_desk_or_a_phone(city: SmallCity, open_page: OpenPage) -> None:
    showcase = build_showcase(city)
    brand = showcase.brand(elements="红岩精神\n立己立人")
    part = showcase.branch_brand(parent=brand)
    case = showcase.exhibit(
        "case", "知行345", brand=brand, publication="优秀实践案例", published_on=today(), reach="city"
    )
    for size in ({"width": 1440, "height": 900}, {"width": 390, "height": 844}):
        page = open_page(city.users["clerk"], "/showcase/", viewport=size)
        for path in (
            "/showcase/", f"/showcase/brands/{brand.pk}/", f"/showcase/brands/{part.pk}/change/",
            f"/showcase/brands/{brand.pk}/end/", "/showcase/cases/", f"/showcase/exhibits/{case.pk}/", "/showcase/districts/",
            "/showcase/courses/new/",
        ):  # fmt: skip
            page.goto(path)
            assert find_overflow(page) == 0, (size, path)
            assert find_barriers(page) == [], (size, path)
