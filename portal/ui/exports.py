"""Every table as xlsx or csv: the same rows as on the page, with what they mean above them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutral(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Stream the rows; the byte order mark makes Excel read it as UTF-8."""

    def lines() -> Iterator[str]:
        writer = csv.writer(_Echo())
        yield "\ufeff" + writer.writerow(head)
        for row in rows:
            yield writer.writerow([neutral(value) for value in row])

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
