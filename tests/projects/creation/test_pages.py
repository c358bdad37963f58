"""Who opens what, what a page shows, and what comes back when something is wrong."""

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from projects.creation.models import Milestone, Paper
from projects.creation.services.evidence import add_evidence
from projects.selection.models import Designation
from tests.support.creation import Builds, ago, ahead, fresh, today
from tests.support.files import pdf
from tests.support.scoping import INSIDE_DISTRICT, INSIDE_SCHOOL, RELATIONS, ask_anonymous, ask_everybody


def with_file(builds: Builds) -> list[object]:
    paper = builds.filled(builds.give())
    row = add_evidence(**builds.by("clerk"), paper_id=paper.pk, upload=SimpleUploadedFile("a.pdf", pdf("a")))
    return [paper.pk, row.pk]


def milestone(builds: Builds) -> list[object]:
    build = builds.planned(builds.give())
    return [build.pk, Milestone.objects.get().pk]


def plan_of(builds: Builds, level: str = "city") -> list[object]:
    """An agreed plan."""
    return [builds.settled(builds.give(level=level), "agreed").pk]


FILLERS = frozenset({"own", "own secretary"})
DISTRICT = frozenset({"parent", "parent administrator"})
NOBODY: frozenset[str] = frozenset()
Make = Callable[[Builds], list[object]]
# Route → arguments, who sees it (200), who sees the object but may not do that (403); everybody else gets 404.
ROUTES: dict[str, tuple[str, Make, frozenset[str], frozenset[str]]] = {
    "build": ("build", lambda b: [b.give().pk], INSIDE_SCHOOL, NOBODY),
    "progress": ("progress", milestone, FILLERS, INSIDE_DISTRICT),
    "paper": ("paper", lambda b: [b.submitted(b.give()).pk], INSIDE_SCHOOL, NOBODY),
    "edit": ("paper-edit", lambda b: [b.draft(b.give()).pk], FILLERS, INSIDE_DISTRICT),
    "file": ("evidence", with_file, INSIDE_SCHOOL, NOBODY),
    "check of the city": ("paper-check", lambda b: [b.submitted(b.give()).pk], frozenset({"city"}), INSIDE_SCHOOL),
    "return of the city": ("paper-return", lambda b: [b.submitted(b.give()).pk], frozenset({"city"}), INSIDE_SCHOOL),
    "reopening by the city": ("paper-reopen", plan_of, frozenset({"city"}), INSIDE_SCHOOL),
    "reopening by the district": (
        "paper-reopen", lambda b: plan_of(b, level="district"), DISTRICT, INSIDE_SCHOOL,
    ),
    "check of the district": (
        "paper-check", lambda b: [b.submitted(b.give(level="district")).pk], DISTRICT, INSIDE_SCHOOL,
    ),
    "return of the district": (
        "paper-return", lambda b: [b.submitted(b.give(level="district")).pk], DISTRICT, INSIDE_SCHOOL,
    ),
}  # fmt: skip
AT_THE_DOOR = frozenset({"expired office", "no office"})


@pytest.mark.parametrize("name", ROUTES)
def test_who_opens_a_page_of_the_build(builds: Builds, name: str) -> None:
    route, make, seen, refused = ROUTES[name]
    url = reverse(f"creation:{route}", args=make(builds))
    for answer in ask_everybody(builds.city, url):
        wanted = 200 if answer.relation in seen else 403 if answer.relation in refused | AT_THE_DOOR else 404
        assert answer.status == wanted, (name, answer)
    assert ask_anonymous(url).status_code == 302


POSTS: dict[str, tuple[Make, list[str]]] = {
    "begin": (lambda b: [b.give().pk], []),
    "paper-step": (lambda b: [b.filled(b.give()).pk], ["submit"]),
    "evidence-remove": (with_file, []),
}


