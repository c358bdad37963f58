"""The case and the certificate as PDF."""

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.documents.pdf import GREY, LINE, Document, long_day

from .models import Application, Designation, DesignationStatus, QuestionKind
from .selectors.cases import Case
from .selectors.designations import counts_today


def render_case(*, application: Application, case: Case) -> bytes:
    """The case as it is printed for signing: every section, tables, the names of its files."""
    title = f"{application.round.official_title}申报书"
    foot = f"{application.holder_name}　{_('第 %d 版') % case.version.number}　{timezone.localtime():%Y-%m-%d %H:%M}"
    page = Document(title=title, foot=foot)
    page.text_style(18)
    page.multi_cell(0, 10, title, align="C", new_x="LMARGIN", new_y="NEXT")
    page.ln(4)
    page.paragraph(_("申报单位：%s") % application.holder_name)
    page.paragraph(_("所属区县：%s") % application.district.name)
    if not case.version.frozen_at:
        page.paragraph(_("预览稿，尚未提交。"), size=9, colour=GREY)
    for section in case.sections:
        page.heading(section.title)
        for field in section.fields:
            page.paragraph(field.question.title, size=10, colour=GREY)
            if field.question.kind == QuestionKind.TABLE:
                page.grid([list(row) for row in field.answer or []], head=list(field.question.columns))
            else:
                page.paragraph(_text(field))
    return page.bytes()


def _text(field) -> str:  # type: ignore[no-untyped-def]
    if field.question.kind == QuestionKind.FILE:
        return "；".join(file.name for file in field.files) or "—"
    if field.question.kind == QuestionKind.FIGURE:
        return _("%(value)s（平台已审数据，%(label)s）") % field.figure if field.figure else "—"
    if field.question.kind == QuestionKind.NAMES:
        return "、".join(field.answer) if field.answer else "—"
    return field.answer or "—"


def render_certificate(*, designation: Designation, verify_url: str) -> bytes:
    """One landscape page: holder, title, batch, term, who gave it and when, check code, where anybody can check it."""
    page = Document(title=_("称号证书"), landscape=True, numbered=False)
    page.set_auto_page_break(False)
    page.set_draw_color(*LINE)
    page.rect(12, 12, page.w - 24, page.h - 24)
    page.rect(14, 14, page.w - 28, page.h - 28)
    page.set_y(36)
    page.text_style(34)
    page.cell(0, 20, _("证　书"), align="C", new_x="LMARGIN", new_y="NEXT")
    page.ln(8)
    page.text_style(20)
    page.multi_cell(0, 12, designation.holder_name, align="C", new_x="LMARGIN", new_y="NEXT")
    page.ln(4)
    page.text_style(15)
    words = _("被确定为%(level)s“%(kind)s”%(batch)s") % {
        "level": designation.get_level_display(),
        "kind": designation.name,
        "batch": f"（{designation.batch}）" if designation.batch else "",
    }
    page.multi_cell(0, 10, words, align="C", new_x="LMARGIN", new_y="NEXT")
    page.text_style(11, GREY)
    if designation.official_title != designation.name:
        page.multi_cell(0, 8, designation.official_title, align="C", new_x="LMARGIN", new_y="NEXT")
    page.multi_cell(0, 8, _term(designation), align="C", new_x="LMARGIN", new_y="NEXT")
    if over := _over(designation):
        # Whoever prints it later holds no paper that looks valid.
        page.text_style(15)
        page.multi_cell(0, 12, over, align="C", border=1, new_x="LMARGIN", new_y="NEXT")
    page.set_y(page.h - 72)
    page.text_style(12)
    for line in filter(None, (_issuer(designation), long_day(designation.valid_from))):
        page.cell(page.w - 40 - 25, 8, line, align="R", new_x="LMARGIN", new_y="NEXT")
    page.set_y(page.h - 42)
    page.text_style(11)
    page.cell(0, 8, _("查验码 %s") % designation.check_code, align="C", new_x="LMARGIN", new_y="NEXT")
    page.text_style(9, GREY)
    for line in (verify_url, _("证书以网上查验结果为准；撤销或到期后不再有效。")):
        page.cell(0, 6, line, align="C", new_x="LMARGIN", new_y="NEXT")
    return page.bytes()


def _issuer(designation: Designation) -> str:
    """As the public notice said; else where the title was recorded from, if that is known."""
    notice = getattr(designation.round, "notice", None)
    return notice.issuer if notice is not None else designation.source


def _over(designation: Designation) -> str:
    """What a certificate says that counts no more; empty while it does."""
    if counts_today(designation):
        return ""
    if designation.ended_on is None:
        return _("有效期已满，不再有效")
    return _("%(day)s%(state)s，不再有效") % {
        "day": long_day(designation.ended_on), "state": DesignationStatus(designation.status).label,
    }  # fmt: skip


def _term(designation: Designation) -> str:
    start = long_day(designation.valid_from)
    if designation.last_day is None:
        return _("自%s起") % start
    return _("有效期：%(from)s至%(to)s") % {"from": start, "to": long_day(designation.last_day)}
