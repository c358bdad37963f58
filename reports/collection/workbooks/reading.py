"""Bytes → Book: what the workbook says. Knows the layout, not the database; what is true is asked in planning."""

from typing import Any

from django.utils.translation import gettext as _

from portal.workbooks.cells import EXACT_BELOW, Rows, cell_name, clean, column_name, filled_rows, position
from portal.workbooks.markup import Markup
from portal.workbooks.opening import Sheet, open_sheet
from portal.workflow.errors import DomainError

from . import layout
from .layout import Book, Line, Located, Problem

# Fewer blank lines than this are nobody's concern.
QUIET_BLANKS = 50
MOST_MERGES_NAMED = 20


def read_workbook(data: bytes) -> Book:
    """Read an upload into a Book: form, period, unit, and per school what stands in its cells.

    Raises DomainError `file_…` with a sentence in Chinese when the file as a whole cannot be read; everything that is
    wrong with single cells is collected in `problems`, what was left aside in `notices`. No database.
    """
    opened = open_sheet(data, named=layout.SHEET)
    book = _find_table(opened.name, opened.rows)
    _name_merged(book, opened.merged)
    _name_hidden_faults(book, opened.markup)
    _note_the_rest(book, opened)
    return book


def _find_table(sheet: str, rows: Rows) -> Book:
    labels: dict[str, Located] = {}
    for number, row in enumerate(rows[: layout.SEARCHED_ROWS]):
        words = [clean(value) if value != "" else "" for value in row]
        if layout.CODE in words and layout.NOW in words:
            return _read_school(sheet, rows, number, words, labels)
        if layout.SCHOOL_CODE in words and len([word for word in words if word]) > 1:
            return _read_district(sheet, rows, number, words, labels)
        for column, word in enumerate(words[:-1]):
            if word in (layout.FORM, layout.PERIOD, layout.SCHOOL, layout.DISTRICT):
                labels.setdefault(word, Located(words[column + 1], cell_name(number, column + 1)))
    raise DomainError(
        "file_layout",
        _("“%(sheet)s”工作表里没有找到表头（%(school)s 或 %(code)s 一行）。请用从平台下载的模板填写。")
        % {"sheet": sheet[:40], "school": layout.SCHOOL_CODE, "code": layout.CODE},
    )


def _book(sheet: str, labels: dict[str, Located], is_district: bool) -> Book:
    unit = labels.get(layout.DISTRICT if is_district else layout.SCHOOL, Located())
    form, period = labels.get(layout.FORM, Located()), labels.get(layout.PERIOD, Located())
    return Book(sheet, form, period, unit, is_district, places={}, lines=[])


def _read_school(sheet: str, rows: Rows, head: int, words: list[str], labels: dict[str, Located]) -> Book:
    """One line per indicator, found by its code; the order of lines and columns does not matter."""
    book = _book(sheet, labels, is_district=False)
    code_at, now_at = words.index(layout.CODE), words.index(layout.NOW)
    remark_at = words.index(layout.REMARK) if layout.REMARK in words else None
    line = Line(school=labels.get(layout.SCHOOL, Located(cell="A1")), cells={})
    for number, row in filled_rows(rows, head + 1):
        code = clean(row[code_at]).upper()
        place = cell_name(number, now_at)
        if not code:
            if row[now_at] != "":
                book.problems.append(Problem(sheet, place, _("这一行没有指标代码，不知道是哪一格。")))
        elif code in book.places:
            message = _("%(code)s 出现了两次（%(first)s、%(second)s），请只留一行。")
            words_of = {"code": code[:20], "first": book.places[code], "second": place}
            book.problems.append(Problem(sheet, place, message % words_of))
        else:
            book.places[code] = place
            line.cells[code] = row[now_at]
            if remark_at is not None:
                line.remarks[code] = str(row[remark_at]).strip()
    book.lines.append(line)
    return book


