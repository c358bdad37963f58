"""A whole round through the pages, as people click it and without a script: from the draft to the certificate."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from districts.models import City
from projects.selection.models import (
    Application,
    Assignment,
    Designation,
    Objection,
    Round,
    StageKind,
)
from tests.support.city import SmallCity
from tests.support.files import docx
from tests.support.selection import (
    COMMENT,
    CRITERIA,
    PLAN,
    QUESTIONS,
    Contest,
    add_experts,
    begin,
    make_kinds,
    make_round,
    move_to,
    open_now,
    school_user,
    upload,
)

MONDAY = datetime(2026, 11, 2, 9, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, path: str, data: dict[str, Any] | None = None, status: int = 200) -> str:
    response = client.post(path, data or {}, follow=True)
    assert response.status_code == status, (path, response.status_code)
    return response.content.decode()


def get(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return response.content.decode()


def _lines(rows: Any, columns: str = "columns") -> dict[str, str]:
    data = {"line-TOTAL_FORMS": str(len(rows)), "line-INITIAL_FORMS": "0"}
    for n, row in enumerate(rows):
        for name, value in {
            "section": "一",
            "kind": "text",
            "min_length": 0,
            "max_length": 2000,
            "max_items": 3,
            **row,
        }.items():
            if name == "anchors":
                value = ", ".join(f"{start} {word}" for start, word in value)
            if name == "columns":
                value = ",".join(value)
            if value is not False and value is not None:
                data[f"line-{n}-{name}"] = str(value)
        if row.get("required", True):
            data[f"line-{n}-required"] = "on"
    return data


def _draft(chair: Client, city: SmallCity) -> Round:
    """The editor, page by page."""
    kind = make_kinds()
    from projects.programmes.models import Programme

    fields = {
        "unit": City.objects.get().pk, "code": "dc-2026", "title": "第三批", "official_title": "第三批培育创建单位",
        "programme": Programme.objects.get(code="dual_creation").pk, "designation_kind": kind.pk, "holder_kind": "school",
        "target": 1, "has_recommendation": "on", "panel_size": 3, "expert_load": 20, "trim": 1, "trim_from": 3,
        "tie_rule": "fusion", "comment_minimum": 20, "notice_days": 5, "bars_holders": "on",
    }  # fmt: skip
    assert "去掉最高最低分后至少要剩一份" in post(chair, "/selection/new/", {**fields, "trim_from": 2}, status=422)
    assert "已保存草稿" in post(chair, "/selection/new/", fields)
    round_ = Round.objects.get()
    page = f"/selection/rounds/{round_.pk}/"
    assert "发布前还缺" in get(chair, page)
    days = {}
    for n, stage in enumerate(StageKind.values):
        start = MONDAY + timedelta(days=n)
        days[f"{stage}_opens"] = start.strftime("%Y-%m-%dT%H:%M")
        days[f"{stage}_closes"] = (start + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    post(chair, f"{page}dates/", days)
    assert "请写表格各列的名称" in post(
        chair, f"{page}questions/", _lines([{**QUESTIONS[2], "columns": []}]), status=422
    )
    post(chair, f"{page}questions/", _lines(QUESTIONS))
    post(chair, f"{page}criteria/", _lines(CRITERIA))
    post(chair, f"{page}quota/", {"pool": "1", f"quota-{city.wuxi.code}": "1", f"quota-{city.jiangjin.code}": "1"})
    assert "学校可以按时间申报" in post(chair, f"{page}publish/", {"lock_version": "0"})
    round_.refresh_from_db()
    assert round_.status == "open"
    assert [c.anchors for c in round_.criteria.all()][2] == [[0.0, "较弱"], [9.0, "一般"], [15.0, "突出"]]
    return round_


def test_a_whole_round_by_hand(clock: Any, city: SmallCity) -> None:
    chair, reviewer = client_of(city.users["city_admin"]), client_of(city.users["reviewer"])
    round_ = _draft(chair, city)
    contest = Contest(city, round_)
    page = f"/selection/rounds/{round_.pk}/"
    move_to(round_, StageKind.APPLICATION)

    schools = {}
    for school in (city.one, city.two):
        client = schools[school.pk] = client_of(school_user(school))
        assert "开始申报" in get(client, page)
        post(client, f"{page}begin/", {"holder": str(school.pk)})
        case = Application.objects.get(school=school)
        base = f"/selection/cases/{case.pk}/"
        form = {"version": "1", "lock_version": "0", "q-plan": PLAN, "q-brand": "一" * 30, "q-people": "李四\n王五"}
        form |= {"q-goals-0-0": "达标率", "q-goals-0-1": "75%"}
        text = post(
            client, f"{base}save/", {**form, "submit": "1", "file-proof": upload("总结.docx", docx("总结"))}, status=422
        )
        assert "最多 20 字" in text
        assert "一" * 30 in text, "what was typed comes back"
        assert PdfReader(BytesIO(client.get(f"{base}preview/").content)).pages
        post(client, f"{base}save/", {**form, "q-brand": "同心", "submit": "1"})
        case.refresh_from_db()
        assert (case.status, case.versions.get().answers["goals"]) == ("submitted", [["达标率", "75%"]])
        assert "资格通过" in get(reviewer, base)
        post(reviewer, f"{base}steps/accept/", {"lock_version": "1"})

    move_to(round_, StageKind.RECOMMENDATION)
    desk = f"{page}desk/{city.wuxi.code}/"
    ids = list(Application.objects.order_by("pk").values_list("pk", flat=True))
    both = {f"choice-{pk}": "place" for pk in ids} | {f"reason-{pk}": "基础好。" for pk in ids}
    assert "名额 1 个，推荐了 2 个" in post(reviewer, f"{desk}save/", both, status=422)
    post(reviewer, f"{desk}save/", {**both, f"choice-{ids[1]}": "reserve", "send": "1"})
    assert "已报送" in get(reviewer, desk)

    add_experts(contest, 3)
    move_to(round_, StageKind.REVIEW)
    assert "盲评开始" in post(chair, f"{page}draw/", {"seed": "20261102"})
    for sheet in Assignment.objects.select_related("expert__office__user"):
        expert = client_of(sheet.expert.office.user)
        item = f"/selection/panel/{sheet.pk}/"
        assert PLAN[:12] not in get(expert, item), "no text before the declaration"
        assert PLAN[:12] in post(expert, f"{item}declare/")
        sheet_form = {"points-base": "30", "points-fusion": "30", "points-brand": "15", "comment": COMMENT}
        assert "0 至 40 之间" in post(expert, f"{item}save/", {**sheet_form, "points-base": "41"}, status=422)
        post(expert, f"{item}save/", {**sheet_form, "submit": "1", "lock_version": "0"})
    assert "已交 3/3 份评分" in get(chair, f"{page}panel/")
    post(chair, f"{page}close/")
    assert "75.0000" in get(chair, f"{page}outcome/")
    csv = b"".join(chair.get(f"{page}outcome/?export=csv")).decode("utf-8-sig")
    points, rules = csv.split("\r\n\r\n")
    assert points.count("fusion") == 3
    assert "抽取种子：20261102" in rules
    assert "深度融合（fusion）、中位数" in rules
    form = {"number": "DC-2026-03", "issuer": "市委教育工委（演示）", "starts_on": "2026-11-03"}
    post(chair, f"{page}outcome/publish/", form)

    anybody = Client()
    clock.move_to(MONDAY + timedelta(days=1))
    text = get(anybody, "/notices/DC-2026-03/")
    assert "公示中，第 1 天" in text
    assert city.one.name in text
    assert city.two.name not in text
    blank = get(anybody, "/notices/DC-2026-03/object/")
    ticket = blank.split('name="ticket" value="')[1].split('"')[0]
    filed = post(anybody, "/notices/DC-2026-03/object/", {"ticket": ticket, "text": "达标率与台账不符，请核查。"})
    code = filed.split('w-code">')[1].split("<")[0]
    assert "正在核查" in post(anybody, "/notices/objections/", {"code": code})
    assert "没有找到" in post(anybody, "/notices/objections/", {"code": "0000 0000 0000 0000"})
    clock.move_to(MONDAY + timedelta(days=8))
    open_now(round_, StageKind.ANNOUNCEMENT)
    assert "还有 1 件异议没有办结" in post(chair, f"{page}announce/")
    assert "达标率与台账不符" in get(chair, "/selection/objections/DC-2026-03/")
    objection = Objection.objects.get()
    post(
        chair,
        f"/selection/objections/{objection.pk}/answer/",
        {"reply": "台账属实。", "finding": "dismissed", "lock_version": "0"},
    )
    assert "台账属实" in post(anybody, "/notices/objections/", {"code": code})
    assert "称号已生效" in post(chair, f"{page}announce/")

    title = Designation.objects.get()
    pdf = schools[city.one.pk].get(f"/selection/designations/{title.pk}/certificate/")
    assert pdf["Content-Type"] == "application/pdf"
    words = PdfReader(BytesIO(pdf.content)).pages[0].extract_text().replace("\x00", "")
    assert title.check_code in words
    assert city.one.name in words
    assert "有效期：2026年11月10日至2028年11月9日" in words, "the last day on which it counts"
    assert "市委教育工委（演示）" in words, "who gave it"
    assert "现在有效" in get(anybody, f"/notices/verify/?code={title.check_code.lower()}")
    assert "没有这个查验码" in get(anybody, "/notices/verify/?code=XXXX")
    post(chair, f"/selection/designations/{title.pk}/steps/withdraw/", {"finding": "出现师德失范。"})
    assert "现在无效" in get(anybody, f"/notices/verify/?code={title.check_code}")


def test_nothing_that_an_expert_can_reach_tells_who_it_is(contest: Contest, drawn: list[Application]) -> None:
    """Every page and file within an expert's reach, searched for every name of the applicants."""
    sheet = Assignment.objects.select_related("expert__office__user").first()
    expert = client_of(sheet.expert.office.user)
    post(expert, f"/selection/panel/{sheet.pk}/declare/")
    reach = [
        "/selection/panel/",
        "/selection/panel/ties/",
        "/selection/",
        "/selection/cases/",
        "/selection/designations/",
    ]
    reach += [f"/selection/panel/{row.pk}/" for row in Assignment.objects.all()]
    case = sheet.application_id
    reach += [
        f"/selection/cases/{case}/",
        f"/selection/cases/{case}/preview/",
        f"/selection/rounds/{contest.round.pk}/",
    ]
    reach += [f"/selection/rounds/{contest.round.pk}/{part}/" for part in ("panel", "outcome", "desk/500238")]
    reach += ["/selection/cases/?export=csv", "/selection/designations/?export=csv", "/selection/experts/"]
    reach += ["/notices/", "/api/v1/returns/", "/api/v1/units/"]
    for path in reach:
        response = expert.get(path)
        assert response.status_code < 500, path
        body = b"".join(response) if response.streaming else response.content
        text = body.decode(errors="replace") + str(response.headers)
        for name in ("云台", "城厢", "聚奎", "yuntai", "juku"):
            assert name not in text, (path, name)
    others = {row.pk for row in Assignment.objects.exclude(expert=sheet.expert)}
    for pk in others:
        assert expert.get(f"/selection/panel/{pk}/").status_code == 404


