"""Who opens what, what a page shows, and what comes back when something is wrong."""

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from projects.selection.models import Designation
from projects.topics.models import Paper, Practice, Regulation, Topic
from projects.topics.services.evidence import add_evidence
from projects.topics.services.practices import Place, add_practice
from tests.support.files import pdf
from tests.support.scoping import INSIDE_DISTRICT, INSIDE_SCHOOL, RELATIONS, ask_anonymous, ask_everybody
from tests.support.selection import make_kinds, make_round, title_of
from tests.support.topics import SUMMARY, Topics, ago, ahead, fresh, today


def with_file(topics: Topics) -> list[object]:
    paper = topics.filled(topics.at("contracted"), "opening")
    row = add_evidence(**topics.by("clerk"), paper_id=paper.pk, upload=SimpleUploadedFile("a.pdf", pdf("a")))
    return [paper.pk, row.pk]


def practice(topics: Topics) -> list[object]:
    topic = topics.funded()
    row = add_practice(
        **topics.by("clerk"), topic_id=topic.pk, place=Place("school", topics.city.one), since=ago(1), note="用起来"
    )
    return [topic.pk, row.pk]


FILLERS = frozenset({"own", "own secretary"})
DISTRICT = frozenset({"parent", "parent administrator"})
NOBODY: frozenset[str] = frozenset()
Make = Callable[[Topics], list[object]]
# Route → arguments, who sees it (200), who sees the object but may not do that (403); everybody else gets 404.
ROUTES: dict[str, tuple[str, Make, frozenset[str], frozenset[str]]] = {
    "registered": ("topic", lambda t: [t.registered().pk], INSIDE_SCHOOL, NOBODY),
    "topic": ("topic", lambda t: [t.at("opened").pk], INSIDE_SCHOOL, NOBODY),
    "edit": ("topic-edit", lambda t: [t.registered().pk], FILLERS, INSIDE_DISTRICT),
    "drop": ("topic-drop", lambda t: [t.registered().pk], FILLERS, INSIDE_DISTRICT),
    "amount": ("topic-amount", lambda t: [t.funded().pk], NOBODY, INSIDE_SCHOOL),
    "terminate": ("topic-terminate", lambda t: [t.funded().pk], NOBODY, INSIDE_SCHOOL),
    "practice": ("practice-add", lambda t: [t.funded().pk], FILLERS | {"city"}, DISTRICT),
    "practice-end": ("practice-end", practice, FILLERS | {"city"}, DISTRICT),
    "paper": ("paper", lambda t: [t.submitted(t.funded(), "contract").pk], INSIDE_SCHOOL, NOBODY),
    "paper-edit": ("paper-edit", lambda t: [t.draft(t.funded(), "contract").pk], FILLERS, INSIDE_DISTRICT),
    "file": ("evidence", with_file, INSIDE_SCHOOL, NOBODY),
    "check of the city": (
        "paper-check", lambda t: [t.submitted(t.at("contracted"), "opening").pk], frozenset({"city"}), INSIDE_SCHOOL,
    ),
    "return of the city": (
        "paper-return", lambda t: [t.submitted(t.funded(), "contract").pk], frozenset({"city"}), INSIDE_SCHOOL,
    ),
    "contract is the chair's": (
        "paper-check", lambda t: [t.submitted(t.funded(), "contract").pk], NOBODY, INSIDE_SCHOOL,
    ),
    "check of the district": (
        "paper-check", lambda t: [t.submitted(t.at("contracted", level="district"), "opening").pk], DISTRICT,
        INSIDE_SCHOOL,
    ),
    "contract of the district": (
        "paper-check", lambda t: [t.submitted(t.funded(level="district"), "contract").pk],
        frozenset({"parent administrator"}), INSIDE_SCHOOL,
    ),
}  # fmt: skip
AT_THE_DOOR = frozenset({"expired office", "no office"})


@pytest.mark.parametrize("name", ROUTES)
def test_who_opens_a_page_of_the_topic(topics: Topics, name: str) -> None:
    route, make, seen, refused = ROUTES[name]
    url = reverse(f"topics:{route}", args=make(topics))
    for answer in ask_everybody(topics.city, url):
        wanted = 200 if answer.relation in seen else 403 if answer.relation in refused | AT_THE_DOOR else 404
        assert answer.status == wanted, (name, answer)
    assert ask_anonymous(url).status_code == 302


@pytest.mark.parametrize("route", ["topic-amount", "topic-terminate"])
def test_the_chair_opens_what_only_the_chair_does(topics: Topics, route: str) -> None:
    url = reverse(f"topics:{route}", args=[topics.funded().pk])
    assert topics.city.client("city_admin").get(url).status_code == 200


