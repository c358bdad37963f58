"""Download, edit, import, confirm: the figures that were typed in Excel stand in the return."""

import io
from decimal import Decimal
from importlib import import_module

import openpyxl
from django.db import connection
from django.test import Client

from reports.collection.models import BatchStatus, CellState, ImportBatch, Return, Value
from reports.collection.selectors.workbooks import list_changes
from reports.collection.services.values import undo_value
from reports.indicators.models import Indicator, Period
from tests.support.city import SmallCity, fill, make_school, open_form, submit
from tests.support.workbooks import (
    SHEET,
    download,
    problems_of,
    school_row,
    set_cell,
    set_school_cell,
    stored,
    upload,
    upload_batch,
)


def _client(city: SmallCity, name: str) -> Client:
    client = Client()
    client.force_login(city.users[name])
    return client


def _urls(record: Return) -> tuple[str, str]:
    return f"/returns/{record.pk}/workbook/", f"/returns/{record.pk}/import/"


DISTRICT = "/returns/workbooks/meeting/2026Q1/500238/"


def test_a_school_fills_its_form_in_excel(city: SmallCity, draft: Return) -> None:
    client = _client(city, "clerk")
    get, put = _urls(draft)
    book = download(client, get)
    assert book[SHEET]["A1"].value == "组织生活与整改季报　2026年一季度"
    assert book[SHEET]["B5"].value == "5002380001"
    set_cell(book, "G01", 7)
    set_cell(book, "G05D", "１，２００")
    set_cell(book, "G05N", "1,150")
    set_cell(book, "X18", "≥30")
    batch = upload_batch(client, put, book)
    assert (batch.status, batch.school_count, len(batch.changes["c"])) == (BatchStatus.READY, 1, 4)
    assert stored(draft).get("G01") is None, "nothing is written before confirming"
    page = client.get(f"/returns/imports/{batch.pk}/").content.decode()
    assert "将写入 4 格" in page
    done = client.post(f"/returns/imports/{batch.pk}/confirm/", follow=True)
    assert "已写入 4 格" in done.content.decode()
    assert {code: stored(draft)[code] for code in ("G01", "G05D", "G05N", "X18")} == {
        "G01": 7, "G05D": 1200, "G05N": 1150, "X18": 30,
    }  # fmt: skip
    value = Value.objects.get(return_record=draft, indicator__code="X18")
    assert (value.source, value.qualifier, value.updated_by) == ("imported", 1, city.users["clerk"])
    assert client.get(f"/returns/{draft.pk}/").content.decode().count("Excel 导入") == 4


def test_an_import_stands_in_the_change_log_and_can_be_undone(city: SmallCity, draft: Return) -> None:
    Value.objects.create(return_record=draft, indicator=Indicator.objects.get(code="G01"), number=9, source="carried")
    client = _client(city, "clerk")
    get, put = _urls(draft)
    book = download(client, get)
    set_cell(book, "G01", 7)
    set_cell(book, "G02", 5)
    batch = upload_batch(client, put, book)
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    log = CellState.objects.filter(return_record=draft).values_list("indicator__code", "number", "source", "actor")
    clerk = city.users["clerk"].pk
    assert sorted(log) == [("G01", 7, "imported", clerk), ("G01", 9, "carried", None), ("G02", 5, "imported", clerk)]
    assert [number for code, number, *_ in log if code == "G01"] == [9, 7], "what it was stands before what it became"
    undo_value(actor=city.users["clerk"], scope=city.scope("clerk"), return_id=draft.pk, code="G01")
    assert stored(draft)["G01"] == 9


