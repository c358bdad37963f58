"""What the XML of a sheet says and calamine does not: its extent, error cells, formulas that were never calculated.

calamine answers both of the latter with an empty text, which would read as “not reported” and silently clear a cell;
and it builds a dense table from the first to the last cell, so one cell in the far corner would fill the memory.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from portal.workflow.errors import DomainError

# 150 schools × 51 indicators are 8,000 cells; the limits leave room for blank lines and lists pasted beside.
MOST_ROWS = 100_000
MOST_COLUMNS = 1_000
MOST_CELLS = 2_000_000

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Every pattern that is tried on the whole of a sheet begins with letters: those are found ten times as fast.
USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,7})([0-9]{1,9})"')
USUAL_ROW = re.compile(rb'<row r="([0-9]{1,9})"')
OTHER_CELL = (re.compile(rb"<c[\t\r\n/>]"), re.compile(rb":c[\s/>]"))
OTHER_ROW = (re.compile(rb"<row[\t\r\n/>]"), re.compile(rb":row[\s/>]"))
FORMULA = (re.compile(rb"<f\b"), re.compile(rb":f\b"))
ERROR_MARKS = (b'"e"', b"'e'")
CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,7})(\d{1,9})[\"']")
ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"'](\d{1,9})[\"']")
ERROR = re.compile(rb"<(?:\w+:)?c\b(?=[^>]*\bt\s*=\s*[\"']e[\"'])[^>]*?\br\s*=\s*[\"']([A-Z]+\d+)[\"']")
UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\b[^>]*?\br\s*=\s*[\"']([A-Z]+\d+)[\"'][^>]*>\s*"
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(frozen=True, slots=True)
class Markup:
    """`last_row` counts lines that exist in the file, also those without a value."""

    last_row: int
    errors: frozenset[str]
    uncalculated: frozenset[str]


def read_markup(content: bytes) -> Markup:
    """Look through one worksheet; DomainError `file_extent` if it reaches farther than a form can."""
    # As Excel and every library writes it; whatever is written otherwise is found by the slower pattern.
    cells = USUAL_CELL.findall(content)
    if len(cells) != content.count(b"<c ") or any(other.search(content) for other in OTHER_CELL):
        cells = CELL.findall(content)
    lines = USUAL_ROW.findall(content)
    if len(lines) != content.count(b"<row ") or any(other.search(content) for other in OTHER_ROW):
        lines = ROW.findall(content)
    rows = max(map(int, {row for _column, row in cells}), default=0)
    columns = max(map(_number_of, {column for column, _row in cells}), default=0)
    if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise DomainError(
            "file_extent",
            _("表格范围异常地大（%(rows)d 行 × %(columns)d 列）。请重新下载模板，把数值粘贴进去再上传。")
            % {"rows": rows, "columns": columns},
        )
    return Markup(
        last_row=max([rows, *map(int, lines)]),
        errors=_names(ERROR, content) if any(mark in content for mark in ERROR_MARKS) else frozenset(),
        uncalculated=_names(UNCALCULATED, content) if any(mark.search(content) for mark in FORMULA) else frozenset(),
    )


def _names(pattern: re.Pattern[bytes], content: bytes) -> frozenset[str]:
    return frozenset(name.decode() for name in pattern.findall(content))


def find_part(parts: Mapping[str, bytes], sheet: str) -> bytes:
    """The worksheet part of a sheet, found as Excel does: its relation in the workbook, its target in the relations."""
    try:
        book = fromstring(parts["xl/workbook.xml"])
        relations = fromstring(parts["xl/_rels/workbook.xml.rels"])
        relation = next(e.get(RELATION) for e in book.iter() if e.tag.endswith("}sheet") and e.get("name") == sheet)
        target = next(e.get("Target", "") for e in relations if e.get("Id") == relation)
        return parts[target.lstrip("/") if target.startswith("/") else f"xl/{target}"]
    except (KeyError, StopIteration, ParseError, DefusedXmlException) as error:
        raise DomainError("file_damaged", _("文件内部不完整，打不开。请用 Excel 打开后另存一份再上传。")) from error


def _number_of(column: bytes) -> int:
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - 64
    return number