POSTS: dict[str, tuple[Make, list[str]]] = {
    "begin": (lambda t: [t.funded().pk], ["contract"]),
    "paper-step": (lambda t: [t.filled(t.funded(), "contract").pk], ["submit"]),
    "evidence-remove": (with_file, []),
}


@pytest.mark.parametrize("name", POSTS)
def test_only_the_school_writes(topics: Topics, name: str) -> None:
    make, more = POSTS[name]
    url = reverse(f"topics:{name}", args=[*make(topics), *more])
    assert ask_anonymous(url, method="post").status_code == 302
    for answer in ask_everybody(topics.city, url, method="post"):
        if answer.relation in FILLERS:
            # The first hands in, the second finds that it was done.
            assert answer.status in (302, 409), answer
        else:
            wanted = 403 if answer.relation in INSIDE_DISTRICT | AT_THE_DOOR else 404
            assert answer.status == wanted, answer
    assert topics.city.client("clerk").get(url).status_code == 405


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_list_holds_what_lies_in_the_scope(topics: Topics, relation: str) -> None:
    topics.funded(title="云台的课题研究")
    topics.funded(topics.city.other, title="聚奎的课题研究")
    answer = topics.city.client(RELATIONS[relation]).get(reverse("topics:topics"))
    if relation in AT_THE_DOOR:
        assert answer.status_code == 403
        return
    text = answer.content.decode()
    assert ("云台的课题研究" in text) == (relation in INSIDE_SCHOOL)
    assert ("聚奎的课题研究" in text) == (relation in ("city", "other district", "child of another district"))


def test_only_schools_register_and_only_for_themselves(topics: Topics) -> None:
    url = reverse("topics:register")
    for answer in ask_everybody(topics.city, url):
        may = answer.relation in FILLERS | {"sibling", "child of another district"}
        assert answer.status == (200 if may else 403), answer
    data = {
        "school": topics.city.two.pk, "title": "支部建在年级组的研究", "field": "members", "leader": "教师 0001",
        "members": "4", "summary": SUMMARY, "promised": "研究报告",
    }  # fmt: skip
    client = topics.city.client("clerk")
    assert client.post(url, data).status_code == 422
    wrong = client.post(url, {**data, "school": topics.city.one.pk, "members": "0"})
    assert wrong.status_code == 422
    assert "支部建在年级组的研究" in wrong.content.decode()
    assert not Topic.objects.exists()
    page = client.post(url, {**data, "school": topics.city.one.pk})
    assert page.url == reverse("topics:topic", args=[Topic.objects.get().pk])
    assert "还没有立项" in client.get(page.url).content.decode()


def test_the_list_says_what_is_due_and_filters(topics: Topics) -> None:
    topics.at("opened", since=ago(400), title="逾期的课题研究")
    topics.at("opened", topics.city.two, since=ago(330), title="快到期的课题研究")
    topics.submitted(topics.funded(topics.city.other, title="待办理的课题研究"), "contract")
    topics.at("closed", since=ago(800), title="结题了的课题研究")
    topics.registered(title="登记了的课题研究")
    client, url = topics.city.client("city_staff"), reverse("topics:topics")
    names = ("逾期的", "快到期的", "待办理的", "结题了的", "登记了的")

    def found(query: str) -> set[str]:
        text = client.get(f"{url}?{query}").content.decode()
        return {name for name in names if f"{name}课题研究</a>" in text}

    assert found("") == set(names) - {"登记了的"}
    assert found("state=running") == {"逾期的", "快到期的", "待办理的"}
    assert found("state=late") == {"逾期的"}
    assert found("state=soon") == {"快到期的"}
    assert found("state=waiting") == {"待办理的"}
    assert found("state=closed") == {"结题了的"}
    assert found("state=ended") == set()
    assert found("state=registered") == {"登记了的"}
    assert found("district=500116") == {"待办理的"}
    assert found(f"school={topics.city.two.code}") == {"快到期的"}
    assert found(f"year={ago(800).year}&level=city") >= {"结题了的"}
    assert found("level=district") == set()
    assert found("field=ideology") == set()
    assert found("q=%E5%BF%AB%E5%88%B0") == {"快到期的"}
    late = Topic.objects.get(title="逾期的课题研究")
    assert found(f"q={late.code}") == {"逾期的"}
    assert client.get(f"{url}?q=%00%F0&page=99&state=no&district=%00&year=20x6").status_code == 200
    for text in ("99999999999-99999999999", "-", "²-1", "2026-"):
        assert client.get(url, {"q": text, "year": "9999"}).status_code == 200
    page = client.get(url).content.decode()
    assert f"{today().year} 年度市级立项" in page
    assert "年度市级立项" not in topics.city.client("clerk").get(url).content.decode()


