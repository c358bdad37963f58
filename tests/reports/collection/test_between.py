"""Checks between forms: what a school says here against what it handed in there for the same period."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.workflow.errors import DomainError
from reports.collection.models import Return, ReturnStatus, Value
from reports.collection.selectors.review import get_reviews
from reports.indicators.models import Indicator
from tests.support.city import SmallCity, approve, fill, open_form, report, submit
from tests.support.leaders import build_leaders

DAY = "2025-12-31"


def _base(city: SmallCity, **values: object) -> Return:
    return report("base", DAY, city.one, city.users["clerk"], city.users["reviewer"], **{"X01": 30, **values})


def _annual(city: SmallCity, **values: object) -> Return:
    record = open_form("annual", "2025", city.one)
    refused = fill(record, city.users["clerk"], **values)
    assert not refused, refused
    return record


def test_a_figure_above_that_of_another_form_is_kept_shown_and_not_handed_in(city: SmallCity) -> None:
    base = _base(city, X03=40)
    record = _annual(city, P08=50, P09=60)
    page = city.client("clerk").get(f"/returns/{record.pk}/").content.decode()
    assert "与《党组织与党员基本情况》（截至 2025年12月31日）不一致" in page
    assert f'href="/returns/{base.pk}/?cell=X03#row-X03"' in page
    assert "两表不一致" in page
    with pytest.raises(DomainError) as refusal:
        submit(record, city.users["secretary"])
    assert refusal.value.code == "incomplete"
    assert list(refusal.value.extra["cells"]) == ["P08"]
    assert not fill(record, city.users["clerk"], P08=40, P09=60)
    assert "两表不一致" not in city.client("clerk").get(f"/returns/{record.pk}/").content.decode()
    assert submit(record, city.users["secretary"]).status == ReturnStatus.SUBMITTED


def test_the_answer_to_a_saved_cell_names_the_other_form(city: SmallCity) -> None:
    base = _base(city, X03=40)
    record = _annual(city, P09=60)
    answer = city.client("clerk").post(
        f"/returns/{record.pk}/cells/P08/", {"P08": "50"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert f'href="/returns/{base.pk}/?cell=X03#row-X03"' in answer.content.decode()
    assert Value.objects.get(return_record=record, indicator__code="P08").number == 50


def test_a_total_is_held_against_the_part_on_another_form(city: SmallCity) -> None:
    record = _annual(city, P08=50, P09=60)
    submit(record, city.users["clerk"])
    base = open_form("base", DAY, city.one)
    fill(base, city.users["clerk"], X01=30, X03=40)
    with pytest.raises(DomainError) as refusal:
        submit(base, city.users["clerk"])
    assert "《五双工程年报》" in refusal.value.extra["cells"]["X03"]


def test_only_what_was_handed_in_for_the_same_period_is_compared(city: SmallCity) -> None:
    draft = open_form("base", DAY, city.one)
    fill(draft, city.users["clerk"], X01=30, X03=40)
    report("base", "2025-09-30", city.one, city.users["clerk"], city.users["reviewer"], X01=30, X03=40)
    record = _annual(city, P08=50, P09=60)
    assert submit(record, city.users["secretary"]).status == ReturnStatus.SUBMITTED


def test_another_schools_form_is_none_of_it(city: SmallCity) -> None:
    report("base", DAY, city.two, city.users["clerk_two"], city.users["reviewer"], X01=30, X03=40)
    record = _annual(city, P08=50, P09=60)
    assert submit(record, city.users["secretary"]).status == ReturnStatus.SUBMITTED


def _conflicting(city: SmallCity) -> Return:
    """Both forms handed in before either saw the other, as two people at once can do it."""
    record = _annual(city, P08=50, P09=60)
    submit(record, city.users["clerk"])
    base = open_form("base", DAY, city.one)
    fill(base, city.users["clerk"], X01=30, X03=50)
    submit(base, city.users["clerk"])
    Value.objects.filter(return_record=base, indicator__code="X03").update(number=40)
    return record


def test_what_contradicts_another_form_is_not_approved(city: SmallCity) -> None:
    record = _conflicting(city)
    with pytest.raises(DomainError, match="《党组织与党员基本情况》") as refusal:
        approve(record, city.users["reviewer"])
    assert refusal.value.code == "conflict"
    record.refresh_from_db()
    assert record.status == ReturnStatus.SUBMITTED
    page = city.client("reviewer").get(f"/returns/{record.pk}/review/").content.decode()
    assert "两表不一致" in page
    assert "打开《党组织与党员基本情况》" in page


def test_a_contradiction_is_not_approved_among_many(city: SmallCity) -> None:
    record = _conflicting(city)
    review = get_reviews(records=[Return.objects.select_related("form", "period", "school").get(pk=record.pk)])
    assert not review[record.pk].is_plain


def test_the_city_does_not_read_members_out_of_a_contradiction(city: SmallCity) -> None:
    Indicator.objects.filter(code="P09").update(validation=[{"op": "le", "codes": ["X04"]}])
    _base(city, X03=40, X04=23)
    record = _annual(city, P08=10, P09=33)
    path = f"/returns/{record.pk}/"
    assert "（23" in city.client("clerk").get(path).content.decode()
    seen = city.client("city_staff").get(path).content.decode()
    assert "（23" not in seen
    assert "两表不一致" not in seen


def test_reviews_of_many_returns_cost_as_many_queries_as_one(city: SmallCity) -> None:
    _conflicting(city)
    other = open_form("annual", "2025", city.two)
    fill(other, city.users["clerk_two"])
    records = list(Return.objects.filter(form__code="annual").select_related("form", "period", "school"))

    def cost(rows: list[Return]) -> int:
        with CaptureQueriesContext(connection) as seen:
            get_reviews(records=rows)
        return len(seen)

    assert cost(records[:1]) == cost(records)


def test_a_review_calls_the_grade_of_last_time_by_its_word(city: SmallCity) -> None:
    report("annual", "2024", city.one, city.users["clerk"], city.users["reviewer"], X11="较好")
    record = _annual(city, X11="好")
    submit(record, city.users["clerk"])
    page = city.client("reviewer").get(f"/returns/{record.pk}/review/").content.decode()
    row = page.split('id="review-X11"')[1].split("</tr>")[0]
    assert 'data-label="上期">较好<' in row
    assert "<strong>好</strong>" in row


def test_secretaries_are_held_against_those_who_meet_the_standard(city: SmallCity) -> None:
    """A school that names fewer secretaries than its register confirms would stand above 100 %."""
    leaders = build_leaders(city)
    leaders.confirmed(leaders.one, on=date(2025, 11, 3))
    record = open_form("base", DAY, city.one)
    assert not fill(record, city.users["clerk"], X01=30, L01=0)
    path = f"/returns/{record.pk}/"
    page = city.client("clerk").get(path).content.decode()
    assert "与《双带头人认定台账》（截至 2025年12月31日）不一致" in page
    assert f"/leaders/posts/?state=meets&amp;school={city.one.code}" in page
    answer = city.client("clerk").post(f"{path}cells/L01/", {"L01": "0"}, headers={"HX-Request": "true"})
    assert "“党组织书记数”0 小于 “达标双带头人书记数”（1）" in answer.content.decode()
    with pytest.raises(DomainError) as refusal:
        submit(record, city.users["secretary"])
    assert list(refusal.value.extra["cells"]) == ["L01"]
    assert not fill(record, city.users["clerk"], L01=1)
    assert "两表不一致" not in city.client("clerk").get(path).content.decode()
    assert submit(record, city.users["secretary"]).status == ReturnStatus.SUBMITTED


def test_what_was_confirmed_after_the_day_or_for_another_school_does_not_count(city: SmallCity) -> None:
    leaders = build_leaders(city)
    leaders.confirmed(leaders.one, on=date(2026, 1, 5))
    leaders.confirmed(leaders.two, by="clerk_two", on=date(2025, 11, 3))
    record = open_form("base", DAY, city.one)
    fill(record, city.users["clerk"], X01=30, L01=0)
    assert submit(record, city.users["secretary"]).status == ReturnStatus.SUBMITTED


def test_the_register_costs_two_queries_however_many_returns(city: SmallCity) -> None:
    leaders = build_leaders(city)
    leaders.confirmed(leaders.one, on=date(2025, 11, 3))
    for school, clerk in ((city.one, "clerk"), (city.two, "clerk_two")):
        fill(open_form("base", DAY, school), city.users[clerk], X01=30, L01=0)
    records = list(Return.objects.filter(form__code="base").select_related("form", "period", "school"))

    def cost(rows: list[Return]) -> int:
        with CaptureQueriesContext(connection) as seen:
            get_reviews(records=rows)
        return len(seen)

    assert cost(records[:1]) == cost(records)
