"""Who opens what, what a page shows, and what comes back when something is wrong."""

import io
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from portal.audit.models import Change
from projects.leaders.models import Assessment, GapPlan, Pairing, Session, Studio
from projects.leaders.people import Person
from projects.leaders.services.pairings import begin_pairing
from projects.leaders.services.studios import record_session
from tests.support.leaders import NOTHING, Leaders, ago, today
from tests.support.scoping import INSIDE_DISTRICT, INSIDE_SCHOOL, RELATIONS, ask_anonymous, ask_everybody


def begin_one(leaders: Leaders, studio: Studio | None = None, school: str = "one") -> Pairing:
    return begin_pairing(
        **leaders.by("clerk"), mentor=Person(leaders.city.one, number=1),
        mentee=Person(getattr(leaders.city, school), number=42), goals="一年内独立主持组织生活会", started_on=ago(60),
        studio=studio,
    )  # fmt: skip


def address(name: str, leaders: Leaders) -> str:
    """A route of the school `one`, with everything that it needs."""
    made: dict[str, Callable[[], list[object]]] = {
        "post": lambda: [leaders.one.code],
        "assess": lambda: [leaders.one.code],
        "plan": lambda: [leaders.one.code],
        "plan-close": lambda: [leaders.plan(leaders.one) or GapPlan.objects.get().pk],
        "assessment-end": lambda: [leaders.confirmed().pk],
        "return": lambda: [leaders.submitted().pk],
        "studio": lambda: [leaders.studio().pk],
        "session-add": lambda: [leaders.studio().pk],
        "studio-close": lambda: [leaders.studio().pk],
        "mentee-add": lambda: [leaders.studio().pk],
        "pairing-end": lambda: [begin_one(leaders).pk],
    }
    return reverse(f"leaders:{name}", args=made[name]())


FILLERS = frozenset({"own", "own secretary"})
# Route → who sees it (200), who sees the object but may not do that (403); everybody else gets 404 (403 at the door).
ROUTES = {
    "post": (INSIDE_SCHOOL, frozenset()),
    "assess": (FILLERS, INSIDE_DISTRICT),
    "plan": (FILLERS | {"parent", "parent administrator"}, frozenset({"city"})),
    "plan-close": (FILLERS | {"parent", "parent administrator"}, frozenset({"city"})),
    "assessment-end": (frozenset({"own secretary", "parent", "parent administrator"}), frozenset({"own", "city"})),
    "studio": (INSIDE_SCHOOL, frozenset()),
    "session-add": (FILLERS, INSIDE_DISTRICT),
    "studio-close": (FILLERS, INSIDE_DISTRICT),
    "mentee-add": (FILLERS, INSIDE_DISTRICT),
    # Pairs name people: the city does not even learn that there is one.
    "pairing-end": (FILLERS, frozenset({"parent", "parent administrator"})),
}
AT_THE_DOOR = frozenset({"expired office", "no office"})


@pytest.mark.parametrize("name", ROUTES)
def test_who_opens_a_page_of_the_school(leaders: Leaders, name: str) -> None:
    url = address(name, leaders)
    seen, refused = ROUTES[name]
    for answer in ask_everybody(leaders.city, url):
        wanted = 200 if answer.relation in seen else 403 if answer.relation in refused | AT_THE_DOOR else 404
        assert answer.status == wanted, (name, answer)
    assert ask_anonymous(url).status_code == 302


def test_only_districts_open_the_queue_and_send_back(leaders: Leaders) -> None:
    back = address("return", leaders)
    for url, outsider in ((reverse("leaders:queue"), 200), (back, 404)):
        for answer in ask_everybody(leaders.city, url):
            wanted = {"parent": 200, "parent administrator": 200, "other district": outsider}.get(answer.relation, 403)
            assert answer.status == wanted, (url, answer)
    text = leaders.city.client("other_reviewer").get(reverse("leaders:queue")).content.decode()
    assert "云台小学" not in text
    for name in ("other_reviewer", "reviewer"):
        row = Assessment.objects.get()
        answer = leaders.city.client(name).post(reverse("leaders:confirm"), {"chosen": f"{row.pk}:{row.lock_version}"})
        assert answer.status_code == (404 if name == "other_reviewer" else 302)
    assert Assessment.objects.get().status == "confirmed"


