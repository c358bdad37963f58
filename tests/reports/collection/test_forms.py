"""The shipped forms: they collect everything that is reported, from those who owe it, in their window."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client

from portal.workflow.errors import DomainError
from reports.collection.models import Form, FormField, Return
from reports.collection.services.forms import load_forms
from reports.collection.services.opening import collects, open_due_returns, open_returns, window
from reports.indicators.models import Indicator, Origin, Period
from schools.registry.models import Ownership, SchoolKind
from tests.support.city import SmallCity, make_school, open_form


def test_every_reported_indicator_is_collected_exactly_once(db: None) -> None:
    collected = list(
        FormField.objects.filter(indicator__origin=Origin.REPORTED).values_list("indicator__code", flat=True)
    )
    assert sorted(collected) == sorted(Indicator.objects.filter(origin=Origin.REPORTED).values_list("code", flat=True))


def test_a_form_collects_in_the_period_of_its_indicators(db: None) -> None:
    wrong = [
        f"{row.form.code} {row.indicator.code}"
        for row in FormField.objects.select_related("form", "indicator")
        if row.form.period_kind != row.indicator.period_kind
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("field", "asked", "answer"),
    [("kinds", [SchoolKind.COMPLETE], {"城厢中学", "聚奎中学"}), ("ownerships", [Ownership.PRIVATE], {"民办小学"})],
)
def test_only_the_audience_gets_a_return(city: SmallCity, field: str, asked: list[str], answer: set[str]) -> None:
    make_school("5002380009", "民办小学", city.wuxi, ownership=Ownership.PRIVATE)
    Form.objects.filter(code="meeting").update(**{field: asked})
    form, period = Form.objects.get(code="meeting"), Period.objects.get(code="2026Q1")
    open_returns(form=form, period=period)
    assert {r.school.name for r in Return.objects.filter(form=form, period=period)} == answer


def test_the_window_opens_is_due_and_closes(city: SmallCity) -> None:
    form, period = Form.objects.get(code="meeting"), Period.objects.get(code="2026Q1")
    assert window(form, period) == (date(2026, 4, 1), date(2026, 4, 15), date(2026, 4, 25))
    assert (
        open_due_returns(today=date(2026, 3, 31)) == 0 or not Return.objects.filter(form=form, period=period).exists()
    )
    open_due_returns(today=date(2026, 4, 1))
    record = Return.objects.get(form=form, period=period, school=city.one)
    assert (record.opens_on, record.due_on, record.closes_on) == window(form, period)


def test_a_school_that_joins_late_gets_its_return_while_the_window_is_open(city: SmallCity) -> None:
    open_due_returns(today=date(2026, 4, 2))
    late = make_school("5002380010", "后办小学", city.wuxi)
    open_due_returns(today=date(2026, 4, 26))
    assert not Return.objects.filter(school=late, period__code="2026Q1").exists()
    open_due_returns(today=date(2026, 4, 25))
    assert Return.objects.filter(school=late, period__code="2026Q1", form__code="meeting").exists()


def test_before_it_opens_nothing_can_be_filled(city: SmallCity) -> None:
    record = open_form("meeting", "2026Q1", city.one)
    today = date.today()
    Return.objects.filter(pk=record.pk).update(opens_on=today + timedelta(days=2), closes_on=today + timedelta(days=9))
    client = Client()
    client.force_login(city.users["clerk"])
    page = client.get(f"/returns/{record.pk}/").content.decode()
    assert "还没有开放填报" in page
    assert "data-cell" not in page


def test_an_as_of_form_is_filled_in_its_months_only(db: None) -> None:
    form = Form.objects.get(code="ledger")
    months = {p.end.month for p in Period.objects.filter(kind=form.period_kind) if collects(form, p)}
    assert months == {6, 12}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[x]\ntitle="x"\nkind="Q"\nopen=1\ndue=2\nlate=3\nminutes=1\nsections=[{title="a",fields=["NONE"]}]', "NONE"),
        (
            '[x]\ntitle="x"\nkind="Q"\nopen=1\ndue=2\nlate=3\nminutes=1\nsections=[{title="a",fields=["G01","G01"]}]',
            "G01",
        ),
    ],
)
def test_a_broken_form_is_refused_with_the_code_named(db: None, tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "forms.toml"
    path.write_text(text, encoding="utf-8")
    before = FormField.objects.count()
    with pytest.raises(DomainError) as refusal:
        load_forms(path)
    assert named in refusal.value.message
    assert FormField.objects.count() == before


def test_loading_twice_changes_nothing(db: None) -> None:
    before = list(FormField.objects.order_by("pk").values_list("pk", "order", "required"))
    load_forms()
    assert list(FormField.objects.order_by("pk").values_list("pk", "order", "required")) == before


def test_the_city_reads_the_forms_with_their_windows_and_counts(city: SmallCity) -> None:
    open_form("meeting", "2026Q1", city.one)
    client = Client()
    client.force_login(city.users["city_staff"])
    page = client.get("/returns/forms/").content.decode()
    for title in Form.objects.values_list("title", flat=True):
        assert title in page
    assert "2026年一季度" in page
    assert "0/3" in page
    assert "/returns/forms/" in client.get("/returns/").content.decode()
    client.force_login(city.users["reviewer"])
    assert "/returns/forms/" not in client.get("/returns/").content.decode()
    assert "0/2" in client.get("/returns/forms/").content.decode()


def test_the_forms_are_exported_with_a_row_for_each_cell(city: SmallCity) -> None:
    text = b"".join(city.client("city_staff").get("/returns/forms/", {"export": "csv"})).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["代码"] for row in rows] == list(
        FormField.objects.order_by("form__order", "order").values_list("indicator__code", flat=True)
    )
    ways = {row["代码"]: row["填法"] for row in rows}
    assert (ways["X06"], ways["X01"]) == ("自动计算", "必填，缺数要说明")
    assert "选填" in ways.values()
    sheet = city.client("reviewer").get("/returns/forms/", {"export": "xlsx"})
    assert sheet["Content-Disposition"].endswith(".xlsx")
    assert city.client("clerk").get("/returns/forms/", {"export": "csv"}).status_code == 403
