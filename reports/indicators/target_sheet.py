"""Targets as a worksheet: the columns that are exported are the columns that are read back."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from portal.workbooks.cells import clean
from portal.workbooks.opening import open_sheet
from portal.workbooks.safety import LARGEST_UPLOAD
from portal.workflow.errors import DomainError

from .selectors.targets import Line
from .services.targets import Place

HEAD = ("单位代码", "单位", "指标代码", "指标", "计量单位", "目标", "全市目标")
KEYS = ("单位代码", "指标代码", "目标")


def sheet_rows(lines: list[Line]) -> Iterator[list[Any]]:
    for line in lines:
        own = None if line.own is None else float(line.own)
        city = None if line.city is None else float(line.city)
        unit, indicator = line.unit, line.indicator
        yield [unit.code, unit.name, indicator.code, indicator.name, indicator.unit_of_measure, own, city]


def read_sheet(upload: Any) -> dict[Place, str]:
    """place → typed text of an uploaded workbook. DomainError with a sentence if it is no such table."""
    rows = open_sheet(upload.read(LARGEST_UPLOAD + 1)).rows
    place = _columns(rows)
    found: dict[Place, str] = {}
    for number, row in enumerate(rows[1:], 2):
        unit, indicator, text = (clean(row[place[key]]) for key in KEYS)
        if not (unit or indicator or text):
            continue
        if (unit, indicator) in found:
            raise DomainError(
                "twice", _("第 %d 行与前面的行重复：同一单位的同一指标只能有一行。") % number, field="file"
            )
        found[unit, indicator] = text
    if not found:
        raise DomainError("empty", _("表里没有目标。请用本页导出的表填写。"), field="file")
    return found


def _columns(rows: list[list[Any]]) -> dict[str, int]:
    head = [clean(cell) for cell in rows[0]] if rows else []
    if missing := [key for key in KEYS if key not in head]:
        raise DomainError("columns", _("第一行缺少列：%s。请用本页导出的表填写。") % "、".join(missing), field="file")
    return {key: head.index(key) for key in KEYS}