@pytest.mark.parametrize("part", ["rules", "dates", "questions", "criteria"])
def test_the_editor_names_every_field_in_chinese(contest: Contest, part: str) -> None:
    draft = make_round(contest.city, code="dc-2028", publish=False)
    page = get(contest.city.client("city_admin"), f"/selection/rounds/{draft.round.pk}/{part}/")
    labels = [label.strip() for label in re.findall(r"<label[^>]*>([^<]*)", page.split("<main")[1])]
    assert [label for label in labels if label and label.isascii()] == []


def test_a_gap_is_told_beside_its_field_once_something_was_typed_or_refused(contest: Contest) -> None:
    case = begin(contest, contest.city.one)
    client, path = contest.city.client("clerk"), f"/selection/cases/{case.pk}/"
    fresh = get(client, path)
    assert "还有 2 处" in fresh
    assert "w-gap-text" not in fresh, "nobody is told off for an empty draft"
    saved = client.post(f"{path}save/", {"q-plan": "太短。", "version": "1"}, headers={"HX-Request": "true"})
    told = re.search(r'id="gap-plan" hx-swap-oob="true">(.*?)</span></span>', saved.content.decode(), re.DOTALL)
    assert told is not None
    assert "现有 3 字，至少 10 字" in told.group(1)
    assert "已写 3 字" in saved.content.decode()
    refused = post(client, f"{path}save/", {"version": "1", "lock_version": "0", "submit": "1"}, status=422)
    assert refused.count("w-gap-text") == 2