@pytest.mark.parametrize("name", ["posts", "studios", "pairings", "standing"])
@pytest.mark.parametrize("relation", RELATIONS)
def test_lists_hold_what_lies_in_the_scope(leaders: Leaders, name: str, relation: str) -> None:
    begin_one(leaders, leaders.studio())
    client = leaders.city.client(RELATIONS[relation])
    answer = client.get(reverse(f"leaders:{name}"), follow=True)
    if relation in AT_THE_DOOR:
        assert answer.status_code == 403
        return
    assert answer.status_code == 200
    text = answer.content.decode()
    sums_only = relation == "city" and name in ("standing", "pairings")
    assert ("云台小学" in text) == (relation in INSIDE_SCHOOL and not sums_only)
    # Another district's school never sees who learns here.
    assert ("教师 0042" in text) == (name == "pairings" and relation in INSIDE_SCHOOL - {"city"})


def test_the_city_sees_how_many_pairs_and_no_person_anywhere(leaders: Leaders) -> None:
    studio = leaders.studio()
    row = begin_one(leaders, studio)
    for name in ("city_staff", "city_admin", "inspector"):
        client = leaders.city.client(name)
        pages = [
            reverse("leaders:pairings"), reverse("leaders:pairings") + "?export=csv",
            reverse("leaders:studio", args=[studio.pk]), reverse("leaders:studios") + "?export=csv",
            reverse("registry:detail", args=[leaders.city.one.code]),
        ]  # fmt: skip
        for url in pages:
            answer = client.get(url)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert answer.status_code == 200
            assert "0042" not in body.decode(), url
        assert "巫溪县" in client.get(pages[0]).content.decode()
        assert client.get(reverse("leaders:pairing-end", args=[row.pk])).status_code == 404


def test_both_schools_of_a_pair_see_it(leaders: Leaders) -> None:
    begin_one(leaders, school="other")
    for name in ("clerk", "reviewer", "other_clerk", "other_reviewer"):
        assert "教师 0042" in leaders.city.client(name).get(reverse("leaders:pairings")).content.decode()
    assert "教师 0042" not in leaders.city.client("clerk_two").get(reverse("leaders:pairings")).content.decode()


def test_a_school_enters_submits_and_a_district_confirms_in_the_pages(leaders: Leaders) -> None:
    school, reviewer = leaders.city.client("clerk"), leaders.city.client("reviewer")
    post = reverse("leaders:post", args=[leaders.one.code])
    given = {
        "assessed_on": f"{ago(10)}", "party_kind": "述职评议为“好”", "party_proof": "文件〔2025〕1号",
        "work_kind": "高级职称", "work_proof": "证书",
    }  # fmt: skip
    wrong = school.post(reverse("leaders:assess", args=[leaders.one.code]), {**given, "work_proof": ""})
    assert wrong.status_code == 422
    assert "文件〔2025〕1号" in wrong.content.decode()
    assert "请写明证书、文件的名称和编号" in wrong.content.decode()
    assert school.post(reverse("leaders:assess", args=[leaders.one.code]), given).headers["Location"] == post
    row = Assessment.objects.get()
    school.post(reverse("leaders:assessment-step", args=[row.pk, "submit"]), {"lock_version": row.lock_version})
    assert "确认 1 项" in reviewer.get(reverse("leaders:standing")).content.decode()
    queue = reviewer.get(reverse("leaders:queue")).content.decode()
    assert f'value="{row.pk}:1"' in queue
    said = reviewer.post(reverse("leaders:confirm"), {"chosen": f"{row.pk}:1"}, follow=True).content.decode()
    assert "已确认 1 项" in said
    assert "达标" in school.get(post).content.decode()
    assert "先勾选" in reviewer.post(reverse("leaders:confirm"), {}, follow=True).content.decode()
    nonsense = {"chosen": ["x", "1", f"{row.pk}:99999999999999999999999999", "²:³"]}
    assert reviewer.post(reverse("leaders:confirm"), nonsense).status_code == 302


