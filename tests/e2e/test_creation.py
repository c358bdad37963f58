"""A build in the browser: plan by the school, check by the city, rectification, and the number in the city's cell."""

from decimal import Decimal

from playwright.sync_api import Page, expect

from projects.creation.models import Paper
from reports.rollup.models import Cell
from reports.rollup.services.marks import process_marks
from tests.e2e.conftest import OpenPage
from tests.support.browsing import find_barriers, find_overflow
from tests.support.city import SmallCity, open_form
from tests.support.creation import Builds, ago, ahead, build_builds, fresh, today
from tests.support.worker import wait_until_rolled_up


def _agree(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def test_a_build_goes_from_its_plan_to_a_rectification(city: SmallCity, open_page: OpenPage) -> None:
    build = build_builds(city).give(since=ago(370))
    at_school = open_page(city.users["clerk"], f"/schools/{city.one.code}/")
    at_school.get_by_role("link", name="在建单位").click()
    at_school.get_by_role("link", name="云台小学").click()
    at_school.get_by_role("button", name="填写建设计划").click()
    at_school.get_by_role("button", name="保存并提交").click()
    expect(at_school.locator(".w-messages")).to_contain_text("已保存，还不能提交")
    at_school.get_by_label("党建品牌").fill("同心")
    at_school.get_by_label("品牌内涵").fill("党建引领教研，师生看得见。" * 6)
    at_school.get_by_label("建设思路").fill("支部建在年级组，党员领题研修。" * 10)
    at_school.get_by_label("目标").first.fill("三会一课达标率")
    at_school.get_by_label("现状").first.fill("92%")
    at_school.get_by_label("两年后").first.fill("98%")
    at_school.get_by_label("举措").first.fill("建六个研修共同体")
    at_school.get_by_label("完成时间").first.fill(f"{ahead(60)}")
    at_school.get_by_role("button", name="保存并提交").click()
    expect(at_school.locator("main")).to_contain_text("建设计划已提交，待检查")

    at_city = open_page(city.users["city_admin"], "/creation/")
    at_city.get_by_role("link", name="待检查 1").click()
    at_city.get_by_role("link", name="云台小学").click()
    at_city.get_by_role("link", name="去检查").click()
    at_city.get_by_role("link", name="同意计划").click()
    at_city.get_by_label("检查意见").fill("目标可量，同意。")
    at_city.get_by_role("button", name="送出结论").click()
    expect(at_city.locator("main")).to_contain_text("下一步：中期报告")

    at_school.reload()
    at_school.get_by_role("link", name="记完成").click()
    at_school.get_by_label("完成情况").fill("六个共同体全部开题。")
    at_school.get_by_role("button", name="保存").click()
    expect(at_school.locator("main")).to_contain_text("举措完成 1/1 项")
    at_school.get_by_role("button", name="填写中期报告").click()
    at_school.get_by_label("中期自评").fill("对照计划完成过半，数据由平台取得。" * 15)
    at_school.get_by_role("button", name="保存并提交").click()

    at_city.reload()
    at_city.get_by_role("link", name="去检查").click()
    at_city.get_by_role("link", name="检查", exact=True).click()
    at_city.get_by_label("限期整改").check()
    at_city.get_by_label("检查意见").fill("品牌与教研脱节。")
    _agree(at_city, "送出结论")
    expect(at_city.locator("main")).to_contain_text("今天以后的日期")
    expect(at_city.get_by_label("检查意见")).to_have_value("品牌与教研脱节。")
    at_city.locator("[name=until]").fill(f"{ahead(60)}")
    _agree(at_city, "送出结论")
    expect(at_city.locator("main")).to_contain_text("下一步：整改报告")
    at_school.goto(at_school.url)
    expect(at_school.locator("main")).to_contain_text("品牌与教研脱节")
    assert fresh(build).status == "rectifying"


def test_an_acceptance_changes_what_the_city_counts(city: SmallCity, open_page: OpenPage, worker: None) -> None:
    builds = build_builds(city)
    year = f"{today().year}"
    open_form("annual", year, city.one)
    wait_until_rolled_up()
    build = builds.planned(builds.give(since=ago(731)))
    builds.settled(build, "passed")
    paper = builds.submitted(build)
    process_marks()
    cells = Cell.objects.filter(
        unit__level="city", indicator__code="C09N", period__code=year, slice="all", boundaries=0
    )
    assert cells.get().value == Decimal(0)
    at_city = open_page(city.users["city_admin"], f"/creation/papers/{paper.pk}/check/")
    at_city.get_by_label("通过", exact=True).check()
    at_city.get_by_label("检查意见").fill("案例可推广，验收通过。")
    _agree(at_city, "送出结论")
    expect(at_city.locator("h1")).to_contain_text("验收通过")
    at_city.get_by_role("link", name="示范学校").click()
    expect(at_city.locator("main")).to_contain_text("期满验收通过")
    process_marks()
    due_this_year = fresh(build).valid_to is not None and f"{fresh(build).valid_to}"[:4] == year
    assert cells.get().value == Decimal(int(due_this_year))


def _one_of_each(builds: Builds) -> list[str]:
    build = builds.planned(builds.give(since=ago(370)))
    midterm = builds.filled(build)
    plan = Paper.objects.get(kind="plan")
    waiting = builds.submitted(builds.give(builds.city.two, level="district"), by="clerk_two")
    milestone = plan.milestones.get().pk
    return [
        "/creation/", "/creation/?state=over", f"/creation/builds/{build.pk}/", f"/creation/papers/{plan.pk}/",
        f"/creation/papers/{midterm.pk}/edit/", f"/creation/builds/{build.pk}/milestones/{milestone}/",
        f"/schools/{builds.city.one.code}/", f"/creation/papers/{waiting.pk}/check/",
    ]  # fmt: skip


def test_the_pages_keep_nobody_out_and_fit_a_phone(city: SmallCity, open_page: OpenPage) -> None:
    builds = build_builds(city)
    paths = _one_of_each(builds)
    school = open_page(city.users["clerk"], "/", viewport={"width": 360, "height": 800})
    district = open_page(city.users["district_admin"], "/", viewport={"width": 360, "height": 800})
    draft = builds.draft(builds.give(city.one, level="district"))
    for path in (*paths, f"/creation/papers/{draft.pk}/edit/"):
        page = district if "check" in path else school
        page.goto(path)
        assert find_overflow(page) == 0, path
        assert find_barriers(page) == [], path
