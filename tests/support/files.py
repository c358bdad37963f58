"""Documents made for a test: real docx, xlsx, pdf and png bytes; the same words are the same bytes, whatever the second."""

import io
import struct
import zlib
from functools import cache

import xlsxwriter
from docx import Document
from fpdf import FPDF


@cache
def docx(text: str, *, author: str = "", title: str = "") -> bytes:
    document = Document()
    paragraph = document.add_paragraph()
    # Split over runs, as Word does it when half a name was typed later.
    paragraph.add_run(text[: len(text) // 2])
    paragraph.add_run(text[len(text) // 2 :]).bold = True
    document.core_properties.author, document.core_properties.title = author, title
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


@cache
def xlsx(text: str, *, company: str = "") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.set_properties({"company": company})
        book.add_worksheet().write(0, 0, text)
    return buffer.getvalue()


@cache
def pdf(text: str, *, author: str = "") -> bytes:
    """Latin text only: the built-in fonts have no other letters."""
    page = FPDF()
    page.set_author(author)
    page.add_page()
    page.set_font("helvetica")
    page.write(text=text)
    return bytes(page.output())


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
    )
