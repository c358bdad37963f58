"""A topic in the browser: registered, contract by the school, signed by the city, extended, and its pages on a phone."""

from playwright.sync_api import Page, expect

from projects.topics.models import Topic
from projects.topics.services.practices import Place, add_practice
from tests.e2e.conftest import OpenPage
from tests.support.browsing import find_barriers, find_overflow
from tests.support.city import SmallCity
from tests.support.topics import SUMMARY, Topics, ago, build_topics, fresh


def _agree(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    page.get_by_role("dialog").get_by_role("button", name=button).click()


def test_a_topic_goes_from_its_registration_to_its_contract(city: SmallCity, open_page: OpenPage) -> None:
    topics = build_topics(city)
    at_school = open_page(city.users["clerk"], "/topics/")
    at_school.get_by_role("link", name="登记课题").click()
    at_school.get_by_label("课题名称").fill("支部建在年级组的实践研究")
    at_school.get_by_label("主持人").fill("党总支书记")
    at_school.get_by_label("课题组人数").fill("6")
    at_school.get_by_label("研究内容").fill(SUMMARY)
    at_school.get_by_label("预期成果").fill("研究报告一份")
    at_school.get_by_role("button", name="登记").click()
    expect(at_school.locator("main")).to_contain_text("还没有立项")

    topic = topics.fund(Topic.objects.get())
    at_school.reload()
    at_school.get_by_role("button", name="填写任务书").click()
    at_school.get_by_label("研究任务").fill("摸清现状，形成做法，试点验证。" * 5)
    at_school.get_by_label("进度安排").fill("三月开题，九月中期，次年结题。" * 4)
    at_school.get_by_label("预期成果").fill("研究报告一份，案例两个。")
    at_school.get_by_label("支出项目").first.fill("资料和调研")
    at_school.get_by_label("金额（元）").first.fill("9000")
    at_school.get_by_role("button", name="保存并提交").click()
    expect(at_school.locator(".w-messages")).to_contain_text("须等于资助金额 10,000 元")
    at_school.get_by_label("金额（元）").first.fill("10000")
    at_school.get_by_role("button", name="保存并提交").click()
    expect(at_school.locator("main")).to_contain_text("任务书已提交，待办理")

    at_city = open_page(city.users["city_admin"], "/topics/")
    at_city.get_by_role("link", name="待办理 1").click()
    at_city.get_by_role("link", name="支部建在年级组的实践研究").click()
    at_city.get_by_role("link", name="去办理").click()
    at_city.get_by_role("link", name="签订任务书").click()
    at_city.get_by_label("任务书编号").fill("KT-01")
    at_city.get_by_label("办理意见").fill("任务清楚，预算合理。")
    _agree(at_city, "送出结论")
    expect(at_city.locator("main")).to_contain_text("下一步：开题报告")
    at_school.reload()
    expect(at_school.locator("main")).to_contain_text("KT-01")
    at_school.get_by_role("button", name="延期申请").click()
    expect(at_school.locator("main")).to_contain_text("按规则最晚到")
    assert fresh(topic).status == "contracted"


def _one_of_each(topics: Topics) -> list[str]:
    topic = topics.at("midterm", since=ago(900))
    topics.settled(topic, "extension", "agreed")
    place = Place("brand", topics.city.one, brand=topics.brand())
    add_practice(**topics.by("clerk"), topic_id=topic.pk, place=place, since=ago(3), note="用在晨会和集体备课里。")
    closing = topics.filled(topic, "closing")
    contract = topic.papers.get(kind="contract")
    waiting = topics.submitted(topics.funded(title="党员教师领题研修机制研究", since=ago(100)), "contract")
    change = topics.draft(topic, "change")
    topics.registered(title="书记工作室运行机制的路径研究")
    return [
        "/topics/", "/topics/?state=registered", f"/topics/{topic.pk}/", f"/topics/papers/{contract.pk}/",
        f"/topics/papers/{closing.pk}/edit/", f"/topics/papers/{change.pk}/edit/", "/topics/register/",
        f"/topics/{topic.pk}/practices/add/", "/topics/rules/", f"/schools/{topics.city.one.code}/",
        f"/topics/papers/{waiting.pk}/check/",
    ]  # fmt: skip


def test_the_pages_keep_nobody_out_and_fit_a_phone(city: SmallCity, open_page: OpenPage) -> None:
    topics = build_topics(city)
    paths = _one_of_each(topics)
    school = open_page(city.users["clerk"], "/", viewport={"width": 360, "height": 800})
    keeper = open_page(city.users["city_admin"], "/", viewport={"width": 360, "height": 800})
    for path in (*paths, "/topics/rules/revise/"):
        page = keeper if "check" in path or "revise" in path else school
        page.goto(path)
        assert find_overflow(page) == 0, path
        assert find_barriers(page) == [], path