def test_the_list_costs_the_same_at_one_and_at_three(topics: Topics) -> None:
    topics.at("opened", since=ago(400))
    client, url = topics.city.client("city_staff"), reverse("topics:topics")
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    topics.funded(topics.city.two)
    topics.submitted(topics.funded(topics.city.other), "contract")
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    assert len(one) == len(three)


def test_the_export_gives_what_the_filter_shows(topics: Topics) -> None:
    topics.at("opened", since=ago(400), title="逾期的课题研究")
    topics.funded(topics.city.other, title="刚立项的课题研究")
    client, url = topics.city.client("city_staff"), reverse("topics:topics")
    rows = list(load_workbook(io.BytesIO(client.get(f"{url}?state=late&export=xlsx").content)).active.values)
    assert any(row[1] == "逾期的课题研究" and row[8] == 10000 and row[10] == "待报中期报告" for row in rows)
    assert not any(row[1] == "刚立项的课题研究" for row in rows)
    text = b"".join(client.get(f"{url}?export=csv").streaming_content).decode()
    assert "刚立项的课题研究" in text
    assert "截至" in text


def test_what_is_to_be_done_stands_in_the_navigation_and_on_the_start_page(topics: Topics) -> None:
    late = topics.at("opened", since=ago(400), title="逾期的课题研究")
    home = reverse("dashboards:workbench")

    def tasks(name: str) -> object:
        found = topics.city.client(name).get(reverse("topics:topics")).context["nav"]
        return next(item["count"] for item in found if item["url"] == reverse("topics:topics"))

    def text(name: str) -> str:
        return topics.city.client(name).get(home).content.decode()

    assert (tasks("clerk"), tasks("city_staff"), tasks("reviewer"), tasks("clerk_two")) == (1, 0, 0, 0)
    own = text("clerk")
    assert "报送课题中期报告" in own
    assert reverse("topics:topic", args=[late.pk]) in own
    assert "课题" not in text("clerk_two").split("项目待办")[-1] or "项目待办" not in text("clerk_two")
    assert "1 个课题逾期未报" in text("reviewer")
    assert "1 个课题逾期未报" in text("city_staff")
    paper = topics.submitted(late, "midterm")
    assert (tasks("clerk"), tasks("city_staff"), tasks("reviewer")) == (0, 1, 0)
    assert "1 个课题待办理" in text("city_staff")
    assert "待办理" not in text("reviewer")
    assert "个课题逾期未报" not in text("city_staff")
    topics.submitted(topics.funded(topics.city.two, level="district"), "contract")
    assert (tasks("reviewer"), tasks("other_reviewer"), tasks("city_staff")) == (1, 0, 1)
    reason = {"reason": "没有数据"}
    topics.city.client("city_staff").post(reverse("topics:paper-return", args=[paper.pk]), reason)
    assert "修改课题中期报告（被退回）" in text("clerk")


LINES = {"line-TOTAL_FORMS": "2", "line-INITIAL_FORMS": "0", "line-1-item": "", "line-1-amount": ""}
CONTRACT = {
    "report": "摸清现状，形成做法。" * 10, "plan": "三月开题，九月中期。" * 6, "results": "研究报告一份，案例两个。", **LINES,
    "line-0-item": "资料和调研", "line-0-amount": "10000",
}  # fmt: skip


