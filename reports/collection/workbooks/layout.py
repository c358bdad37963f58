"""Where things stand in a workbook. Codes carry the meaning; names, units and order are for people.

A school's file has one line per indicator, as the entry page has; a district's file one line per school. Both begin
with the same four lines: title, hint, form, period, and the unit that the file was made for.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

SHEET, DEFINITIONS, PREVIOUS = "填报", "口径", "上期"
OWN_SHEETS = frozenset({SHEET, DEFINITIONS, PREVIOUS})

# Labels in column A; the code stands in column B, its name in column C.
FORM, PERIOD, SCHOOL, DISTRICT = "报表代码", "时期代码", "填报学校", "填报区县"
TITLE_ROW, HINT_ROW, FORM_ROW, PERIOD_ROW, UNIT_ROW = range(5)

# A school's file: one line per indicator.
CODE, SECTION, NAME, MEASURE, BEFORE, NOW, REMARK = "指标代码", "部分", "指标", "单位", "上期数", "本期数", "说明"
SCHOOL_HEAD = (CODE, SECTION, NAME, MEASURE, BEFORE, NOW, REMARK)
SCHOOL_HEAD_ROW = 6

# A district's file: one line per school, one column per indicator.
SCHOOL_CODE, SCHOOL_NAME, STATUS = "学校代码", "学校", "状态"
DISTRICT_HEAD = (SCHOOL_CODE, SCHOOL_NAME, STATUS)
NAMES_ROW, MEASURES_ROW, DISTRICT_HEAD_ROW = 6, 7, 8

# Rows in which labels and the head are looked for: somebody may have put lines of their own above.
SEARCHED_ROWS = 40


class StoredCell(NamedTuple):
    """What a return holds in one cell; `number` None: not reported."""

    number: Decimal | None
    qualifier: int = 0
    remark: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps the file from being imported: which sheet, which cell, which school and cell, why."""

    sheet: str
    cell: str
    message: str
    school: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A text of the file and the cell where it was found; `cell` is empty when it was not."""

    text: str = ""
    cell: str = ""


@dataclass(slots=True)
class Line:
    """The cells of one school: code → what calamine read (str, float, bool, date …)."""

    school: Located
    cells: dict[str, Any]
    remarks: dict[str, str] = field(default_factory=dict)
    # Number of the line in the sheet; 0 in a school's file, where every code has a line of its own.
    row: int = 0


@dataclass(slots=True)
class Book:
    """What a workbook says, before anybody asked whether it is true. `places` leads from a code to its cell."""

    sheet: str
    form: Located
    period: Located
    unit: Located
    is_district: bool
    # Code → letter of its column (district) or name of its cell (school).
    places: dict[str, str]
    lines: list[Line]
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def cell_of(self, line: Line, code: str) -> str:
        """B7 style name of a cell; the school's own cell when the code has none."""
        place = self.places.get(code, "")
        if not place:
            return line.school.cell
        return f"{place}{line.row}" if self.is_district else place
