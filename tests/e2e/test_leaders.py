"""A secretary's post in the browser: assessed by the school, confirmed by the district, counted in the city's cell."""

from decimal import Decimal

from playwright.sync_api import Page, expect

from reports.rollup.models import Cell
from reports.rollup.services.marks import process_marks
from tests.e2e.conftest import OpenPage
from tests.support.browsing import find_barriers, find_overflow
from tests.support.city import SmallCity, open_form
from tests.support.leaders import ago, build_leaders
from tests.support.worker import wait_until_rolled_up

PERIOD = "2026-06-30"


def test_an_assessment_goes_from_the_school_to_the_city(city: SmallCity, open_page: OpenPage, worker: None) -> None:
    leaders = build_leaders(city)
    open_form("base", PERIOD, city.one)
    wait_until_rolled_up()
    at_school = open_page(city.users["clerk"], f"/leaders/posts/{leaders.one.code}/")
    at_school.get_by_role("link", name="开始认定").first.click()
    at_school.get_by_label("认定日期").fill("2026-05-20")
    at_school.get_by_label("党建带头：哪一种证明").select_option("述职评议为“好”")
    at_school.get_by_label("党建带头：依据").fill("区县教育工委〔2026〕3号")
    at_school.get_by_role("button", name="保存草稿").click()
    _agree(at_school, "提交确认")
    expect(at_school.locator(".w-messages")).to_contain_text("请先填写培养措施")
    at_school.get_by_role("link", name="修改认定").click()
    expect(at_school.get_by_label("党建带头：依据")).to_have_value("区县教育工委〔2026〕3号")
    at_school.get_by_label("业务带头：哪一种证明").select_option("高级职称")
    at_school.get_by_label("业务带头：依据").fill("职称证书 2021-0042")
    at_school.get_by_role("button", name="保存草稿").click()
    _agree(at_school, "提交确认")
    expect(at_school.locator("main")).to_contain_text("待县级确认")

    at_district = open_page(city.users["reviewer"], "/leaders/")
    at_district.get_by_role("link", name="确认 1 项").click()
    at_district.get_by_label("全选").check()
    expect(at_district.locator("[data-picked]")).to_contain_text("已选 1 项")
    _agree(at_district, "确认所选")
    expect(at_district.locator(".w-messages")).to_contain_text("已确认 1 项")

    at_school.reload()
    expect(at_school.locator("h1")).to_contain_text("达标")
    # The note of the change waits for the next sweep, which the clock starts.
    process_marks()
    cell = Cell.objects.get(unit__level="city", indicator__code="L02", period__code=PERIOD, slice="all", boundaries=0)
    assert (cell.value, cell.reported) == (Decimal(1), 3)
    at_city = open_page(city.users["city_staff"], "/leaders/")
    expect(at_city.locator("tr", has_text="巫溪县")).to_contain_text("50.0%")
    at_city.get_by_role("link", name="巫溪县").click()
    at_city.locator("tr", has_text="云台小学").get_by_role("link", name="1", exact=True).click()
    expect(at_city.locator("tbody")).to_contain_text("云台小学党支部书记")


def _agree(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def test_a_studio_is_kept_on_a_phone_and_keeps_nobody_out(city: SmallCity, open_page: OpenPage) -> None:
    leaders = build_leaders(city)
    studio = leaders.studio()
    page = open_page(city.users["secretary"], f"/leaders/studios/{studio.pk}/", viewport={"width": 390, "height": 844})
    page.get_by_role("link", name="记一场活动").click()
    page.get_by_label("日期").fill(f"{ago(2)}")
    page.get_by_label("主题").fill("怎样开好组织生活会")
    page.get_by_label("到场人数").fill("18")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("活动 1 场，18 人次")
    page.get_by_role("link", name="增加学员").first.click()
    page.get_by_label("教师编号").fill("12")
    page.get_by_label("带教目标").fill("一年内独立主持组织生活会")
    page.get_by_role("button", name="登记").click()
    expect(page.locator("main")).to_contain_text("教师 0012")
    for path in (
        f"/leaders/studios/{studio.pk}/", "/leaders/posts/", "/leaders/studios/", "/leaders/pairings/",
        "/leaders/standards/", f"/leaders/posts/{leaders.one.code}/", f"/leaders/posts/{leaders.one.code}/assess/",
    ):  # fmt: skip
        page.goto(path)
        assert find_overflow(page) == 0, path
        assert find_barriers(page) == [], path