def test_what_came_back_shows_the_reason_and_counts_as_a_task(leaders: Leaders) -> None:
    row = leaders.submitted()
    reviewer, school = leaders.city.client("reviewer"), leaders.city.client("clerk")
    empty = reviewer.post(reverse("leaders:return", args=[row.pk]), {"outcome": ""})
    assert empty.status_code == 422
    reviewer.post(reverse("leaders:return", args=[row.pk]), {"outcome": "请补职称证书编号"})
    text = school.get(reverse("leaders:post", args=[leaders.one.code])).content.decode()
    assert "退回修改" in text
    assert "请补职称证书编号" in text


def test_a_step_without_the_right_is_refused_and_an_unknown_one_not_found(leaders: Leaders) -> None:
    row = leaders.draft()
    step = reverse("leaders:assessment-step", args=[row.pk, "submit"])
    assert leaders.city.client("reviewer").post(step).status_code == 403
    assert leaders.city.client("clerk_two").post(step).status_code == 404
    assert leaders.city.client("clerk").get(step).status_code == 405
    assert leaders.city.client("clerk").post(step.replace("submit", "confirm")).status_code == 404
    assert Assessment.objects.get().status == "draft"


def test_studios_live_in_the_pages(leaders: Leaders) -> None:
    client = leaders.city.client("secretary")
    host = leaders.city.users["secretary"].offices.get()
    made = {
        "name": "立人书记工作室", "host": host.pk, "theme": "支部书记能力", "opened_on": f"{ago(90)}", "level": "school",
    }  # fmt: skip
    nameless = client.post(reverse("leaders:studio-add"), {**made, "level": "city"})
    assert "请写明命名文件" in nameless.content.decode()
    bad = client.post(reverse("leaders:studio-add"), {**made, "opened_on": f"{ago(-2)}"})
    assert (bad.status_code, Studio.objects.count()) == (422, 0)
    client.post(reverse("leaders:studio-add"), made)
    studio = Studio.objects.get()
    held = {"held_on": f"{ago(3)}", "topic": "组织生活怎么开", "mode": "on_site", "attendance": "12"}
    assert client.post(reverse("leaders:session-add", args=[studio.pk]), {**held, "attendance": "0"}).status_code == 422
    client.post(reverse("leaders:session-add", args=[studio.pk]), held)
    mentee = {
        "mentee_kind": "teacher", "mentee_unit": leaders.city.two.code, "mentee_number": "3",
        "goals": "独立主持", "started_on": f"{ago(9)}",
    }  # fmt: skip
    missing = client.post(reverse("leaders:mentee-add", args=[studio.pk]), {**mentee, "mentee_unit": "999"})
    assert "没有找到这个代码的单位" in missing.content.decode()
    client.post(reverse("leaders:mentee-add", args=[studio.pk]), mentee)
    page = client.get(reverse("leaders:studio", args=[studio.pk])).content.decode()
    assert "教师 0003" in page
    assert "活动 1 场，12 人次" in page
    end = reverse("leaders:pairing-end", args=[Pairing.objects.get().pk])
    assert client.post(end, {"outcome": "能独立主持", "on": f"{today()}"}).status_code == 302
    client.post(reverse("leaders:session-remove", args=[Session.objects.get().pk]))
    assert not Session.objects.exists()
    close = reverse("leaders:studio-close", args=[studio.pk])
    client.post(close, {"outcome": "培养五人", "on": f"{today()}"})
    assert "培养五人" in client.get(reverse("leaders:studio", args=[studio.pk])).content.decode()


def test_a_pair_outside_the_studios_names_one_mentor(leaders: Leaders) -> None:
    client = leaders.city.client("clerk")
    given = {
        "mentor_number": "1", "mentee_kind": "teacher", "mentee_unit": leaders.city.one.code, "mentee_number": "1",
        "goals": "独立主持", "started_on": f"{ago(9)}",
    }  # fmt: skip
    url = reverse("leaders:pairing-add")
    assert "不能是同一个人" in client.post(url, given).content.decode()
    neither = client.post(url, {**given, "mentor_number": ""})
    assert "二者填一个" in neither.content.decode()
    assert client.post(url, {**given, "mentee_number": "2"}).status_code == 302
    assert leaders.city.client("reviewer").get(url).status_code == 403


