"""The reviewer's side: verdicts kept and sent, questions, many approved at once, more time, the page after a collision."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import Role
from portal.workflow.errors import DomainError
from reports.collection.models import Extension, Question, Return, ReturnStatus, VerdictDraft
from reports.collection.services.extensions import extend_district
from tests.support.city import SmallCity, fill, make_office, make_school, open_form, report, submit
from tests.support.standing import standing


@standing
def submitted(city: SmallCity) -> Return:
    """The first quarter after an approved year: most cells are as they were, one is odd."""
    for quarter in ("2025Q1", "2025Q2", "2025Q3", "2025Q4"):
        report(
            "meeting", quarter, city.one, city.users["clerk"], city.users["reviewer"],
            G05D=100 + int(quarter[-1]), G05N=90 + int(quarter[-1]), G01=9, G02=8,
        )  # fmt: skip
    record = open_form("meeting", "2026Q1", city.one)
    assert fill(record, city.users["clerk"], G05D=104, G05N=20, G01=9, G02=8) == {}
    return submit(record, city.users["clerk"])


def _posted(record: Return, verdict: str = "pass", **reasons: str) -> dict[str, str]:
    codes = list(record.form.fields.values_list("indicator__code", flat=True))
    record.refresh_from_db()
    return {
        "lock_version": str(record.lock_version),
        **{f"verdict-{code}": "return" if code in reasons else verdict for code in codes},
        **{f"reason-{code}": reason for code, reason in reasons.items()},
    }


def test_differences_stand_first_and_the_rest_is_folded_with_its_count(city: SmallCity, submitted: Return) -> None:
    page = city.client("reviewer").get(f"/returns/{submitted.pk}/review/").content.decode()
    assert "低于近 4 期下限" in page
    assert page.index("review-G05N") < page.index("review-G01")
    assert "通过未变的 10 格" in page


def test_nothing_is_sent_while_a_cell_is_undecided(city: SmallCity, submitted: Return) -> None:
    posted = {**_posted(submitted), "verdict-G05N": "", "intent": "send"}
    response = city.client("reviewer").post(f"/returns/{submitted.pk}/decide/", posted)
    assert response.status_code == 422
    assert "还有 1 格没有结论" in response.content.decode()
    submitted.refresh_from_db()
    assert submitted.status == ReturnStatus.SUBMITTED


def test_a_refused_decision_keeps_what_the_reviewer_typed(city: SmallCity, submitted: Return) -> None:
    posted = {**_posted(submitted, G05N="只填了九月的大会"), "verdict-G01": "", "intent": "send"}
    page = city.client("reviewer").post(f"/returns/{submitted.pk}/decide/", posted).content.decode()
    assert "只填了九月的大会" in page


def test_kept_verdicts_come_back_and_the_school_does_not_see_them(city: SmallCity, submitted: Return) -> None:
    reviewer = city.client("reviewer")
    posted = {**_posted(submitted, G05N="请核对是否只填了九月。"), "intent": "hold"}
    assert reviewer.post(f"/returns/{submitted.pk}/decide/", posted).status_code == 302
    assert VerdictDraft.objects.get(return_record=submitted, indicator__code="G05N").verdict == "returned"
    assert "请核对是否只填了九月。" in reviewer.get(f"/returns/{submitted.pk}/review/").content.decode()
    assert "请核对是否只填了九月。" not in city.client("clerk").get(f"/returns/{submitted.pk}/").content.decode()
    reviewer.post(f"/returns/{submitted.pk}/decide/", {**_posted(submitted), "intent": "send"})
    assert not VerdictDraft.objects.exists()


def test_the_unchanged_cells_pass_in_one_go(city: SmallCity, submitted: Return) -> None:
    posted = {"lock_version": str(submitted.lock_version), "intent": "pass_plain"}
    assert city.client("reviewer").post(f"/returns/{submitted.pk}/decide/", posted).status_code == 302
    passed = set(VerdictDraft.objects.values_list("indicator__code", flat=True))
    assert len(passed) == 10
    assert "G05N" not in passed


def test_a_question_reopens_nothing_and_is_answered_in_words(city: SmallCity, submitted: Return) -> None:
    reviewer, clerk = city.client("reviewer"), city.client("clerk")
    posted = {**_posted(submitted), "reason-G05N": "为什么少这么多？", "ask": "G05N"}
    reviewer.post(f"/returns/{submitted.pk}/decide/", posted)
    question = Question.objects.get()
    submitted.refresh_from_db()
    assert (question.text, submitted.status) == ("为什么少这么多？", ReturnStatus.SUBMITTED)
    assert "为什么少这么多？" in clerk.get(f"/returns/{submitted.pk}/").content.decode()
    address = f"/returns/{submitted.pk}/questions/{question.pk}/answer/"
    assert city.client("clerk_two").post(address, {"answer": "不是我校"}).status_code == 404
    reviewer.post(address, {"answer": "不是学校"})
    question.refresh_from_db()
    assert question.answer == ""
    clerk.post(address, {"answer": "多人外出培训。"})
    assert "多人外出培训。" in reviewer.get(f"/returns/{submitted.pk}/review/").content.decode()


def test_an_empty_question_is_refused(city: SmallCity, submitted: Return) -> None:
    response = city.client("reviewer").post(
        f"/returns/{submitted.pk}/decide/", {**_posted(submitted), "reason-G05N": " ", "ask": "G05N"}
    )
    assert response.status_code == 422
    assert not Question.objects.exists()


def test_who_comes_second_is_shown_what_changed(city: SmallCity, submitted: Return) -> None:
    seen = _posted(submitted, G05N="请核对。")
    city.client("reviewer").post(f"/returns/{submitted.pk}/decide/", {**_posted(submitted), "intent": "send"})
    for intent in ("send", "hold", "pass_plain"):
        late = city.client("reviewer2").post(f"/returns/{submitted.pk}/decide/", {**seen, "intent": intent})
        page = late.content.decode()
        assert late.status_code == 409
        assert "您打开之后，这张表已经变了" in page
        assert f"{city.users['reviewer']} 通过" in page
    submitted.refresh_from_db()
    assert submitted.status == ReturnStatus.APPROVED


@standing
def queue(city: SmallCity) -> list[Return]:
    """Three schools have handed in; the third has left a cell empty, with an explanation."""
    records = []
    for number in range(3):
        school = make_school(f"50023870{number:02d}", f"溪村{number}小学", city.wuxi)
        clerk = city.users["clerk"]
        make_office(Role.SCHOOL_CLERK, school, clerk)
        record = open_form("meeting", "2026Q1", school)
        fill(record, clerk)
        records.append(record)
    from districts.access import scope_of
    from reports.collection.services.values import save_value

    save_value(
        actor=clerk, scope=scope_of(clerk), return_id=records[2].pk, code="G01", text="", remark="没有开会。"
    )  # fmt: skip
    return [submit(record, clerk) for record in records]


def test_all_without_a_flag_are_approved_at_once(city: SmallCity, queue: list[Return]) -> None:
    reviewer = city.client("reviewer")
    page = reviewer.get("/returns/review/").content.decode()
    assert "批量通过无提示的 2 所" in page
    items = [f"{record.pk}:{record.lock_version}" for record in queue]
    told = reviewer.post("/returns/review/approve/", {"item": items}, follow=True).content.decode()
    assert "已通过 2 所" in told
    assert "溪村2小学 没有通过：有提示" in told
    assert [Return.objects.get(pk=r.pk).status for r in queue] == ["approved", "approved", "submitted"]


def test_approving_many_keeps_every_rule_of_the_single_one(city: SmallCity, queue: list[Return]) -> None:
    both = city.users["clerk"]
    make_office(Role.DISTRICT_REVIEWER, city.wuxi, both)
    items = [f"{queue[0].pk}:{queue[0].lock_version}", f"{queue[1].pk}:{queue[1].lock_version + 7}", "x:1", "99:", "1"]
    told = city.client("clerk").post("/returns/review/approve/", {"item": items}, follow=True).content.decode()
    assert "提交人不能审核自己提交的内容" in told
    assert "刚被别人更新" in told
    other = city.client("other_reviewer").post("/returns/review/approve/", {"item": items}, follow=True)
    assert "溪村" not in other.content.decode()
    assert not Return.objects.filter(status=ReturnStatus.APPROVED).exists()


def test_the_queue_costs_the_same_at_3_returns_and_at_30(city: SmallCity, queue: list[Return]) -> None:
    client = city.client("reviewer")

    def cost(path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    paths = ("/returns/review/", f"/returns/{queue[0].pk}/review/")
    few = [cost(path) for path in paths]
    for number in range(30):
        make_school(f"50023880{number:02d}", f"溪岸{number}小学", city.wuxi)
    open_form("meeting", "2026Q1", city.one)
    Return.objects.update(status=ReturnStatus.SUBMITTED)
    assert [cost(path) for path in paths] == few


def test_the_queue_is_filtered_by_form_and_period(city: SmallCity, queue: list[Return]) -> None:
    client = city.client("reviewer")
    assert "溪村0小学" in client.get("/returns/review/?form=meeting&period=2026Q1").content.decode()
    empty = client.get("/returns/review/?form=annual").content.decode()
    assert "溪村0小学" not in empty
    assert "清除筛选" in empty
    for nonsense in ("form=%00", "zone=x", "period=%E4%B8%AD", "status=x&page=x"):
        assert client.get(f"/returns/review/?{nonsense}").status_code == 200


def test_a_whole_district_gets_more_time_with_a_reason(city: SmallCity, queue: list[Return]) -> None:
    open_form("meeting", "2026Q1", city.two)
    until = timezone.localdate() + timedelta(days=20)
    posted = {"round": "meeting:2026Q1", "until": until.isoformat(), "reason": "全县停电。"}
    reviewer = city.client("reviewer")
    assert (
        "请写明延期的原因"
        in reviewer.post("/returns/review/extend/", {**posted, "reason": " "}, follow=True).content.decode()
    )
    assert not Extension.objects.exists()
    assert "已给 2 所学校延期" in reviewer.post("/returns/review/extend/", posted, follow=True).content.decode()
    moved = Return.objects.filter(extended_to=until)
    assert {r.school.name for r in moved} == {"云台小学", "城厢中学"}
    assert not Return.objects.filter(school=city.other, extended_to=until).exists()
    assert "全县停电。" in city.client("clerk_two").get(f"/returns/{moved.get(school=city.two).pk}/").content.decode()
    again = reviewer.post("/returns/review/extend/", posted, follow=True).content.decode()
    assert "没有需要延期的学校" in again


@pytest.mark.parametrize("until", ["", "2026-13-40", "1999-01-01", "9999-12-31", "\0"])
def test_an_impossible_day_is_refused(city: SmallCity, queue: list[Return], until: str) -> None:
    posted = {"round": "meeting:2026Q1", "until": until, "reason": "停电。"}
    response = city.client("reviewer").post("/returns/review/extend/", posted, follow=True)
    assert response.status_code == 200
    assert not Extension.objects.exists()


def test_only_a_district_extends_for_all(city: SmallCity, queue: list[Return]) -> None:
    with pytest.raises(DomainError) as refusal:
        extend_district(
            actor=city.users["clerk"], scope=city.scope("clerk"), form_code="meeting", period_code="2026Q1",
            until=timezone.localdate(), reason="停电。",
        )  # fmt: skip
    assert refusal.value.status == 403
    for path in ("/returns/review/extend/", "/returns/review/approve/"):
        assert city.client("clerk").post(path, {}).status_code == 403


def test_some_cells_reopen_and_the_others_stay_shut(city: SmallCity) -> None:
    record = report("meeting", "2026Q1", city.one, city.users["clerk"], city.users["reviewer"], G01=9)
    reviewer = city.client("reviewer")
    assert "只开放部分格" in reviewer.get(f"/returns/{record.pk}/").content.decode()
    reviewer.post(
        f"/returns/{record.pk}/reopen/", {"lock_version": record.lock_version, "reason": "来函更正。", "code": ["G01"]}
    )
    page = city.client("clerk").get(f"/returns/{record.pk}/").content.decode()
    assert 'id="cell-G01"' in page
    assert 'id="cell-G02"' not in page
    assert "来函更正。" in page