def test_a_topic_in_the_pages_from_contract_to_opening(topics: Topics) -> None:
    topic = topics.funded()
    school, city = topics.city.client("clerk"), topics.city.client("city_admin")
    page = reverse("topics:topic", args=[topic.pk])
    assert "填写任务书" in school.get(page).content.decode()
    edit = school.post(reverse("topics:begin", args=[topic.pk, "contract"])).url
    given = {**CONTRACT, "seen": Paper.objects.get().saved_at.isoformat()}
    # What was typed comes back, nothing is written.
    wrong = school.post(edit, {**given, "line-0-amount": "许多"})
    assert wrong.status_code == 422
    assert "资料和调研" in wrong.content.decode()
    assert Paper.objects.get().report == ""
    # Saved, and not handed in with a budget that is not the funding.
    short = school.post(edit, {**given, "line-0-amount": "9000", "submit": "1"}, follow=True)
    assert "已保存，还不能提交：预算合计 9,000 元，须等于资助金额 10,000 元" in short.content.decode()
    given["seen"] = Paper.objects.get().saved_at.isoformat()
    assert school.post(edit, {**given, "submit": "1"}).url == page
    paper = Paper.objects.get()
    assert (paper.status, paper.budget.get().amount) == ("submitted", 10000)
    assert school.get(edit).url == reverse("topics:paper", args=[paper.pk])
    assert "撤回" in school.get(reverse("topics:paper", args=[paper.pk])).content.decode()
    check = reverse("topics:paper-check", args=[paper.pk])
    refused = city.post(check, {"result": "agreed", "finding": "同意", "contract_number": ""})
    assert refused.status_code == 422
    assert city.post(check, {"result": "agreed", "finding": "同意", "contract_number": "RW-1"}).url == page
    text = school.get(page).content.decode()
    for word in ("下一步：开题报告", "RW-1", "资料和调研", "变更申请", "延期申请", "终止申请"):
        assert word in text
    # The opening is to be mended by a day; what was typed stays beside the error.
    paper = topics.submitted(topic, "opening")
    check = reverse("topics:paper-check", args=[paper.pk])
    refused = city.post(check, {"result": "rectify", "finding": "题目偏大"})
    assert refused.status_code == 422
    assert "题目偏大" in refused.content.decode()
    city.post(check, {"result": "rectify", "finding": "题目偏大", "until": f"{ahead(20)}"})
    assert fresh(topic).next_due == ahead(20)
    assert "题目偏大" in school.get(page).content.decode()


def test_an_extension_in_the_pages_names_the_last_day(topics: Topics) -> None:
    topic = topics.at("midterm")
    school = topics.city.client("clerk")
    edit = school.post(reverse("topics:begin", args=[topic.pk, "extension"])).url
    assert "按规则最晚到" in school.get(edit).content.decode()
    seen = Paper.objects.get(kind="extension").saved_at.isoformat()
    wrong = school.post(edit, {"wanted": f"{ahead(3000)}", "report": "结对学校推迟", "seen": seen})
    assert wrong.status_code == 422
    assert "按规则最晚" in wrong.content.decode()
    assert "结对学校推迟" in wrong.content.decode()
    data = {
        "wanted": f"{ahead(150)}",
        "report": "结对学校学期安排推迟，数据差一个学期。" * 3,
        "seen": seen,
        "submit": "1",
    }
    assert school.post(edit, data).url == reverse("topics:topic", args=[topic.pk])
    paper = Paper.objects.get(kind="extension")
    page = topics.city.client("city_staff").get(reverse("topics:topic", args=[topic.pk])).content.decode()
    assert "延期申请已提交，待办理" in page
    check = reverse("topics:paper-check", args=[paper.pk])
    topics.city.client("city_admin").post(check, {"result": "agreed", "finding": "同意", "until": f"{ahead(120)}"})
    assert fresh(topic).due_on == ahead(120)
    text = school.get(reverse("topics:topic", args=[topic.pk])).content.decode()
    assert "终止申请" in text
    assert ">延期申请</button>" not in text
    again = school.post(reverse("topics:begin", args=[topic.pk, "extension"]), follow=True)
    assert "最多延期 1 次" in again.content.decode()


def test_practice_in_the_pages(topics: Topics) -> None:
    topic = topics.funded()
    make_kinds()
    title = title_of(make_round(topics.city), topics.city.one)
    client, url = topics.city.client("clerk"), reverse("topics:practice-add", args=[topic.pk])
    wrong = client.post(url, {"kind": "brand", "brand": "", "since": f"{today()}", "note": "用在晨会"})
    assert wrong.status_code == 422
    assert "用在晨会" in wrong.content.decode()
    brand = topics.brand()
    data = {"kind": "brand", "brand": brand.pk, "since": f"{today()}", "note": "用在晨会", "designation": title.pk}
    assert client.post(url, data).url == reverse("topics:topic", args=[topic.pk])
    row = Practice.objects.get()
    page = client.get(reverse("topics:topic", args=[topic.pk])).content.decode()
    assert "同心（云台小学）" in page
    # A school does not link another one; the city does, and that school's page says so.
    assert client.get(f"{url}?school={topics.city.other.code}").status_code == 404
    at_city = f"{url}?school={topics.city.other.code}"
    topics.city.client("city_staff").post(at_city, {"kind": "school", "since": f"{today()}", "note": "整校试行"})
    other = reverse("registry:detail", args=[topics.city.other.code])
    text = topics.city.client("other_clerk").get(other).content.decode()
    assert "聚奎中学应用：支部建在年级组的实践研究" in text
    assert reverse("topics:topic", args=[topic.pk]) not in text
    end = reverse("topics:practice-end", args=[topic.pk, row.pk])
    assert client.post(end, {"ended_on": f"{ahead(2)}"}).status_code == 422
    client.post(end, {"ended_on": f"{today()}"})
    assert "停止" in client.get(reverse("topics:topic", args=[topic.pk])).content.decode()