def test_only_the_city_revises_the_standard(leaders: Leaders) -> None:
    url = reverse("leaders:standard-revise")
    assert leaders.city.client("district_admin").get(url).status_code == 403
    client = leaders.city.client("city_admin")
    assert client.get(url).status_code == 200
    given = {
        "valid_from": f"{ago(-30)}", "party_text": "甲", "party_kinds": "述职评议为“好”\n", "work_text": "乙",
        "work_kinds": "高级职称\n骨干教师", "term_months": "24", "source": "渝教工委〔2026〕1号",
    }  # fmt: skip
    assert client.post(url, {**given, "work_kinds": "同\n同"}).status_code == 422
    client.post(url, given)
    text = client.get(reverse("leaders:standards")).content.decode()
    assert "渝教工委〔2026〕1号" in text
    assert "尚未起用" in text


def sheet(client: Client, url: str) -> list[list[object]]:
    book = load_workbook(io.BytesIO(client.get(url).content))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_files_hold_what_the_filter_shows(leaders: Leaders) -> None:
    leaders.confirmed()
    leaders.confirmed(leaders.two, by="clerk_two", work=NOTHING)
    client = leaders.city.client("reviewer")
    rows = sheet(client, reverse("leaders:posts") + "?state=short&export=xlsx")
    assert [row[1] for row in rows if row[0] == "巫溪县"] == ["城厢中学"]
    rows = sheet(client, reverse("leaders:standing") + "?export=xlsx")
    assert [row[:7] for row in rows if row[0] == "云台小学"] == [["云台小学", "5002380001", 1, 1, 0, 0, 0]]
    text = b"".join(client.get(reverse("leaders:standing") + "?export=csv").streaming_content).decode()
    assert "城厢中学" in text


@pytest.mark.parametrize(
    ("name", "user"),
    [("posts", "city_staff"), ("standing", "city_staff"), ("studios", "reviewer"), ("pairings", "clerk"), ("queue", "reviewer")],
)  # fmt: skip
def test_a_list_asks_as_often_for_three_as_for_one(leaders: Leaders, name: str, user: str) -> None:
    client = leaders.city.client(user)
    url = reverse(f"leaders:{name}")
    leaders.confirmed()
    leaders.submitted(work=NOTHING)
    studio = leaders.studio()
    begin_one(leaders, studio)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    leaders.submitted(leaders.two, by="clerk_two", work=NOTHING)
    leaders.confirmed(leaders.other, by="other_clerk")
    for number in range(2, 5):
        begin_pairing(
            **leaders.by("clerk"), mentor=Person(leaders.city.one, number=1),
            mentee=Person(leaders.city.two, number=number), goals="独立主持", started_on=ago(60),
        )  # fmt: skip
        record_session(
            **leaders.by("clerk"), studio_id=studio.pk, held_on=ago(number), topic="讲", mode="online", attendance=9
        )
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(few) == len(many)


def test_changes_are_in_the_audit(leaders: Leaders) -> None:
    leaders.confirmed()
    begin_one(leaders, leaders.studio())
    subjects = set(Change.objects.values_list("subject", flat=True))
    assert {"leaders.assessment", "leaders.studio", "leaders.pairing"} <= subjects
    own = Change.objects.filter(subject="leaders.assessment", kind="u", unit_id=leaders.city.one.pk)
    assert ["submitted", "confirmed"] in [change.changes.get("status") for change in own]
    text = leaders.city.client("district_admin").get(reverse("districts:audit")).content.decode()
    assert "双带头人认定" in text


def test_nonsense_in_the_address_is_no_error(leaders: Leaders) -> None:
    client = leaders.city.client("city_staff")
    for query in ("?state=x&plan=y&page=zzz", "?q=%00&school=%27", "?district=nowhere", "?export=exe"):
        assert client.get(reverse("leaders:posts") + query).status_code == 200
    assert client.get(reverse("leaders:standing") + "?district=nowhere").status_code == 404