@pytest.mark.parametrize("name", ["clerk", "reviewer", "inspector", "expert", "other_clerk", "nobody", "expired"])
def test_who_may_not_keep_a_round(contest: Contest, name: str) -> None:
    client, pk = client_of(contest.city.users[name]), contest.round.pk
    for part in ("rules", "dates", "questions", "criteria", "quota", "copy", "panel", "outcome"):
        assert client.get(f"/selection/rounds/{pk}/{part}/").status_code in (403, 404), part
    for part in ("publish", "cancel", "draw", "close", "announce", "grant", "outcome/decide"):
        client.post(f"/selection/rounds/{pk}/{part}/", {"lock_version": "1", "reason": "x", "district": "500238"})
    contest.round.refresh_from_db()
    assert (contest.round.status, contest.round.lock_version) == ("open", 1)


def test_cases_of_others_do_not_exist(contest: Contest) -> None:
    from tests.support.selection import hand_in

    draft, handed = begin(contest, contest.city.one), hand_in(contest, contest.city.two)
    expected = {
        "clerk": (200, 404), "clerk_two": (404, 200), "reviewer": (404, 200), "city_staff": (404, 200),
        "inspector": (404, 200), "other_reviewer": (404, 404), "other_clerk": (404, 404), "expert": (404, 404),
        "nobody": (403, 403),
    }  # fmt: skip
    for name, (a, b) in expected.items():
        client = client_of(contest.city.users[name])
        found = tuple(client.get(f"/selection/cases/{row.pk}/").status_code for row in (draft, handed))
        assert found == (a, b), name


