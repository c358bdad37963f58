"""Entry, review and list as people meet them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.collection.models import Return, ReturnStatus, Value
from tests.support.city import SmallCity, fill, make_school, open_form, report, submit
from tests.support.scoping import INSIDE_SCHOOL, ask_anonymous, ask_everybody


def test_who_opens_a_return(city: SmallCity, draft: Return) -> None:
    for answer in ask_everybody(city, f"/returns/{draft.pk}/"):
        assert answer.status == (200 if answer.relation in INSIDE_SCHOOL else _refused(answer.relation)), answer
    assert ask_anonymous(f"/returns/{draft.pk}/").status_code == 302


def _refused(relation: str) -> int:
    """Without any office the door stays shut (403); with one of elsewhere the thing does not exist (404)."""
    return 403 if relation in ("expired office", "no office") else 404


@pytest.mark.parametrize(
    "action", ["cells/G01/", "cells/G01/confirm/", "save/", "submit/", "withdraw/", "decide/", "reopen/", "extend/"]
)
def test_nobody_outside_writes(city: SmallCity, draft: Return, action: str) -> None:
    for answer in ask_everybody(city, f"/returns/{draft.pk}/{action}", method="post", data={"G01": "7"}):
        assert answer.status < 500, answer
        if answer.relation not in INSIDE_SCHOOL:
            assert answer.status == _refused(answer.relation), answer
    assert not Value.objects.filter(return_record=draft, number=7).exclude(
        updated_by__username__in=["clerk", "secretary"]
    )
    draft.refresh_from_db()
    assert draft.status == ReturnStatus.DRAFT


def test_a_cell_is_saved_on_leaving_it(city: SmallCity, draft: Return) -> None:
    client = city.client("clerk")
    response = client.post(f"/returns/{draft.pk}/cells/G01/", {"G01": "１，２００"}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "已保存" in response.content.decode()
    assert Value.objects.get(return_record=draft, indicator__code="G01").number == 1200


def test_a_refused_cell_keeps_the_typed_text(city: SmallCity, draft: Return) -> None:
    response = city.client("clerk").post(
        f"/returns/{draft.pk}/cells/G01/", {"G01": "九次"}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert 'value="九次"' in page
    assert "不是数" in page
    assert not Value.objects.filter(return_record=draft, indicator__code="G01", number__isnull=False).exists()


def test_without_scripts_the_whole_table_is_saved_and_submitted(city: SmallCity, draft: Return) -> None:
    client = city.client("clerk")
    cells = {row.indicator.code: "3" for row in draft.form.fields.select_related("indicator")}
    bad = client.post(f"/returns/{draft.pk}/save/", {**cells, "G01": "很多"})
    assert bad.status_code == 422
    assert 'value="很多"' in bad.content.decode()
    good = client.post(f"/returns/{draft.pk}/save/", {**cells, "submit": "1", "lock_version": "0"}, follow=True)
    assert good.status_code == 200
    draft.refresh_from_db()
    assert draft.status == ReturnStatus.SUBMITTED


def test_values_known_to_the_portal_are_prefilled_and_marked(city: SmallCity) -> None:
    report("meeting", "2025Q4", city.one, city.users["clerk"], city.users["reviewer"], G01=9)
    record = open_form("base", "2025-12-31", city.one)
    report_of_before = open_form("base", "2025-09-30", city.one)
    fill(report_of_before, city.users["clerk"], X01=31, X03=50, X04=31, P01=12, P02=10, L01=1)
    submit(report_of_before, city.users["clerk"])
    from tests.support.city import approve

    approve(report_of_before, city.users["reviewer"])
    page = city.client("clerk").get(f"/returns/{record.pk}/").content.decode()
    value = Value.objects.get(return_record=record, indicator__code="X03")
    assert (value.number, value.source) == (50, "carried")
    assert "上次已审" in page


def _verdicts(record: Return, **returned: str) -> dict[str, str]:
    """The posted review: every cell passed but those returned with a reason."""
    codes = [field.indicator.code for field in record.form.fields.select_related("indicator")]
    posted = {f"verdict-{code}": "return" if code in returned else "pass" for code in codes}
    return {**posted, **{f"reason-{code}": reason for code, reason in returned.items()}, "intent": "send"}


def test_the_reviewer_sends_back_and_approves(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G05D=100, G05N=90)
    submit(draft, city.users["clerk"])
    reviewer = city.client("reviewer")
    page = reviewer.get(f"/returns/{draft.pk}/review/").content.decode()
    assert "党员实到人次" in page
    without_reason = reviewer.post(f"/returns/{draft.pk}/decide/", {"lock_version": "1", **_verdicts(draft, G05N="")})
    assert without_reason.status_code == 422
    reviewer.post(f"/returns/{draft.pk}/decide/", {"lock_version": "1", **_verdicts(draft, G05N="与名册不一致。")})
    draft.refresh_from_db()
    assert draft.status == ReturnStatus.RETURNED
    assert "与名册不一致。" in city.client("clerk").get("/").content.decode()


def test_a_stale_decision_gets_409_and_shows_the_newest(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"])
    submit(draft, city.users["clerk"])
    city.client("reviewer").post(f"/returns/{draft.pk}/decide/", {"lock_version": "1", **_verdicts(draft)})
    late = city.client("reviewer2").post(f"/returns/{draft.pk}/decide/", {"lock_version": "1", **_verdicts(draft)})
    assert late.status_code == 409
    assert "刚被别人更新" in late.content.decode()


@pytest.mark.parametrize("path", ["/returns/", "/returns/review/", "/"])
def test_lists_cost_the_same_at_3_rows_and_at_30(city: SmallCity, path: str) -> None:
    client = city.client("reviewer")

    def queries() -> int:
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    for number in range(3):
        school = make_school(f"50023890{number:02d}", f"山村{number}小学", city.wuxi)
    open_form("meeting", "2026Q1", school)
    Return.objects.update(status="submitted")
    few = queries()
    for number in range(30):
        make_school(f"50023891{number:02d}", f"新村{number}小学", city.wuxi)
    open_form("meeting", "2026Q1", school)
    Return.objects.update(status="submitted")
    assert queries() == few


@pytest.mark.parametrize(
    "query", ["page=x", "page=99999", "status=nonsense", "period=20x4", "form=%00", "q=%00", "export=pdf"]
)
def test_nonsense_in_the_address_breaks_nothing(city: SmallCity, draft: Return, query: str) -> None:
    assert city.client("reviewer").get(f"/returns/?{query}").status_code == 200


def test_the_list_is_exported_in_the_scope(city: SmallCity, draft: Return) -> None:
    open_form("meeting", "2026Q1", city.other)
    response = city.client("reviewer").get("/returns/?export=csv")
    text = b"".join(response).decode("utf-8-sig")
    assert "云台小学" in text
    assert "聚奎中学" not in text


def test_a_review_belongs_to_the_reviews_and_a_form_to_the_returns(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"])
    submit(draft, city.users["clerk"])
    client = city.client("reviewer")
    for path, word in (
        (f"/returns/{draft.pk}/review/", "审核"),
        ("/returns/review/", "审核"),
        (f"/returns/{draft.pk}/", "报送"),
    ):
        page = client.get(path).content.decode()
        current = re.findall(r'<a href="[^"]+" aria-current="page">\s*([^<\s]+)', page)
        assert current[:1] == [word], path


def test_filters_that_came_with_a_link_are_named_and_can_be_taken_away(city: SmallCity) -> None:
    open_form("meeting", "2026Q1", city.one)
    open_form("meeting", "2025Q4", city.one)
    client = city.client("city_staff")
    page = client.get("/returns/?within=2026&at=500238&school=5002380001&status=draft").content.decode()
    for words, rest in (
        ("2026年及其中各期", "?at=500238&amp;school=5002380001&amp;status=draft"),
        ("当期属于巫溪县", "?within=2026&amp;school=5002380001&amp;status=draft"),
        ("云台小学", "?within=2026&amp;at=500238&amp;status=draft"),
    ):
        assert f'href="{rest}" aria-label="去掉筛选：{words}"' in page
    # Filtering further keeps them.
    assert '<input type="hidden" name="within" value="2026">' in page
    assert "去掉筛选" not in client.get("/returns/?status=draft").content.decode()
    assert client.get("/returns/?within=nonsense%00&school=99").status_code == 200


def test_a_school_elsewhere_is_not_named_by_a_filter(city: SmallCity) -> None:
    page = city.client("reviewer").get("/returns/?school=5001160001").content.decode()
    assert "聚奎中学" not in page
