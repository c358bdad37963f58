"""Workbooks as people handle them: downloaded from a page, edited, uploaded again."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from openpyxl.worksheet.worksheet import Worksheet

from reports.collection.models import ImportBatch, Return, Value

SHEET = "填报"


def download(client: Client, url: str) -> openpyxl.Workbook:
    response = client.get(url)
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(response.content))


def as_bytes(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(client: Client, url: str, data: bytes | openpyxl.Workbook, name: str = "填报.xlsx") -> HttpResponse:
    content = data if isinstance(data, bytes) else as_bytes(data)
    return client.post(url, {"file": SimpleUploadedFile(name, content)})


def upload_batch(client: Client, url: str, data: bytes | openpyxl.Workbook) -> ImportBatch:
    """Upload a file that can be read; the batch behind the preview."""
    response = upload(client, url, data)
    assert response.status_code == 302, response.content.decode()
    return ImportBatch.objects.get(pk=response.headers["Location"].rstrip("/").rsplit("/", 1)[-1])


def school_row(sheet: Worksheet, code: str) -> int:
    """Number of the line of an indicator (school's file) or of a school (district's file)."""
    return next(row[0].row for row in sheet.iter_rows() if row[0].value == code)


def set_cell(book: openpyxl.Workbook, code: str, value: Any) -> str:
    """Fill one indicator of a school's file; returns the cell's name."""
    sheet = book[SHEET]
    cell = sheet.cell(school_row(sheet, code), 6)
    cell.value = value
    return cell.coordinate


def set_school_cell(book: openpyxl.Workbook, school: str, code: str, value: Any) -> str:
    """Fill one indicator of one school in a district's file; returns the cell's name."""
    cell = _school_cell(book, school, code)
    cell.value = value
    return cell.coordinate


def school_cell(book: openpyxl.Workbook, school: str, code: str) -> Any:
    """What one indicator of one school shows in a district's file."""
    return _school_cell(book, school, code).value


def _school_cell(book: openpyxl.Workbook, school: str, code: str) -> Any:
    sheet = book[SHEET]
    head = next(row for row in sheet.iter_rows() if row[0].value == "学校代码")
    column = next(cell.column for cell in head if cell.value == code)
    return sheet.cell(school_row(sheet, school), column)


def rewrite(data: bytes, edit: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None) -> bytes:
    """The same zip with every part passed through `edit` (None drops it), and parts added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = edit(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
        for name, content in (extra or {}).items():
            target.writestr(name, content)
    return buffer.getvalue()


def stored(record: Return) -> dict[str, Any]:
    return dict(Value.objects.filter(return_record=record).values_list("indicator__code", "number"))


def problems_of(batch: ImportBatch) -> dict[str, str]:
    """Cell → reason."""
    return {problem["cell"]: problem["message"] for problem in batch.problems}