@pytest.mark.parametrize("name", POSTS)
def test_only_the_school_writes(builds: Builds, name: str) -> None:
    make, more = POSTS[name]
    url = reverse(f"creation:{name}", args=[*make(builds), *more])
    assert ask_anonymous(url, method="post").status_code == 302
    for answer in ask_everybody(builds.city, url, method="post"):
        if answer.relation in FILLERS:
            # The first hands in, the second finds that it was done.
            assert answer.status in (302, 409), answer
        else:
            wanted = {403} if answer.relation in INSIDE_DISTRICT | AT_THE_DOOR else {404}
            assert answer.status in wanted, answer
    assert builds.city.client("clerk").get(url).status_code == 405


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_list_holds_what_lies_in_the_scope(builds: Builds, relation: str) -> None:
    builds.give()
    builds.give(builds.city.other)
    answer = builds.city.client(RELATIONS[relation]).get(reverse("creation:builds"))
    if relation in AT_THE_DOOR:
        assert answer.status_code == 403
        return
    text = answer.content.decode()
    assert ("云台小学" in text) == (relation in INSIDE_SCHOOL)
    assert ("聚奎中学" in text) == (relation in ("city", "other district", "child of another district"))


def test_the_list_says_what_is_due_and_filters(builds: Builds) -> None:
    late = builds.planned(builds.give(since=ago(400)))
    soon = builds.planned(builds.give(builds.city.two, since=ago(330)), by="clerk_two")
    builds.submitted(builds.give(builds.city.other), by="other_clerk")
    over = builds.give(since=ago(3000), level="district")
    Designation.objects.filter(pk=over.pk).update(status="failed", ended_on=ago(100))
    client, url = builds.city.client("city_staff"), reverse("creation:builds")

    def names(query: str) -> set[str]:
        text = client.get(f"{url}?{query}").content.decode()
        return {n for n in ("云台小学", "城厢中学", "聚奎中学") if f"{n}</a>" in text}

    assert names("") == {"云台小学", "城厢中学", "聚奎中学"}
    assert names("state=late") == {"云台小学"}
    assert names("state=soon") == {"城厢中学"}
    assert names("state=waiting") == {"聚奎中学"}
    assert names("state=over") == {"云台小学"}
    assert names("stage=midterm") == {"云台小学", "城厢中学"}
    assert names("district=500116") == {"聚奎中学"}
    assert names("level=district") == set()
    assert names("q=%E5%90%8C%E5%BF%83&stage=plan") == {"聚奎中学"}
    assert client.get(f"{url}?q=%00%F0&page=99&state=nonsense&district=%00").status_code == 200
    text = client.get(url).content.decode()
    assert "逾期" in text
    assert "还有" in text
    assert (fresh(late).status, fresh(soon).status) == ("cultivating", "cultivating")


def test_the_list_costs_the_same_at_one_and_at_three(builds: Builds) -> None:
    builds.planned(builds.give())
    client, url = builds.city.client("city_staff"), reverse("creation:builds")
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    builds.give(builds.city.two)
    builds.give(builds.city.other)
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    assert len(one) == len(three)