def test_uploads_of_the_version_before_can_still_be_confirmed(city: SmallCity, draft: Return) -> None:
    """Their changes were kept as objects; the migration leads to columns and back."""
    client = _client(city, "clerk")
    get, put = _urls(draft)
    fill(draft, city.users["clerk"], G01=9, G02=8)
    book = download(client, get)
    set_cell(book, "G01", "≥30")
    set_cell(book, "G02", None)
    batch = upload_batch(client, put, book)
    migration = import_module("reports.collection.migrations.0010_import_changes_in_columns")
    columns, preview = batch.changes, list_changes(batch)
    with connection.cursor() as cursor:
        cursor.execute(migration.TO_OBJECTS)
        batch.refresh_from_db()
        assert [row.get("n") for row in batch.changes] == ["30", None]
        cursor.execute(migration.TO_COLUMNS)
    batch.refresh_from_db()
    assert batch.changes == columns
    assert list_changes(batch) == preview
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert (stored(draft)["G01"], stored(draft)["G02"]) == (30, None)


def test_an_untouched_file_changes_nothing_and_says_so(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G05D=100, G05N=90, X18="约12")
    client = _client(city, "clerk")
    get, put = _urls(draft)
    response = upload(client, put, download(client, get))
    assert response.status_code == 422
    assert "完全相同" in response.content.decode()
    assert not ImportBatch.objects.exists()


def test_the_filled_file_shows_values_remarks_and_the_period_before(city: SmallCity, draft: Return) -> None:
    before = open_form("meeting", "2025Q4", city.one)
    fill(before, city.users["clerk"], G01=9)
    fill(draft, city.users["clerk"], G01=11)
    sheet = download(_client(city, "clerk"), _urls(draft)[0])[SHEET]
    row = school_row(sheet, "G01")
    assert [sheet.cell(row, column).value for column in (5, 6)] == [9, 11]
    assert sheet.cell(row, 6).protection.locked is False
    assert sheet.cell(row, 1).protection.locked is True


def test_a_missing_value_is_explained_in_the_file(city: SmallCity, draft: Return) -> None:
    client = _client(city, "clerk")
    get, put = _urls(draft)
    book = download(client, get)
    sheet = book[SHEET]
    sheet.cell(school_row(sheet, "G02"), 7).value = "台账在装修中遗失，正在补。"
    batch = upload_batch(client, put, book)
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    value = Value.objects.get(return_record=draft, indicator__code="G02")
    assert (value.number, value.remark) == (None, "台账在装修中遗失，正在补。")


def test_clearing_a_cell_clears_the_value_and_is_shown_first(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G01=9)
    client = _client(city, "clerk")
    get, put = _urls(draft)
    book = download(client, get)
    set_cell(book, "G02", 5)
    set_cell(book, "G01", None)
    batch = upload_batch(client, put, book)
    page = client.get(f"/returns/imports/{batch.pk}/").content.decode()
    assert "清空 1" in page
    changes = page[page.index('id="changes"') :]
    assert changes.index("G01") < changes.index("G02")
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert (stored(draft)["G01"], stored(draft)["G02"]) == (None, 5)


def test_lines_and_columns_may_be_put_in_another_order(city: SmallCity, draft: Return) -> None:
    client = _client(city, "clerk")
    get, put = _urls(draft)
    book = download(client, get)
    set_cell(book, "G01", 7)
    set_cell(book, "X19", 3)
    sheet = book[SHEET]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=7)]
    sheet.delete_rows(7, len(lines))
    head, *body = [[line[5], *line[:5], line[6]] for line in lines]
    for line in [head, *reversed(body)]:
        sheet.append(line)
    batch = upload_batch(client, put, book)
    assert batch.status == BatchStatus.READY, batch.problems
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert (stored(draft)["G01"], stored(draft)["X19"]) == (7, 3)


def test_the_same_checks_as_on_the_page(city: SmallCity, draft: Return) -> None:
    """实到 above 应到 is refused at the cell; both raised in one file do not get in each other's way."""
    client = _client(city, "clerk")
    get, put = _urls(draft)
    book = download(client, get)
    set_cell(book, "G05D", 100)
    cell = set_cell(book, "G05N", 120)
    batch = upload_batch(client, put, book)
    assert batch.status == BatchStatus.REFUSED
    assert "不能大于" in problems_of(batch)[cell]
    refused = client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert refused.status_code == 409
    assert "G05D" not in stored(draft)
    set_cell(book, "G05D", 130)
    batch = upload_batch(client, put, book)
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert (stored(draft)["G05D"], stored(draft)["G05N"]) == (130, 120)


