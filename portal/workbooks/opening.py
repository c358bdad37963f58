"""Bytes → one sheet of a workbook."""

import io
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from portal.workflow.errors import DomainError

from .cells import Rows
from .markup import Markup, find_part, read_markup
from .safety import unpack_workbook


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet as calamine reads it, what it does not read, and the names of all sheets of the file."""

    name: str
    rows: Rows
    merged: list[Any]
    markup: Markup
    names: list[str]


def open_sheet(data: bytes, *, named: str = "") -> Sheet:
    """The sheet of this name, else the first. DomainError `file_…` with a sentence in Chinese if it cannot be read."""
    parts = unpack_workbook(data)
    try:
        return _open(data, parts, named)
    except DomainError:
        raise
    except (CalamineError, ValueError, OSError) as error:
        raise _unreadable() from error
    except BaseException as error:
        # A panic of the parser arrives as pyo3's PanicException, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable() from error


def _open(data: bytes, parts: dict[str, bytes], named: str) -> Sheet:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    names = list(workbook.sheet_names)
    if not names:
        raise _unreadable()
    name = named if named in names else names[0]
    # Before calamine builds its dense table, so that a cell in the far corner is refused and not allocated.
    markup = read_markup(find_part(parts, name))
    sheet = workbook.get_sheet_by_name(name)
    # Excel writes a NUL as _x0000_; PostgreSQL stores none.
    rows = [
        [value.replace("\0", "") if isinstance(value, str) else value for value in row]
        for row in sheet.to_python(skip_empty_area=False)
    ]
    return Sheet(name, rows, list(sheet.merged_cell_ranges or ()), markup, names)


def _unreadable() -> DomainError:
    return DomainError("file_damaged", _("文件打不开。请用 Excel 打开后另存为 .xlsx，再上传。"))
