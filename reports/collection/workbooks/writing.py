"""The template, which is also the export: the same file with the current values in it.

Every text is written as a string, never as a formula; what is closed is locked and grey. The sheet is protected without
a password: a protection against slips, not against people.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from reports.collection.numbers import show_number
from reports.indicators.models import Indicator, Origin, Qualifier, ValueType

from . import layout
from .layout import StoredCell

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
PROTECTION = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}


@dataclass(slots=True)
class SchoolLine:
    """One school of the file: what is stored, what the period before had, which cells are open to the reader."""

    code: str
    name: str
    status: str
    values: dict[str, StoredCell]
    previous: dict[str, Decimal]
    open_codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Column:
    indicator: Indicator
    section: str
    help_text: str
    required: bool


@dataclass(slots=True)
class Content:
    """Everything that a file shows. `unit_code` and `unit_name` name the district, or the one school."""

    form_code: str
    form_title: str
    period_code: str
    period_name: str
    previous_name: str
    unit_code: str
    unit_name: str
    is_district: bool
    columns: list[Column]
    lines: list[SchoolLine] = field(default_factory=list)


class Formats:
    """The formats of a workbook, made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._cells: dict[tuple[str, bool], Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.hint = book.add_format({"font_color": "#465160"})
        self.text = book.add_format({"num_format": "@"})
        self.head = book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#EDF0F3"}
        )
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.note = book.add_format({"text_wrap": True, "valign": "top", "locked": False})

    def cell(self, indicator: Indicator, is_open: bool) -> Any:
        """Right-aligned number of the indicator's kind; white and unlocked when open, grey and locked otherwise."""
        pattern = "#,##0" if indicator.value_type == ValueType.INTEGER else "#,##0.####"
        if indicator.value_type == ValueType.ENUM:
            pattern = "@"
        key = (pattern, is_open)
        if key not in self._cells:
            look = {
                "num_format": pattern,
                "align": "right",
                "locked": not is_open,
                "border": 1,
                "border_color": "#C6CDD6",
            }
            self._cells[key] = self._book.add_format(look if is_open else {**look, "bg_color": "#EDF0F3"})
        return self._cells[key]