def test_a_value_is_compared_with_the_stored_ones_too(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G05D=100, G05N=90)
    client = _client(city, "clerk")
    get, put = _urls(draft)
    book = download(client, get)
    cell = set_cell(book, "G05D", 80)
    assert "不能大于" in problems_of(upload_batch(client, put, book))[cell]


def test_a_district_fills_one_line_per_school(city: SmallCity, draft: Return) -> None:
    two = Return.objects.get(form=draft.form, period=draft.period, school=city.two)
    client = _client(city, "reviewer")
    book = download(client, DISTRICT)
    assert {row[0].value for row in book[SHEET].iter_rows(min_row=10)} == {"5002380001", "5002380002"}
    set_school_cell(book, "5002380001", "G01", 7)
    set_school_cell(book, "5002380002", "G01", "8")
    batch = upload_batch(client, f"{DISTRICT}import/", book)
    assert (batch.status, batch.school_count) == (BatchStatus.READY, 2)
    page = client.get(f"/returns/imports/{batch.pk}/").content.decode()
    assert "云台小学" in page
    assert "城厢中学" in page
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert (stored(draft)["G01"], stored(two)["G01"]) == (7, 8)
    draft.refresh_from_db()
    assert draft.status == "draft", "importing does not submit"


def test_the_district_file_exports_what_the_schools_have_filled(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G01=9)
    submit(draft, city.users["clerk"])
    client = _client(city, "reviewer")
    book = download(client, DISTRICT)
    sheet = book[SHEET]
    row = school_row(sheet, "5002380001")
    assert (sheet.cell(row, 3).value, sheet.cell(row, 4).value) == ("待县级审核", 9)
    assert sheet.cell(row, 4).protection.locked is True
    set_school_cell(book, "5002380002", "G01", 4)
    batch = upload_batch(client, f"{DISTRICT}import/", book)
    assert (batch.status, batch.school_count) == (BatchStatus.READY, 1), "an unchanged locked line is no obstacle"


def test_a_line_may_be_left_out(city: SmallCity, draft: Return) -> None:
    client = _client(city, "reviewer")
    book = download(client, DISTRICT)
    sheet = book[SHEET]
    sheet.delete_rows(school_row(sheet, "5002380002"))
    set_school_cell(book, "5002380001", "G01", 7)
    batch = upload_batch(client, f"{DISTRICT}import/", book)
    assert batch.status == BatchStatus.READY
    assert any("1 所学校" in notice for notice in batch.notices)


def test_a_text_is_never_a_formula(city: SmallCity) -> None:
    school = make_school("5002380009", '=HYPERLINK("http://x","y")', city.wuxi)
    open_form("meeting", "2026Q1", school)
    content = _client(city, "reviewer").get(DISTRICT).content
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEET]
    cell = sheet.cell(school_row(sheet, "5002380009"), 2)
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x","y")')


def test_grades_are_chosen_by_their_word(city: SmallCity) -> None:
    graded = Indicator.objects.filter(origin="reported").exclude(choices=[]).first()
    assert graded is not None
    form = graded.form_fields.get().form
    period = Period.objects.filter(kind=form.period_kind, end__year=2025).last()
    record = open_form(form.code, period.code, city.one)
    client = _client(city, "clerk")
    get, put = _urls(record)
    book = download(client, get)
    best = graded.choices[0]
    set_cell(book, graded.code, best["label"])
    batch = upload_batch(client, put, book)
    client.post(f"/returns/imports/{batch.pk}/confirm/")
    assert stored(record)[graded.code] == Decimal(best["value"])
    book = download(client, get)
    cell = set_cell(book, graded.code, "特别好")
    assert "只能选" in problems_of(upload_batch(client, put, book))[cell]