def test_the_export_gives_what_the_filter_shows(builds: Builds) -> None:
    builds.planned(builds.give(since=ago(400)))
    builds.give(builds.city.other)
    client = builds.city.client("city_staff")
    answer = client.get(reverse("creation:builds") + "?state=late&export=xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
    assert any(row[0] == "云台小学" and row[3] == "同心" for row in rows)
    assert not any(row[0] == "聚奎中学" for row in rows)
    text = b"".join(client.get(reverse("creation:builds") + "?export=csv").streaming_content).decode()
    assert "聚奎中学" in text
    assert "截至" in text


def test_what_is_to_be_done_stands_in_the_navigation(builds: Builds) -> None:
    build = builds.planned(builds.give(since=ago(400)))

    def tasks(name: str) -> object:
        found = builds.city.client(name).get(reverse("creation:builds")).context["nav"]
        return next(item["count"] for item in found if item["url"] == reverse("creation:builds"))

    assert (tasks("clerk"), tasks("city_staff"), tasks("reviewer"), tasks("clerk_two")) == (1, 0, 0, 0)
    builds.submitted(build)
    assert (tasks("clerk"), tasks("city_staff"), tasks("reviewer")) == (0, 1, 0)
    builds.submitted(builds.give(builds.city.two, level="district"), by="clerk_two")
    assert (tasks("reviewer"), tasks("other_reviewer"), tasks("city_staff")) == (1, 0, 1)


PLAN = {
    "brand": "同心", "concept": "党建引领教研" * 10, "report": "支部建在年级组" * 20,
    "goal-TOTAL_FORMS": "2", "goal-INITIAL_FORMS": "0", "goal-0-title": "标准化达标率", "goal-0-baseline": "75%",
    "goal-0-target": "100%", "step-TOTAL_FORMS": "1", "step-INITIAL_FORMS": "0", "step-0-measure": "建研修共同体",
}  # fmt: skip


def test_a_build_in_the_pages_from_plan_to_midterm(builds: Builds) -> None:
    build = builds.give(since=ago(360))
    school, city = builds.city.client("clerk"), builds.city.client("city_admin")
    page = reverse("creation:build", args=[build.pk])
    assert "填写建设计划" in school.get(page).content.decode()
    edit = school.post(reverse("creation:begin", args=[build.pk])).url
    seen = Paper.objects.get().saved_at.isoformat()
    given = {**PLAN, "step-0-due_on": f"{ahead(90)}", "seen": seen}
    # What was typed comes back, nothing is written.
    wrong = school.post(edit, {**given, "step-0-due_on": "soon", "brand": "同心同行"})
    assert wrong.status_code == 422
    assert "同心同行" in wrong.content.decode()
    assert Paper.objects.get().brand == ""
    assert school.post(edit, given).url == edit
    assert "已经齐全" in school.get(edit).content.decode()
    given["seen"] = Paper.objects.get().saved_at.isoformat()
    assert school.post(edit, {**given, "submit": "1"}).url == page
    paper = Paper.objects.get()
    assert (paper.status, paper.goals.count(), paper.milestones.get().due_on) == ("submitted", 1, ahead(90))
    assert "撤回" in school.get(reverse("creation:paper", args=[paper.pk])).content.decode()
    check = reverse("creation:paper-check", args=[paper.pk])
    assert city.post(check, {"result": "agreed", "finding": ""}).status_code == 422
    assert city.post(check, {"result": "agreed", "finding": "同意"}).url == page
    # Mid-term: rectification without a day comes back with what was typed.
    school.post(reverse("creation:begin", args=[build.pk]))
    paper = Paper.objects.get(kind="midterm")
    edit = reverse("creation:paper-edit", args=[paper.pk])
    short = school.post(edit, {"report": "太短", "seen": paper.saved_at.isoformat(), "submit": "1"}, follow=True)
    assert "还不能提交" in short.content.decode()
    seen = Paper.objects.get(pk=paper.pk).saved_at.isoformat()
    school.post(edit, {"report": "完成研修。" * 50, "seen": seen, "submit": "1"})
    check = reverse("creation:paper-check", args=[paper.pk])
    refused = city.post(check, {"result": "rectify", "finding": "品牌与教研脱节"})
    assert refused.status_code == 422
    assert "品牌与教研脱节" in refused.content.decode()
    city.post(check, {"result": "rectify", "finding": "品牌与教研脱节", "until": f"{ahead(30)}"})
    assert fresh(build).status == "rectifying"
    text = school.get(page).content.decode()
    assert "品牌与教研脱节" in text
    assert "下一步：整改报告" in text


def test_returned_and_stale_forms_say_so(builds: Builds) -> None:
    build = builds.give()
    paper = builds.submitted(build)
    city, school = builds.city.client("city_staff"), builds.city.client("clerk")
    city.post(reverse("creation:paper-return", args=[paper.pk]), {"reason": "目标没有数据"})
    edit = reverse("creation:paper-edit", args=[paper.pk])
    assert "目标没有数据" in school.get(edit).content.decode()
    stale = school.post(
        edit, {**PLAN, "step-0-due_on": f"{ahead(9)}", "seen": "2026-01-01T00:00:00", "brand": "新品牌"}
    )
    assert stale.status_code == 422
    assert "新品牌" in stale.content.decode()
    assert Paper.objects.get().brand == "同心"


def test_a_file_is_a_download_and_a_submitted_paper_is_not_edited(builds: Builds) -> None:
    pk, file_pk = with_file(builds)
    school = builds.city.client("clerk")
    answer = school.get(reverse("creation:evidence", args=[pk, file_pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert school.get(reverse("creation:evidence", args=[pk, 0])).status_code == 404
    school.post(reverse("creation:paper-step", args=[pk, "submit"]))
    assert school.get(reverse("creation:paper-edit", args=[pk])).url == reverse("creation:paper", args=[pk])
    assert school.post(reverse("creation:paper-step", args=[pk, "nonsense"])).status_code == 404


def test_the_school_page_shows_the_way_of_its_build(builds: Builds) -> None:
    url = reverse("registry:detail", args=[builds.city.one.code])
    assert "没有双创建的建设记录" in builds.city.client("clerk").get(url).content.decode()
    builds.planned(builds.give(since=ago(400)))
    text = builds.city.client("clerk").get(url).content.decode()
    for word in ("授予：培育创建单位", "建设计划：同意", "应报：中期报告", "期满验收"):
        assert word in text


def test_what_is_due_stands_on_the_start_page(builds: Builds) -> None:
    home = reverse("dashboards:workbench")
    late = builds.planned(builds.give(since=ago(400)))
    waiting = builds.submitted(builds.give(builds.city.two, level="district"), by="clerk_two")

    def text(name: str) -> str:
        return builds.city.client(name).get(home).content.decode()

    own = text("clerk")
    assert "报送中期报告" in own
    assert reverse("creation:build", args=[late.pk]) in own
    # What was handed in waits for somebody else; another school's is nobody's business.
    assert "项目待办" not in text("clerk_two")
    assert "项目待办" not in text("other_clerk")
    district, city = text("reviewer"), text("city_staff")
    assert "1 件待检查" in district
    assert "1 个在建单位逾期未报" in district
    assert "件待检查" not in city
    assert "1 个在建单位逾期未报" in city
    builds.city.client("reviewer").post(reverse("creation:paper-return", args=[waiting.pk]), {"reason": "目标没有数据"})
    assert "修改建设计划（被退回）" in text("clerk_two")


def test_the_title_leads_to_its_build_and_the_number_to_its_records(builds: Builds) -> None:
    client = builds.city.client("district_admin")
    build, crown = builds.give(), builds.give(code="dc-demonstration")
    page = client.get(reverse("selection:designation", args=[build.pk])).content.decode()
    assert reverse("creation:build", args=[build.pk]) in page
    page = client.get(reverse("selection:designation", args=[crown.pk])).content.decode()
    assert "建设进展" not in page
    drill = reverse("dashboards:drill", args=["district", "500238"])
    page = client.get(drill, {"indicator": "C05"}).content.decode()
    address = "?kind=dc-cultivation&amp;level=city&amp;state=valid&amp;district=500238"
    assert reverse("selection:designations") + address in page
    assert "看记录" not in client.get(drill, {"indicator": "X01"}).content.decode()
    listed = client.get(reverse("selection:designations") + address.replace("&amp;", "&")).content.decode()
    assert "云台小学" in listed


def test_a_title_that_is_not_built_has_no_page(builds: Builds) -> None:
    title = builds.give(code="dc-demonstration")
    assert builds.city.client("city_admin").get(reverse("creation:build", args=[title.pk])).status_code == 404
    assert title.valid_from <= today()


def test_an_empty_list_says_why(builds: Builds) -> None:
    assert "还没有在建单位" in builds.city.client("clerk").get(reverse("creation:builds")).content.decode()
    text = builds.city.client("clerk").get(reverse("creation:builds") + "?state=late").content.decode()
    assert "没有符合条件的在建单位" in text


def test_a_plan_is_opened_again_from_its_page(builds: Builds) -> None:
    build = builds.planned(builds.give())
    plan = Paper.objects.get()
    page, url = reverse("creation:paper", args=[plan.pk]), reverse("creation:paper-reopen", args=[plan.pk])
    city, clerk = builds.city.client("city_admin"), builds.city.client("clerk")
    assert url in city.get(page).content.decode()
    assert url not in clerk.get(page).content.decode()
    assert "data-confirm" in city.get(url).content.decode()
    empty = city.post(url, {"reason": " "})
    assert empty.status_code == 422
    assert city.post(url, {"reason": "目标要随课程调整"}, follow=True).redirect_chain[-1][0] == page
    text = clerk.get(reverse("creation:paper-edit", args=[plan.pk])).content.decode()
    assert "重新开放的原因" in text
    assert "目标要随课程调整" in text
    assert "修改建设计划" in clerk.get(reverse("creation:build", args=[build.pk])).content.decode()
    assert city.get(url).status_code == 403
