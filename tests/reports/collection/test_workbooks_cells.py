"""What people (and Excel) put into cells: each mistake is named with its cell, and keeps the whole file out."""

import datetime
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openpyxl
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.workflow.errors import DomainError
from reports.collection.models import BatchStatus, ImportBatch, Return, Value
from reports.collection.selectors.workbooks import list_changes
from reports.collection.services.workbooks import prepare_import
from tests.support.city import SmallCity, make_school, open_form
from tests.support.workbooks import (
    SHEET,
    as_bytes,
    download,
    problems_of,
    rewrite,
    school_row,
    set_cell,
    set_school_cell,
    stored,
    upload,
    upload_batch,
)

DISTRICT = "/returns/workbooks/meeting/2026Q1/500238/"


@pytest.fixture
def clerk(city: SmallCity) -> Client:
    client = Client()
    client.force_login(city.users["clerk"])
    return client


@pytest.fixture
def reviewer(city: SmallCity) -> Client:
    client = Client()
    client.force_login(city.users["reviewer"])
    return client


def school_file(clerk: Client, draft: Return) -> openpyxl.Workbook:
    return download(clerk, f"/returns/{draft.pk}/workbook/")


def bring(clerk: Client, draft: Return, book: Any) -> ImportBatch:
    return upload_batch(clerk, f"/returns/{draft.pk}/import/", book)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("１２３", 123),
        ("1,234", 1234),
        ("１，２３４", 1234),
        ("126", 126),
        (" 7 次", 7),
        (7.0, 7),
        (True is False, None),
    ],
)
def test_ways_to_write_a_number(clerk: Client, draft: Return, value: Any, number: int | None) -> None:
    book = school_file(clerk, draft)
    cell = set_cell(book, "G01", value)
    batch = bring(clerk, draft, book)
    if number is None:
        assert "TRUE/FALSE" in problems_of(batch)[cell]
        return
    clerk.post(f"/returns/imports/{batch.pk}/confirm/")
    assert stored(draft)["G01"] == number


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("九次", "不是数"),
        (3.5, "整数"),
        (-1, "不能小于"),
        (1e15, "太大"),
        (12345678901234567, "太大"),
        (datetime.date(2026, 1, 1), "日期"),
        (datetime.time(9, 30), "日期或时间"),
        ("NaN", "不是数"),
        ("inf", "不是数"),
        (True, "TRUE/FALSE"),
        ("=SUM(1,2)", "公式"),
        ("1.2.3", "不是数"),
        ("1 2,3", "不是数"),
    ],
)
def test_a_cell_that_is_no_value_is_named(clerk: Client, draft: Return, value: Any, words: str) -> None:
    book = school_file(clerk, draft)
    set_cell(book, "G02", 5)
    cell = set_cell(book, "G01", value)
    batch = bring(clerk, draft, book)
    assert batch.status == BatchStatus.REFUSED
    assert words in problems_of(batch)[cell]
    page = clerk.get(f"/returns/imports/{batch.pk}/").content.decode()
    assert cell in page
    assert words in page
    assert clerk.post(f"/returns/imports/{batch.pk}/confirm/").status_code == 409
    assert "G02" not in stored(draft), "all or nothing"


@pytest.mark.parametrize("content", ["INF", "NaN", "1e999", "-1e999"])
def test_a_number_that_is_not_finite(clerk: Client, draft: Return, content: str) -> None:
    book = school_file(clerk, draft)
    cell = set_cell(book, "G01", 987)
    edited = rewrite(as_bytes(book), lambda n, c: c.replace(b"<v>987</v>", f"<v>{content}</v>".encode()))
    response = upload(clerk, f"/returns/{draft.pk}/import/", edited)
    if response.status_code == 302:
        assert cell in problems_of(ImportBatch.objects.get())
    else:
        assert response.status_code == 422