def test_title_school_and_number_lead_to_the_topic(topics: Topics) -> None:
    topic = topics.at("closed")
    client, link = topics.city.client("district_admin"), reverse("topics:topic", args=[topic.pk])
    for title in (topic.designation, Designation.objects.get(predecessor=topic.designation)):
        assert title is not None
        assert link in client.get(reverse("selection:designation", args=[title.pk])).content.decode()
    assert link in client.get(reverse("registry:detail", args=[topics.city.one.code])).content.decode()
    text = client.get(reverse("dashboards:drill", args=["district", "500238"]), {"indicator": "C10"}).content.decode()
    assert f"{reverse('topics:topics')}?level=city&amp;district=500238" in text


def test_a_round_page_leads_who_has_no_topic_to_its_registration(topics: Topics) -> None:
    contest = topics.call()
    url = reverse("selection:round", args=[contest.round.pk])
    text = topics.city.client("clerk").get(url).content.decode()
    assert "本校还没有可以申报的" in text
    assert reverse("topics:register") in text
    topics.registered()
    text = topics.city.client("clerk").get(url).content.decode()
    assert "支部建在年级组的实践研究（云台小学）" in text
    assert "年度至多 30 个，已有 0 个" in text
    assert reverse("topics:register") not in topics.city.client("city_staff").get(url).content.decode()


def test_rules_are_read_by_all_and_revised_by_the_city(topics: Topics) -> None:
    url, revise = reverse("topics:regulations"), reverse("topics:regulation-revise")
    for name in ("clerk", "reviewer", "city_staff"):
        assert "最多 1 次，每次最长 12 个月" in topics.city.client(name).get(url).content.decode()
        assert topics.city.client(name).get(revise).status_code == 403
    data = {
        "valid_from": f"{ahead(10)}", "amount": "20000", "contract_days": "20", "opening_days": "40",
        "midterm_months": "24", "term_months": "24", "extension_times": "2", "extension_months": "6", "source": "文件",
    }  # fmt: skip
    client = topics.city.client("city_admin")
    wrong = client.post(revise, data)
    assert wrong.status_code == 422
    assert "中期检查须早于研究期满" in wrong.content.decode()
    assert client.post(revise, {**data, "midterm_months": "12"}).url == url
    assert Regulation.objects.count() == 2
    assert "尚未起用" in client.get(url).content.decode()


def test_empty_lists_say_why(topics: Topics) -> None:
    url = reverse("topics:topics")
    assert "还没有立项的课题" in topics.city.client("clerk").get(url).content.decode()
    assert "没有符合条件的课题" in topics.city.client("clerk").get(f"{url}?state=late").content.decode()
    school = reverse("registry:detail", args=[topics.city.one.code])
    assert "没有立项的党建课题" in topics.city.client("clerk").get(school).content.decode()


def test_dropped_ended_and_stale_topics_answer_in_words(topics: Topics) -> None:
    client, topic = topics.city.client("clerk"), topics.registered()
    drop = reverse("topics:topic-drop", args=[topic.pk])
    assert client.post(drop, {"reason": ""}).status_code == 422
    client.post(drop, {"reason": "不做了"})
    assert fresh(topic).status == "dropped"
    assert "已撤销登记" in client.get(reverse("topics:topic", args=[topic.pk])).content.decode()
    funded = topics.funded(topics.city.two)
    url = reverse("topics:topic-terminate", args=[funded.pk])
    stale = topics.city.client("city_admin").post(url, {"reason": "逾期", "lock_version": "99"})
    assert stale.status_code == 422
    assert "刚被别人更新" in stale.content.decode()
    topics.city.client("city_admin").post(url, {"reason": "逾期未签任务书"})
    page = topics.city.client("clerk_two").get(reverse("topics:topic", args=[funded.pk])).content.decode()
    assert "逾期未签任务书" in page
    begin = topics.city.client("clerk_two").post(reverse("topics:begin", args=[funded.pk, "contract"]), follow=True)
    assert "不需要这份材料" in begin.content.decode()