def write_workbook(content: Content) -> bytes:
    """The file as bytes: sheet 填报, sheet 口径, for a district also sheet 上期."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **OPTIONS}) as book:
        book.set_properties({"title": f"{content.form_title} {content.period_name}"[:200]})
        formats = Formats(book)
        sheet = book.add_worksheet(layout.SHEET)
        (_write_district if content.is_district else _write_school)(sheet, content, formats)
        sheet.protect("", PROTECTION)
        _write_definitions(book.add_worksheet(layout.DEFINITIONS), content, formats)
        if content.is_district:
            _write_previous(book.add_worksheet(layout.PREVIOUS), content, formats)
    return buffer.getvalue()


def _write_top(sheet: Any, content: Content, formats: Formats, hint: str) -> None:
    """Four lines that say what the file is; codes are texts, so that Excel keeps their zeros and digits."""
    sheet.write_string(layout.TITLE_ROW, 0, f"{content.form_title}　{content.period_name}", formats.title)
    sheet.write_string(layout.HINT_ROW, 0, hint, formats.hint)
    unit = layout.DISTRICT if content.is_district else layout.SCHOOL
    for row, label, code, name in (
        (layout.FORM_ROW, layout.FORM, content.form_code, content.form_title),
        (layout.PERIOD_ROW, layout.PERIOD, content.period_code, content.period_name),
        (layout.UNIT_ROW, unit, content.unit_code, content.unit_name),
    ):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, code, formats.text)
        sheet.write_string(row, 2, name)


def _write_school(sheet: Any, content: Content, formats: Formats) -> None:
    hint = _("只填“本期数”的白格。没有填 0；不掌握就留空，并在“说明”写明原因。可填 ≥30、约1200。不要改代码。")
    hint += _("上期：%s。") % content.previous_name
    _write_top(sheet, content, formats, hint)
    for at, (word, width) in enumerate(zip(layout.SCHOOL_HEAD, (12, 16, 34, 8, 12, 14, 40), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(layout.SCHOOL_HEAD_ROW, at, word, formats.head)
    sheet.freeze_panes(layout.SCHOOL_HEAD_ROW + 1, 0)
    (line,) = content.lines
    for row, column in enumerate(content.columns, layout.SCHOOL_HEAD_ROW + 1):
        indicator = column.indicator
        is_open = indicator.code in line.open_codes
        stored = line.values.get(indicator.code)
        for at, text in enumerate((indicator.code, column.section, indicator.name, indicator.unit_of_measure)):
            sheet.write_string(row, at, text, formats.wrap)
        _write_number(sheet, row, 4, line.previous.get(indicator.code), indicator, formats.cell(indicator, False))
        _write_value(sheet, row, 5, stored, indicator, formats.cell(indicator, is_open))
        sheet.write_string(row, 6, stored.remark if stored else "", formats.note if is_open else formats.wrap)
        if is_open:
            _add_validation(sheet, row, 5, row, indicator)


def _write_district(sheet: Any, content: Content, formats: Formats) -> None:
    hint = _(
        "每校一行，只填白格。灰格已锁定。没有填 0；不掌握就留空。可填 ≥30、约1200。不要改代码；不导入的学校可整行删去。"
    )
    _write_top(sheet, content, formats, hint)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 2, 14)
    _write_district_head(sheet, content, formats)
    for row, line in enumerate(content.lines, layout.DISTRICT_HEAD_ROW + 1):
        sheet.write_string(row, 0, line.code, formats.text)
        sheet.write_string(row, 1, line.name)
        sheet.write_string(row, 2, line.status)
        for at, column in enumerate(content.columns, len(layout.DISTRICT_HEAD)):
            code = column.indicator.code
            look = formats.cell(column.indicator, code in line.open_codes)
            _write_value(sheet, row, at, line.values.get(code), column.indicator, look)
    if content.lines:
        last = layout.DISTRICT_HEAD_ROW + len(content.lines)
        for at, column in enumerate(content.columns, len(layout.DISTRICT_HEAD)):
            if column.indicator.origin == Origin.REPORTED:
                _add_validation(sheet, layout.DISTRICT_HEAD_ROW + 1, at, last, column.indicator)


def _write_district_head(sheet: Any, content: Content, formats: Formats) -> None:
    for at, word in enumerate(layout.DISTRICT_HEAD):
        sheet.write_string(layout.DISTRICT_HEAD_ROW, at, word, formats.head)
    for at, column in enumerate(content.columns, len(layout.DISTRICT_HEAD)):
        sheet.set_column(at, at, 12)
        sheet.write_string(layout.NAMES_ROW, at, column.indicator.name, formats.head)
        sheet.write_string(layout.MEASURES_ROW, at, column.indicator.unit_of_measure, formats.hint)
        sheet.write_string(layout.DISTRICT_HEAD_ROW, at, column.indicator.code, formats.head)
    sheet.freeze_panes(layout.DISTRICT_HEAD_ROW + 1, 2)


def _write_previous(sheet: Any, content: Content, formats: Formats) -> None:
    """The period before in the same order; for reading only."""
    sheet.write_string(0, 0, content.previous_name, formats.title)
    heads = [layout.SCHOOL_CODE, layout.SCHOOL_NAME, *(column.indicator.code for column in content.columns)]
    sheet.set_column(1, 1, 30)
    for at, word in enumerate(heads):
        sheet.write_string(1, at, word, formats.head)
    for row, line in enumerate(content.lines, 2):
        sheet.write_string(row, 0, line.code, formats.text)
        sheet.write_string(row, 1, line.name)
        for at, column in enumerate(content.columns, 2):
            look = formats.cell(column.indicator, False)
            _write_number(sheet, row, at, line.previous.get(column.indicator.code), column.indicator, look)
    sheet.freeze_panes(2, 2)


def _write_definitions(sheet: Any, content: Content, formats: Formats) -> None:
    heads = (_("指标代码"), _("指标"), _("单位"), _("填法"), _("必填"), _("口径"), _("填报提示"))
    for at, (word, width) in enumerate(zip(heads, (12, 34, 8, 24, 8, 70, 50), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, word, formats.head)
    for row, column in enumerate(content.columns, 1):
        indicator = column.indicator
        texts = (
            indicator.code, indicator.name, indicator.unit_of_measure, _manner(indicator),
            _("是") if column.required and indicator.origin == Origin.REPORTED else "",
            indicator.definition, column.help_text,
        )  # fmt: skip
        for at, text in enumerate(texts):
            sheet.write_string(row, at, text, formats.wrap)
    sheet.freeze_panes(1, 2)


def _manner(indicator: Indicator) -> str:
    if indicator.origin != Origin.REPORTED:
        return _("自动计算，不填")
    if indicator.value_type == ValueType.ENUM:
        return _("选填：%s") % "、".join(str(choice["label"]) for choice in indicator.choices)
    return _("整数") if indicator.value_type == ValueType.INTEGER else _("数，小数最多 4 位")


def _write_value(sheet: Any, row: int, column: int, stored: StoredCell | None, indicator: Indicator, look: Any) -> None:
    if stored is None or stored.number is None:
        sheet.write_blank(row, column, None, look)
    elif stored.qualifier != Qualifier.EXACT:
        sheet.write_string(row, column, show_number(stored.number, indicator, stored.qualifier), look)
    else:
        _write_number(sheet, row, column, stored.number, indicator, look)


def _write_number(sheet: Any, row: int, column: int, number: Decimal | None, indicator: Indicator, look: Any) -> None:
    if number is None:
        sheet.write_blank(row, column, None, look)
    elif indicator.value_type == ValueType.ENUM:
        sheet.write_string(row, column, show_number(number, indicator), look)
    else:
        sheet.write_number(row, column, number, look)


def _add_validation(sheet: Any, first: int, column: int, last: int, indicator: Indicator) -> None:
    """Excel warns while typing. Only a warning: ≥30 is a valid answer that Excel's own rules cannot express."""
    if indicator.choices:
        labels: Sequence[str] = [str(choice["label"]) for choice in indicator.choices]
        rule: dict[str, Any] = {"validate": "list", "source": labels}
    else:
        kind = "integer" if indicator.value_type == ValueType.INTEGER else "decimal"
        rule = {"validate": kind, **_bounds(indicator)}
    title, words = indicator.name[:30], _manner(indicator)
    rule |= {"error_type": "warning", "error_title": title, "error_message": _("请核对：%s。") % words[:200]}
    rule |= {"input_title": title, "input_message": words[:250]}
    sheet.data_validation(first, column, last, column, rule)


def _bounds(indicator: Indicator) -> dict[str, Any]:
    for check in indicator.validation:
        if check["op"] == "range":
            return {"criteria": "between", "minimum": check["min"], "maximum": check["max"]}
    return {"criteria": ">=", "value": 0}
