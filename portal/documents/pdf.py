"""PDF pages in Chinese: A4, the committed font, page numbers. Only the characters that are used go into a file."""

from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import WrapMode

FONT = Path(__file__).parent / "fonts" / "NotoSansCJKsc-Portal.otf"
FAMILY = "Noto"
INK, GREY, LINE = (23, 32, 43), (101, 112, 127), (198, 205, 214)


class Document(FPDF):
    """A4 with margins of 20 mm; `foot` stands at the left of every page, the page number at the right.

    Without `numbered` a page has neither.
    """

    def __init__(self, *, title: str, foot: str = "", landscape: bool = False, numbered: bool = True) -> None:
        super().__init__(orientation="landscape" if landscape else "portrait", format="A4")
        self.foot_text, self.numbered = foot, numbered
        self.add_font(FAMILY, "", str(FONT))
        self.set_title(title)
        self.set_creator(_("中小学党建管理平台"))
        self.set_lang("zh-CN")
        self.set_margins(20, 20)
        self.set_auto_page_break(auto=True, margin=20)
        self.add_page()
        self.text_style()

    def text_style(self, size: float = 11, colour: tuple[int, int, int] = INK) -> None:
        self.set_font(FAMILY, size=size)
        self.set_text_color(*colour)

    def footer(self) -> None:
        if not self.numbered:
            return
        self.set_y(-15)
        self.text_style(8, GREY)
        self.cell(0, 6, self.foot_text)
        self.set_x(self.l_margin)
        self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="R")

    def heading(self, text: str) -> None:
        self.ln(3)
        self.text_style(13)
        self.multi_cell(0, 8, text, new_x="LMARGIN", new_y="NEXT")

    def paragraph(self, text: str, *, size: float = 11, colour: tuple[int, int, int] = INK) -> None:
        self.text_style(size, colour)
        self.multi_cell(0, size * 0.58, text, new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.CHAR)
        self.ln(1)

    def grid(self, rows: list[list[str]], *, head: list[str]) -> None:
        """A plain table; heads are repeated on every page."""
        self.text_style(9)
        with self.table(
            first_row_as_headings=False, line_height=6, wrapmode=WrapMode.CHAR, num_heading_rows=0
        ) as table:
            for line in [head, *rows]:
                row = table.row()
                for cell in line:
                    row.cell(str(cell))
        self.ln(2)

    def bytes(self) -> bytes:
        return bytes(self.output())


def long_day(day: date) -> str:
    """2026年11月3日, as official documents write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def pdf_headers(name: str) -> dict[str, Any]:
    """Content headers of a download."""
    from portal.ui.exports import attachment

    return {"Content-Type": "application/pdf", "Content-Disposition": attachment(f"{name}.pdf")}