def test_autosave_answers_with_the_list_and_a_refusal_with_its_sentence(contest: Contest) -> None:
    case = begin(contest, contest.city.one)
    client = client_of(school_user(contest.city.one))
    hx = {"HX-Request": "true"}
    path = f"/selection/cases/{case.pk}/save/"
    good = client.post(path, {"q-brand": "同心", "version": "1"}, headers=hx)
    assert good.status_code == 200
    assert "<html" not in good.content.decode()
    assert "case-gaps" in good.content.decode()
    stale = client.post(path, {"q-brand": "旧", "version": "7"}, headers=hx)
    assert (stale.status_code, "新的版本" in stale.content.decode()) == (409, True)


@pytest.mark.parametrize(
    "path",
    [
        "/selection/?page=x&status=%00",
        "/selection/cases/?round=x&q=%00&status=y",
        "/selection/designations/?q=%00&state=z&page=9",
        "/notices/verify/?code=%00",
        "/notices/?page=-1",
    ],
)
def test_nonsense_in_the_address_breaks_nothing(contest: Contest, path: str) -> None:
    assert client_of(contest.city.users["city_admin"]).get(path).status_code == 200


def test_the_public_list_downloads_and_a_struck_unit_stays_marked_on_it(contest: Contest) -> None:
    from projects.selection.services.applications import strike_application
    from tests.support.selection import publish, to_outcome

    case = to_outcome(contest)[0]
    publish(contest)
    case.refresh_from_db()
    strike_application(**contest.chair, application_id=case.pk, lock_version=case.lock_version, reason="核实有误。")
    csv = b"".join(Client().get("/notices/DC-1/?export=csv")).decode("utf-8-sig")
    assert [line.split(",")[2:] for line in csv.strip().splitlines()[1:]] == [
        ["聚奎中学", "完全中学", "公示中"], ["云台小学", "小学", "取消入选"],
    ]  # fmt: skip
    assert "取消入选" in get(Client(), "/notices/DC-1/")
    clerk = contest.city.client("clerk")
    assert "取消入选" in get(clerk, f"/selection/rounds/{contest.round.pk}/")


@pytest.mark.parametrize(("finding", "word"), [("dismissed", "异议不成立"), ("upheld", "异议成立")])
def test_an_objection_says_where_it_stands(contest: Contest, finding: str, word: str) -> None:
    from tests.support.selection import publish, to_outcome

    to_outcome(contest)
    publish(contest)
    blank = get(Client(), "/notices/DC-1/object/")
    ticket = blank.split('name="ticket" value="')[1].split('"')[0]
    filed = post(Client(), "/notices/DC-1/object/", {"ticket": ticket, "text": "达标率与台账不符，请核查。"})
    code = filed.split('w-code">')[1].split("<")[0]
    assert "办理中" in post(Client(), "/notices/objections/", {"code": code})
    chair, row = contest.city.client("city_admin"), Objection.objects.get()
    form = {"reply": "已核查。", "finding": finding, "lock_version": "0"}
    assert word in post(chair, f"/selection/objections/{row.pk}/answer/", form)
    assert word in post(Client(), "/notices/objections/", {"code": code})