def test_an_error_cell_is_not_empty(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    cell = set_cell(book, "G01", "#REF!")
    book[SHEET][cell].data_type = "e"
    assert "#REF!" in problems_of(bring(clerk, draft, book))[cell]


def test_a_formula_with_its_result_is_a_number(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    set_cell(book, "G01", "=3+4")
    calculated = rewrite(
        as_bytes(book),
        lambda n, c: c.replace(b"<f>3+4</f><v></v>", b"<f>3+4</f><v>7</v>").replace(
            b"<f>3+4</f><v />", b"<f>3+4</f><v>7</v>"
        ),
    )
    batch = bring(clerk, draft, calculated)
    clerk.post(f"/returns/imports/{batch.pk}/confirm/")
    assert stored(draft)["G01"] == 7


def test_merged_cells_are_named(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    sheet = book[SHEET]
    row = school_row(sheet, "G01")
    sheet.merge_cells(start_row=row, end_row=row + 1, start_column=6, end_column=6)
    assert f"F{row}:F{row + 1} 是合并单元格" in problems_of(bring(clerk, draft, book))[f"F{row}"]


def test_a_merge_above_the_table_is_nobodys_concern(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    set_cell(book, "G01", 7)
    book[SHEET].merge_cells("A1:G1")
    assert bring(clerk, draft, book).status == BatchStatus.READY


def test_a_missing_line_is_named(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    book[SHEET].delete_rows(school_row(book[SHEET], "G02"))
    (message,) = problems_of(bring(clerk, draft, book)).values()
    assert "缺少指标行：G02" in message


def test_a_line_twice_is_named(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    book[SHEET].append(["G02", "", "", "", "", 5, ""])
    assert any("G02 出现了两次" in message for message in problems_of(bring(clerk, draft, book)).values())


def test_an_extra_line_is_noted_and_left_aside(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    set_cell(book, "G01", 7)
    book[SHEET].append(["Z99", "", "", "", "", 5, ""])
    batch = bring(clerk, draft, book)
    assert batch.status == BatchStatus.READY
    assert any("Z99" in notice for notice in batch.notices)


def test_what_was_left_aside_is_said_even_when_nothing_else_changes(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    book[SHEET].append(["Z99", "", "", "", "", 5, ""])
    words = upload(clerk, f"/returns/{draft.pk}/import/", as_bytes(book)).content.decode()
    assert "没有要导入的内容" in words
    assert "Z99" in words


def test_a_fault_that_reading_finds_names_the_school(reviewer: Client, draft: Return, city: SmallCity) -> None:
    book = download(reviewer, DISTRICT)
    set_school_cell(book, city.one.code, "G01", "=1+")
    batch = upload_batch(reviewer, f"{DISTRICT}import/", book)
    assert {problem["school"] for problem in batch.problems} == {city.one.name}


@pytest.mark.parametrize(
    ("cell", "value", "words"),
    [
        ("B3", "base", "报表是 base，这里要的是 meeting"),
        ("B4", "2025Q4", "时期是 2025Q4，这里要的是 2026Q1"),
        ("B5", "5002380002", "学校是 5002380002"),
        ("B5", None, "没有写明学校代码"),
        ("B5", "99999", "学校是 99999"),
    ],
)
def test_a_file_of_something_else(clerk: Client, draft: Return, cell: str, value: Any, words: str) -> None:
    book = school_file(clerk, draft)
    set_cell(book, "G01", 7)
    book[SHEET][cell] = value
    batch = bring(clerk, draft, book)
    assert batch.status == BatchStatus.REFUSED
    assert words in problems_of(batch)[cell]
    assert batch.changes == {}


def test_a_code_that_excel_turned_into_a_number_is_understood(clerk: Client, draft: Return) -> None:
    book = school_file(clerk, draft)
    set_cell(book, "G01", 7)
    book[SHEET]["B5"] = 5002380001
    assert bring(clerk, draft, book).status == BatchStatus.READY


def test_the_district_file_on_the_school_page_and_the_other_way_round(
    clerk: Client, reviewer: Client, draft: Return
) -> None:
    whole = download(reviewer, DISTRICT)
    assert "全区县的汇总表" in next(iter(problems_of(bring(clerk, draft, whole)).values()))
    single = upload_batch(reviewer, f"{DISTRICT}import/", school_file(clerk, draft))
    assert "一所学校的填报表" in next(iter(problems_of(single).values()))


def _twice(book: openpyxl.Workbook) -> str:
    sheet = book[SHEET]
    sheet.append([cell.value for cell in sheet[school_row(sheet, "5002380001")]])
    return f"A{sheet.max_row}"


def _line(code: Any) -> Callable[[openpyxl.Workbook], str]:
    def add(book: openpyxl.Workbook) -> str:
        book[SHEET].append([code, "某校", "", 5])
        return f"A{book[SHEET].max_row}"

    return add


def _head(old: str, new: Any) -> Callable[[openpyxl.Workbook], str]:
    def change(book: openpyxl.Workbook) -> str:
        next(cell for cell in book[SHEET][9] if cell.value == old).value = new
        return ""

    return change


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_twice, "出现了两次"),
        (_line("5009999999"), "不在本区县"),
        (_line("5001160001"), "不在本区县"),
        (_line(None), "没有学校代码"),
        (_line(12345678901234567), "末几位已经丢失"),
        (_head("G02", "G01"), "出现在两列"),
        (_head("G02", "备注"), "缺少指标列：G02"),
        (_head("G02", None), "缺少指标列：G02"),
    ],
)
def test_lines_and_columns_of_a_district(
    city: SmallCity, reviewer: Client, draft: Return, edit: Callable[[openpyxl.Workbook], str], words: str
) -> None:
    open_form("meeting", "2026Q1", city.other)
    book = download(reviewer, DISTRICT)
    set_school_cell(book, "5002380001", "G01", 7)
    cell = edit(book)
    batch = upload_batch(reviewer, f"{DISTRICT}import/", book)
    assert batch.status == BatchStatus.REFUSED
    found = problems_of(batch)
    assert any(words in message for message in found.values()), found
    if cell:
        assert words in found[cell]
    assert "聚奎" not in str(batch.problems)


def test_a_school_that_stands_twice_is_called_by_its_name(reviewer: Client, draft: Return) -> None:
    book = download(reviewer, DISTRICT)
    cell = _twice(book)
    batch = upload_batch(reviewer, f"{DISTRICT}import/", book)
    found = {problem["cell"]: problem["school"] for problem in batch.problems if "出现了两次" in problem["message"]}
    assert found == {cell: "云台小学"}


def test_columns_may_stand_in_another_order_and_others_beside_them(
    city: SmallCity, reviewer: Client, draft: Return
) -> None:
    book = download(reviewer, DISTRICT)
    sheet = book[SHEET]
    set_school_cell(book, "5002380001", "G01", 7)
    sheet.insert_cols(4)
    sheet["D9"], sheet["D10"] = "我的备注", "已电话核实"
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=9)]
    sheet.delete_rows(9, len(lines))
    for line in lines:
        sheet.append([line[0], *reversed(line[1:])])
    batch = upload_batch(reviewer, f"{DISTRICT}import/", book)
    assert batch.status == BatchStatus.READY, batch.problems
    assert any("我的备注" in notice for notice in batch.notices)
    reviewer.post(f"/returns/imports/{batch.pk}/confirm/")
    assert stored(draft)["G01"] == 7


def test_many_problems_are_paged_counted_and_exported(city: SmallCity, reviewer: Client, draft: Return) -> None:
    for number in range(12):
        make_school(f"50023870{number:02d}", f"山村{number}小学", city.wuxi)
    open_form("meeting", "2026Q1", city.one)
    book = download(reviewer, DISTRICT)
    for row in book[SHEET].iter_rows(min_row=10):
        for cell in row[3:8]:
            cell.value = "很多"
    batch = upload_batch(reviewer, f"{DISTRICT}import/", book)
    assert batch.problem_count == 14 * 5
    page = reviewer.get(f"/returns/imports/{batch.pk}/").content.decode()
    assert "有 70 处要改" in page
    assert "第 1—50 条" in page
    assert "第 51—70 条" in reviewer.get(f"/returns/imports/{batch.pk}/?problems=2").content.decode()
    listed = download(reviewer, f"/returns/imports/{batch.pk}/problems/").worksheets[0]
    assert listed.max_row == 2 + 70
    assert listed.cell(3, 2).value == "D10"


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.datetimes(),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=60), st.sampled_from(["", "—", "≥30", "约5", "1,2", "_x0000_", "=1", "'7"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CELLS, min_size=12, max_size=12))
def test_whatever_stands_in_the_cells(city: SmallCity, draft: Return, values: list[Any]) -> None:
    """Any content: a batch that names cells or shows changes, or a sentence; nothing is written before confirming."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    for row in (
        ["报表代码", "meeting"],
        ["时期代码", "2026Q1"],
        ["填报学校", "5002380001"],
        ["指标代码", "本期数", "说明"],
    ):
        sheet.append(row)
    codes = draft.form.fields.order_by("order").values_list("indicator__code", flat=True)
    for code, value in zip(codes, values, strict=False):
        sheet.append([code])
        with suppress(ValueError, openpyxl.utils.exceptions.IllegalCharacterError):
            sheet.cell(sheet.max_row, 2).value = value
            sheet.cell(sheet.max_row, 3).value = str(value)
    try:
        batch = prepare_import(
            actor=city.users["clerk"], scope=city.scope("clerk"), form=draft.form, period=draft.period,
            school=city.one, data=as_bytes(book), filename="x.xlsx",
        )  # fmt: skip
    except DomainError as error:
        said = error.message
    else:
        said = batch.problems or list_changes(batch)
    assert said
    assert not Value.objects.filter(return_record=draft, source="imported").exists()
