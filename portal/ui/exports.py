"""Every table as xlsx or csv: the same rows as on the page, with what they mean above them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from .formats import show_day

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_response(
    name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], notes: Sequence[str] = ()
) -> StreamingHttpResponse:
    """Stream the rows; the byte order mark makes Excel read it as UTF-8. Notes follow after an empty line, so that
    the first line is always the head."""

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow(head)
        for row in rows:
            yield writer.writerow([neutral(value) for value in row])
        if notes:
            yield writer.writerow([])
        for note in notes:
            yield writer.writerow([neutral(note)])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(f"{name}.csv")
    return response


def xlsx_response(
    name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], notes: Sequence[str] = ()
) -> HttpResponse:
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet("数据")
        sheet.set_column(0, len(head), 14)
        line = 0
        for note in notes:
            sheet.write_string(line, 0, note)
            line += 1
        sheet.write_row(line, 0, head, bold)
        for offset, row in enumerate(rows, line + 1):
            sheet.write_row(offset, 0, row)
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = attachment(f"{name}.xlsx")
    return response


def attachment(filename: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(filename)}"


def table_response(
    kind: str, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], note: str
) -> HttpResponseBase:
    """What a page shows, as csv or (any other kind) xlsx: with the day and what it means."""
    notes = [_("截至 %s") % show_day(timezone.localdate()), note]
    return csv_response(name, head, rows, notes) if kind == "csv" else xlsx_response(name, head, rows, notes)