def _read_district(sheet: str, rows: Rows, head: int, words: list[str], labels: dict[str, Located]) -> Book:
    """One line per school, columns found by the code in the head; their order does not matter."""
    book = _book(sheet, labels, is_district=True)
    at = words.index(layout.SCHOOL_CODE)
    columns: dict[str, int] = {}
    for column, word in enumerate(words):
        code = word.upper()
        if not code:
            _name_headless(book, rows, head, column)
        elif code in columns:
            message = _("%(code)s 出现在两列（%(first)s、%(second)s），请只留一列。")
            where = {"code": code[:20], "first": column_name(columns[code]), "second": column_name(column)}
            book.problems.append(Problem(sheet, cell_name(head, column), message % where))
        elif word not in layout.DISTRICT_HEAD:
            columns[code] = column
    book.places = {code: column_name(column) for code, column in columns.items()}
    for number, row in filled_rows(rows, head + 1):
        school = Located(_school_code(book, row[at], cell_name(number, at)), cell_name(number, at))
        book.lines.append(Line(school, {code: row[column] for code, column in columns.items()}, row=number + 1))
    return book


def _name_headless(book: Book, rows: Rows, head: int, column: int) -> None:
    first = next((n for n, row in enumerate(rows[head + 1 :], head + 1) if row[column] != ""), None)
    if first is not None:
        message = _("%s 列有内容，但表头没有指标代码，没有读入。")
        book.notices.append(message % column_name(column))


def _school_code(book: Book, value: Any, cell: str) -> str:
    if isinstance(value, float) and abs(value) >= EXACT_BELOW:
        book.problems.append(
            Problem(
                book.sheet, cell, _("学校代码被 Excel 当成了数，末几位已经丢失。请把这一格设为文本，再重新填写代码。")
            )
        )
        return ""
    return clean(value)


def _name_merged(book: Book, merged: list[Any]) -> None:
    """A merge over cells of the table hides all its values but one."""
    if book.is_district:
        rows = [line.row - 1 for line in book.lines]
        columns = [position(f"{place}1")[1] for place in book.places.values()]
    else:
        rows, columns = ([place[axis] for place in map(position, book.places.values())] for axis in (0, 1))
    if not rows or not columns:
        return
    first, last, left, right = min(rows), max(rows), min(columns), max(columns)
    touching = [
        (corner, end)
        for corner, end in merged
        if corner[0] <= last and end[0] >= first and corner[1] <= right and end[1] >= left
    ]
    for corner, end in touching[:MOST_MERGES_NAMED]:
        message = _("%s 是合并单元格，看不出数值属于哪一格。请取消合并后逐格填写。")
        span = f"{cell_name(*corner)}:{cell_name(*end)}"
        book.problems.append(Problem(book.sheet, cell_name(*corner), message % span))


def _name_hidden_faults(book: Book, markup: Markup) -> None:
    """Error cells and formulas without a result arrive from calamine as empty; they are neither empty nor a number."""
    if not markup.errors and not markup.uncalculated:
        return
    for line in book.lines:
        for code in book.places:
            cell = book.cell_of(line, code)
            if cell in markup.errors:
                message = _("这一格是错误值（如 #REF!）。请改成数，或留空并写明原因。")
            elif cell in markup.uncalculated:
                message = _("这一格是没有算出结果的公式。请在 Excel 中打开并保存一次，或直接填数。")
            else:
                continue
            book.problems.append(Problem(book.sheet, cell, message, line.school.text, code))
            line.cells.pop(code, None)


def _note_the_rest(book: Book, opened: Sheet) -> None:
    blanks = opened.markup.last_row - sum(1 for _line in filled_rows(opened.rows, 0))
    if blanks > QUIET_BLANKS:
        book.notices.append(_("表中有 %d 个空行，已略过。") % blanks)
    if others := [name for name in opened.names if name not in layout.OWN_SHEETS and name != book.sheet]:
        shown = "、".join(name.replace("\0", "")[:31] for name in others[:5])
        book.notices.append(
            _("只读入“%(sheet)s”工作表，没有读入：%(others)s。") % {"sheet": book.sheet, "others": shown}
        )
