"""Files that are not what they seem: each gets its own sentence, none is opened further, nothing is stored."""

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.workbooks import safety
from portal.workflow.errors import DomainError
from reports.collection.models import ImportBatch, Return
from reports.collection.workbooks.reading import read_workbook
from tests.support.city import SmallCity
from tests.support.workbooks import SHEET, as_bytes, rewrite, upload


def plain_book(**cells: object) -> openpyxl.Workbook:
    """A school's file by hand, with the cells that reading needs."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    for row in (["报表代码", "meeting"], ["时期代码", "2026Q1"], ["填报学校", "5002380001"], ["指标代码", "本期数"]):
        sheet.append(row)
    for code, value in (cells or {"G01": 7}).items():
        sheet.append([code, value])
    return book


def plain_file() -> bytes:
    return as_bytes(plain_book())


def _zip(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _ole(stream: str) -> bytes:
    return safety.OLE + bytes(504) + stream.encode("utf-16-le") + bytes(1024)


def _bomb() -> bytes:
    """40 MB of blanks in 40 KB."""
    return rewrite(plain_file(), lambda n, c: c, {"xl/worksheets/sheet9.xml": b" " * (40 * 1024 * 1024)})


def _lying_bomb() -> bytes:
    """Declares a small size and holds 40 MB: the declared sizes would pass, unpacking would not end."""
    data = bytearray(_bomb())
    true, small = struct.pack("<I", 40 * 1024 * 1024), struct.pack("<I", 1000)
    return bytes(data.replace(true, small))


def _far_corner() -> bytes:
    book = plain_book()
    book[SHEET]["XFD1048576"] = 1
    return as_bytes(book)


def _hidden_far_corner(written: bytes) -> bytes:
    """The same cell, written as no library writes it and every parser reads it."""
    return rewrite(_far_corner(), lambda n, c: c.replace(b'<c r="XFD1048576"', written))


HOSTILE = {
    "empty": (b"", "文件是空的"),
    "a renamed exe": (b"MZ\x90\x00\x03" + bytes(4000), "不是 Excel 文件"),
    "a renamed picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "png"),
    "a pdf": (b"%PDF-1.7\n" + bytes(100), "pdf"),
    "a csv in UTF-8": ("学校代码,G01\n5002380001,7\n".encode(), "文本文件"),
    "a csv of Excel in GB18030": ("学校代码,G01\n5002380001,7\n".encode("gb18030"), "文本文件"),
    "noise": (bytes(range(256)) * 20, "不是 Excel 文件"),
    "old xls": (_ole("Workbook"), "另存为 .xlsx"),
    "a password": (_ole("EncryptedPackage"), "取消密码"),
    "xlsm": (_zip({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x", "xl/vbaProject.bin": b"x"}), "宏"),
    "xlsb": (_zip({"[Content_Types].xml": b"x", "xl/workbook.bin": b"x"}), "xlsb"),
    "ods": (_zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"x"}), "ods"),
    "docx": (_zip({"[Content_Types].xml": b"x", "word/document.xml": b"x"}), "Word"),
    "a zip of photos": (_zip({"1.jpg": b"x"}), "压缩包"),
    "a zip bomb": (_bomb(), "异常地大"),
    "a zip bomb that lies about its size": (_lying_bomb(), "损坏"),
    "too many parts": (_zip({**{f"xl/{n}": b"" for n in range(600)}, "xl/workbook.xml": b"x", "[Content_Types].xml": b"x"}), "异常地大"),
    "cut off": (plain_file()[:-400], "损坏"),
    "a part replaced by noise": (rewrite(plain_file(), lambda n, c: b"<" if n.endswith("sheet1.xml") else c), "打不开"),
    "another compression": (_zip({"[Content_Types].xml": b"x", "xl/workbook.xml": b"x"}, zipfile.ZIP_LZMA), "损坏"),
    "one cell in the far corner": (_far_corner(), "范围异常地大"),
    "a far corner in single quotes": (_hidden_far_corner(b"<c r='XFD1048576'"), "范围异常地大"),
    "a far corner after another attribute": (_hidden_far_corner(b'<c\tx="1" r="XFD1048576"'), "范围异常地大"),
    "a workbook of something else": (as_bytes(openpyxl.Workbook()), "没有找到表头"),
    "a book without sheets": (rewrite(plain_file(), lambda n, c: b"<workbook/>" if n == "xl/workbook.xml" else c), "打不开"),
    "more than 10 MB": (plain_file() + bytes(safety.LARGEST_UPLOAD), "10 MB"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_its_own_sentence(city: SmallCity, draft: Return, name: str) -> None:
    data, words = HOSTILE[name]
    client = Client()
    client.force_login(city.users["clerk"])
    response = upload(client, f"/returns/{draft.pk}/import/", data)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert "导入 Excel" in page, "the form is there to try again"
    assert not ImportBatch.objects.exists()
    assert list(Path(tempfile.gettempdir()).glob("calamine*")) == []


def test_no_file_at_all(city: SmallCity, draft: Return) -> None:
    client = Client()
    client.force_login(city.users["clerk"])
    response = client.post(f"/returns/{draft.pk}/import/", {})
    assert response.status_code == 422
    assert "请先选择" in response.content.decode()


def test_the_counter_case_is_read() -> None:
    book = read_workbook(plain_file())
    assert (book.form.text, book.period.text, book.unit.text) == ("meeting", "2026Q1", "5002380001")
    assert book.lines[0].cells == {"G01": 7.0}
    assert book.problems == []


def test_a_part_that_compresses_well_is_no_bomb() -> None:
    """20,000 blank lines compress a hundredfold; they are noted and passed over."""
    book = plain_book()
    for row in range(10, 20_010):
        book[SHEET].row_dimensions[row].height = 20
        book[SHEET].cell(row, 1).number_format = "@"
    read = read_workbook(as_bytes(book))
    assert read.lines[0].cells == {"G01": 7.0}
    assert any("空行" in notice for notice in read.notices)
    assert read.problems == []


@pytest.mark.parametrize("blank", [" ", "\u3000", "\xa0 \n"], ids=["space", "wide space", "no-break space"])
def test_lines_of_nothing_but_spaces_are_blank(blank: str) -> None:
    book = plain_book()
    for row in range(10, 20_010):
        book[SHEET].cell(row, 2).value = blank
    read = read_workbook(as_bytes(book))
    assert (read.problems, read.lines[0].cells) == ([], {"G01": 7.0})
    assert any("空行" in notice for notice in read.notices)


def test_other_sheets_are_named() -> None:
    book = plain_book()
    book.create_sheet("我的草稿")
    assert any("我的草稿" in notice for notice in read_workbook(as_bytes(book)).notices)


def _answer(data: bytes) -> str:
    """`read`, or the code of the refusal; any other exception is a fault."""
    try:
        read_workbook(data)
    except DomainError as error:
        return error.code
    return "read"


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=10_000), st.binary(min_size=1, max_size=40))
def test_a_file_damaged_anywhere_is_read_or_refused(place: int, noise: bytes) -> None:
    """Flip bytes anywhere in a good file: a sentence, or a book; never another exception."""
    data = bytearray(plain_file())
    start = place % len(data)
    data[start : start + len(noise)] = noise
    assert _answer(bytes(data)).startswith(("file_", "read"))


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=10_000), st.binary(min_size=1, max_size=30))
def test_markup_damaged_anywhere_is_read_or_refused(place: int, noise: bytes) -> None:
    """The same inside the sheet, where the checksums of the zip do not help."""

    def damage(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        start = place % len(content)
        return content[:start] + noise + content[start + len(noise) :]

    assert _answer(rewrite(plain_file(), damage)).startswith(("file_", "read"))
