"""One cell: its panel, its log and the way back, two people in it, what the portal knew, what is odd."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.workflow.errors import DomainError
from reports.collection.models import CellState, DuplicateReport, Form, FormField, Return, Value, ValueSource
from reports.collection.services.values import confirm_value, save_value, undo_value
from reports.indicators.models import Indicator
from tests.support.city import SmallCity, fill, open_form, report, submit
from tests.support.scoping import INSIDE_DISTRICT, INSIDE_SCHOOL, ask_anonymous, ask_everybody

HX = {"HX-Request": "true"}


def _given(city: SmallCity, record: Return, code: str, name: str = "clerk") -> dict[str, object]:
    return {"actor": city.users[name], "scope": city.scope(name), "return_id": record.pk, "code": code}


def _number(record: Return, code: str) -> Decimal | None:
    return Value.objects.get(return_record=record, indicator__code=code).number


def test_undo_goes_back_one_change_and_undoing_that_brings_it_again(city: SmallCity, draft: Return) -> None:
    given = _given(city, draft, "G01")
    save_value(**given, text="9")
    save_value(**given, text="7")
    undo_value(**given)
    assert _number(draft, "G01") == 9
    undo_value(**given)
    assert _number(draft, "G01") == 7


def test_undoing_the_first_value_empties_the_cell(city: SmallCity, draft: Return) -> None:
    save_value(**_given(city, draft, "G01"), text="9")
    undo_value(**_given(city, draft, "G01"))
    assert _number(draft, "G01") is None


def test_there_is_nothing_to_undo_in_an_untouched_or_locked_cell(city: SmallCity, draft: Return) -> None:
    with pytest.raises(DomainError) as refusal:
        undo_value(**_given(city, draft, "G01"))
    assert refusal.value.code == "nothing_to_undo"
    fill(draft, city.users["clerk"])
    submit(draft, city.users["clerk"])
    with pytest.raises(DomainError) as refusal:
        undo_value(**_given(city, draft, "G01"))
    assert refusal.value.code == "locked"


def test_undo_is_refused_where_the_old_value_no_longer_fits(city: SmallCity, draft: Return) -> None:
    save_value(**_given(city, draft, "G05D"), text="100")
    save_value(**_given(city, draft, "G05N"), text="90")
    save_value(**_given(city, draft, "G05N"), text="50")
    save_value(**_given(city, draft, "G05D"), text="60")
    with pytest.raises(DomainError, match="不能大于"):
        undo_value(**_given(city, draft, "G05N"))
    assert _number(draft, "G05N") == 50


def test_the_log_names_who_changed_what_and_what_the_portal_brought(city: SmallCity) -> None:
    report("base", "2025-09-30", city.one, city.users["clerk"], city.users["reviewer"], X01=40, X03=50, X04=40)
    record = open_form("base", "2025-12-31", city.one)
    client = city.client("clerk")
    client.get(f"/returns/{record.pk}/")
    save_value(**_given(city, record, "X03"), text="52")
    panel = client.get(f"/returns/{record.pk}/cells/X03/", headers=HX).content.decode()
    assert "平台带出 50" in panel
    assert f"{city.users['clerk']} 50 → 52" in panel
    assert "<html" not in panel
    row = client.get(f"/returns/{record.pk}/").content.decode()
    assert "为 50" in row, "both values are shown when the school changed what the portal knew"


def test_the_panel_shows_the_past_of_the_cell_as_a_picture(city: SmallCity) -> None:
    for quarter, number in (("2025Q3", 7), ("2025Q4", 8)):
        report("meeting", quarter, city.one, city.users["clerk"], city.users["reviewer"], G01=number)
    record = open_form("meeting", "2026Q1", city.one)
    page = city.client("clerk").get(f"/returns/{record.pk}/?cell=G01").content.decode()
    assert "<polyline" in page
    assert "近 2 期" in page
    assert "2025年三季度" in page


def test_who_opens_a_panel(city: SmallCity, draft: Return) -> None:
    for answer in ask_everybody(city, f"/returns/{draft.pk}/cells/G01/"):
        inside = answer.relation in INSIDE_SCHOOL
        outside = 403 if answer.relation in ("expired office", "no office") else 404
        assert answer.status == (302 if inside else outside), answer
    assert ask_anonymous(f"/returns/{draft.pk}/cells/G01/").status_code == 302
    assert city.client("clerk").get(f"/returns/{draft.pk}/cells/NONE/", headers=HX).status_code == 404


def test_the_rows_that_are_compared_come_along(city: SmallCity, draft: Return) -> None:
    client = city.client("clerk")
    answer = client.post(f"/returns/{draft.pk}/cells/G05D/", {"G05D": "100"}, headers=HX).content.decode()
    assert answer.index('id="row-G05D"') < answer.index('id="row-G05N"')
    assert 'id="row-G01"' not in answer
    refused = client.post(f"/returns/{draft.pk}/cells/G05N/", {"G05N": "131"}, headers=HX)
    assert refused.status_code == 422
    assert 'id="row-G05D"' not in refused.content.decode()


def test_two_in_one_cell_choose_one_of_the_two_values(city: SmallCity, draft: Return) -> None:
    save_value(**_given(city, draft, "G01", "secretary"), text="9")
    late = city.client("clerk").post(f"/returns/{draft.pk}/cells/G01/", {"G01": "7", "seen-G01": ""}, headers=HX)
    page = late.content.decode()
    assert late.status_code == 409
    assert "选用 9" in page
    assert "选用 7" in page
    again = city.client("clerk").post(f"/returns/{draft.pk}/cells/G01/", {"G01": "7", "seen-G01": "9"}, headers=HX)
    assert again.status_code == 200
    assert _number(draft, "G01") == 7


def test_saving_the_whole_page_leaves_a_colleagues_cells_alone(city: SmallCity, draft: Return) -> None:
    save_value(**_given(city, draft, "G01", "secretary"), text="9")
    stale = {"G01": "", "seen-G01": "", "G02": "8", "seen-G02": ""}
    assert city.client("clerk").post(f"/returns/{draft.pk}/save/", stale).status_code == 302
    assert (_number(draft, "G01"), _number(draft, "G02")) == (9, 8)
    both = {"G01": "5", "seen-G01": ""}
    refused = city.client("clerk").post(f"/returns/{draft.pk}/save/", both)
    assert refused.status_code == 422
    assert 'value="5"' in refused.content.decode()
    assert _number(draft, "G01") == 9


def test_a_stale_prefill_waits_until_somebody_says_that_it_still_holds(city: SmallCity, draft: Return) -> None:
    Value.objects.create(
        return_record=draft, indicator=Indicator.objects.get(code="G01"), number=9, source=ValueSource.RECORDS,
        known_number=9, known_label="台账", known_on=date(2025, 9, 30),
    )  # fmt: skip
    client = city.client("clerk")
    page = client.get(f"/returns/{draft.pk}/").content.decode()
    assert "数据已满 182 天" in page
    assert "仍然有效" in page
    confirm_value(**_given(city, draft, "G01"))
    page = client.get(f"/returns/{draft.pk}/").content.decode()
    assert "仍然有效" not in page
    assert CellState.objects.filter(return_record=draft).count() == 2


def test_confirming_without_scripts_saves_what_else_was_typed(city: SmallCity, draft: Return) -> None:
    Value.objects.create(
        return_record=draft, indicator=Indicator.objects.get(code="G01"), number=9, source=ValueSource.RECORDS,
        known_number=9, known_label="台账", known_on=date(2025, 9, 30),
    )  # fmt: skip
    posted = {"G01": "9", "seen-G01": "9", "G02": "8", "seen-G02": "", "confirm": "G01"}
    assert city.client("clerk").post(f"/returns/{draft.pk}/save/", posted).status_code == 302
    assert Value.objects.get(return_record=draft, indicator__code="G01").confirmed
    assert _number(draft, "G02") == 8


def test_odd_but_allowed_is_settled_by_a_remark(city: SmallCity, draft: Return) -> None:
    Indicator.objects.filter(code="G01").update(validation=[{"op": "le", "value": 20, "severity": "warn"}])
    client = city.client("clerk")
    row = client.post(f"/returns/{draft.pk}/cells/G01/", {"G01": "30"}, headers=HX)
    assert row.status_code == 200
    assert "请核对" in row.content.decode()
    assert _number(draft, "G01") == 30
    settled = client.post(
        f"/returns/{draft.pk}/cells/G01/", {"remark-G01": "补开了十次。"}, headers=HX
    ).content.decode()
    assert "s-check" not in settled
    assert _number(draft, "G01") == 30


def test_a_locked_form_says_who_can_open_it(city: SmallCity) -> None:
    record = report("meeting", "2026Q1", city.one, city.users["clerk"], city.users["reviewer"])
    page = city.client("clerk").get(f"/returns/{record.pk}/").content.decode()
    assert "区县教育工委可重新开放" in page
    assert "data-cell" not in page


def test_a_blocked_submission_lists_what_is_to_be_done(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G05D="", G05N="")
    answer = city.client("clerk").post(f"/returns/{draft.pk}/submit/", {"lock_version": "0"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "还有 2 格要办" in page
    assert 'href="#cell-G05D"' in page


def test_a_stale_submission_shows_what_changed(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"])
    submit(draft, city.users["secretary"])
    late = city.client("clerk").post(f"/returns/{draft.pk}/submit/", {"lock_version": "0"})
    assert late.status_code == 409
    assert f"{city.users['secretary']} 提交" in late.content.decode()


def test_a_school_says_what_it_has_already_reported(city: SmallCity, draft: Return) -> None:
    client = city.client("clerk")
    address = f"/returns/{draft.pk}/duplicate/"
    empty = client.post(address, {"indicator": "G01", "elsewhere": ""})
    assert empty.status_code == 422
    client.post(address, {"indicator": "G01", "elsewhere": "党员管理信息系统"})
    client.post(address, {"indicator": "G01", "elsewhere": "党员管理信息系统（全国）"})
    assert DuplicateReport.objects.get().elsewhere == "党员管理信息系统（全国）"
    assert "党员管理信息系统（全国）" in city.client("city_staff").get("/returns/duplicates/").content.decode()
    assert "党员管理信息系统" not in city.client("other_reviewer").get("/returns/duplicates/").content.decode()
    export = b"".join(city.client("city_staff").get("/returns/duplicates/?export=csv")).decode("utf-8-sig")
    assert "云台小学" in export


@pytest.mark.parametrize("path", ["/returns/duplicates/", "/returns/forms/"])
def test_who_reads_the_pages_of_the_city(city: SmallCity, path: str) -> None:
    for answer in ask_everybody(city, path):
        allowed = answer.relation in INSIDE_DISTRICT | {"other district"}
        assert answer.status == (200 if allowed else 403), answer


def test_only_the_school_reports_a_duplicate(city: SmallCity, draft: Return) -> None:
    for answer in ask_everybody(
        city, f"/returns/{draft.pk}/duplicate/", method="post", data={"indicator": "G01", "elsewhere": "别处"}
    ):
        if answer.relation in ("own", "own secretary"):
            assert answer.status == 302, answer
        elif answer.relation in INSIDE_SCHOOL | {"expired office", "no office"}:
            assert answer.status == 403, answer
        else:
            assert answer.status == 404, answer


def test_a_form_of_40_cells_costs_as_many_queries_as_one_of_6(city: SmallCity) -> None:
    form = Form.objects.get(code="term")
    record = open_form("term", _a_period_of(form), city.one)
    client = city.client("clerk")

    def cost() -> int:
        client.get(f"/returns/{record.pk}/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/returns/{record.pk}/").status_code == 200
        return len(seen)

    section = form.sections.get(order=1)
    # Two that are compared with another form and one that is with a register, as there are among the 40.
    for at, linked in enumerate(Indicator.objects.filter(code__in=["P07", "P08", "L01"])):
        FormField.objects.create(form=form, section=section, indicator=linked, order=98 + at)
    assert form.fields.count() == 6
    few = cost()
    known = set(form.fields.values_list("indicator_id", flat=True))
    more = Indicator.objects.filter(origin="reported").exclude(pk__in=known)[: 40 - len(known)]
    FormField.objects.bulk_create(
        FormField(form=form, section=section, indicator=row, order=100 + at) for at, row in enumerate(more)
    )
    assert form.fields.count() == 40
    fill(record, city.users["clerk"])
    assert cost() == few


def _a_period_of(form: Form) -> str:
    from reports.collection.services.opening import collects
    from reports.indicators.models import Period

    return next(p.code for p in Period.objects.filter(kind=form.period_kind).order_by("end") if collects(form, p))
