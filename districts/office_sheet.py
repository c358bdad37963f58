"""任职名单 as a worksheet: the columns of the template are the columns that are read back. No database here."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.workbooks.cells import Rows, cell_name, clean, column_name, filled_rows
from portal.workbooks.opening import open_sheet
from portal.workflow.errors import DomainError

UNIT, NAME, ROLE, USERNAME, PERSON, SINCE = HEAD = ("单位代码", "单位", "职务", "账号", "姓名", "任职起")
NEEDED = (UNIT, ROLE, USERNAME)
SEARCHED_ROWS = 20
MOST_LINES = 500
DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps the file from being imported: which sheet, which cell, why."""

    sheet: str
    cell: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """One appointment as it was written; `row` counts from 1, as Excel does."""

    row: int
    texts: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")


@dataclass(frozen=True, slots=True)
class Book:
    """What the file says, before anybody asked whether it is true. `columns`: word of the head → letter."""

    sheet: str
    columns: Mapping[str, str]
    lines: list[Line] = field(default_factory=list)

    def problem(self, line: Line, name: str, message: str) -> Problem:
        return Problem(self.sheet, f"{self.columns.get(name, self.columns[USERNAME])}{line.row}", message)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Book":
        return cls(kept["sheet"], kept["columns"], [Line(line["row"], line["texts"]) for line in kept["lines"]])


def read_offices(data: bytes) -> Book:
    """The lines with an account in an uploaded workbook; lines of the template that nobody filled are left aside.

    DomainError `file_…`, `columns`, `empty` or `too_many` with a sentence when the file as a whole is of no use.
    """
    opened = open_sheet(data)
    head, words = _find_head(opened.rows)
    if twice := next((name for name in HEAD if words.count(name) > 1), None):
        raise DomainError("columns", _("表头里有两列“%s”，请只留一列。") % twice)
    at = {name: words.index(name) for name in HEAD if name in words}
    book = Book(opened.name, {name: column_name(index) for name, index in at.items()})
    faulty = opened.markup.errors | opened.markup.uncalculated
    for place, values in filled_rows(opened.rows, head + 1):
        texts = {name: _text(values[index]) for name, index in at.items()}
        for index in at.values():
            if cell_name(place, index) in faulty:
                raise DomainError("cell", _("%s 是错误值或没有算出的公式，请改成文字。") % cell_name(place, index))
        if texts[USERNAME] or texts.get(PERSON):
            book.lines.append(Line(place + 1, texts))
    if not book.lines:
        raise DomainError("empty", _("表里没有填写账号的行。请在模板里填上账号和姓名。"))
    if len(book.lines) > MOST_LINES:
        raise DomainError("too_many", _("一次最多导入 %d 行，请分几个文件。") % MOST_LINES)
    return book


def _find_head(rows: Rows) -> tuple[int, list[str]]:
    """Where the head stands, and its words; somebody may have put lines of their own above."""
    for number, row in enumerate(rows[:SEARCHED_ROWS]):
        words = [clean(value) for value in row]
        if all(name in words for name in NEEDED):
            return number, words
    raise DomainError("columns", _("没有找到表头（%s 一行）。请用本页下载的模板填写。") % "、".join(NEEDED))


def _text(value: Any) -> str:
    """A date cell as 2026-09-01, everything else as text."""
    if isinstance(value, datetime):
        value = value.date()
    return value.isoformat() if isinstance(value, date) else clean(value)


def read_day(text: str) -> date | None:
    """2026-09-01, 2026/9/1, 2026年9月1日; None for what is no day."""
    match = DAY.match(text)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
