"""One cell of the entry table: its panel, saving it on leaving it, 仍然有效, 撤销, answers to questions."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.workflow.errors import DomainError
from reports.collection.checks import related_codes
from reports.collection.models import Return
from reports.collection.selectors.entry import get_entry
from reports.collection.selectors.panel import get_panel
from reports.collection.selectors.returns import get_return
from reports.collection.services.questions import answer_question
from reports.collection.services.values import confirm_value, save_value, undo_value


@require_http_methods(["GET", "POST"])
@holds_office
def cell(request: OfficeRequest, pk: int, code: str) -> HttpResponseBase:
    """GET: the panel of the cell. POST: store it; a refusal keeps the typed text and says why (422, 409)."""
    record = get_return(scope=request.scope, pk=pk)
    if request.method == "GET":
        return _panel(request, record, code)
    text = request.POST.get(code)
    try:
        save_value(
            actor=request.user,
            scope=request.scope,
            return_id=record.pk,
            code=code,
            text=text,
            seen=request.POST.get(f"seen-{code}"),
            remark=request.POST.get(f"remark-{code}"),
        )
    except DomainError as error:
        return _answer(
            request, record, code, {code: (text or "", error.message)}, error.extra.get("theirs"), error.status
        )
    return _answer(request, record, code)


@require_POST
@holds_office
def confirm_cell(request: OfficeRequest, pk: int, code: str) -> HttpResponseBase:
    """仍然有效."""
    record = get_return(scope=request.scope, pk=pk)
    confirm_value(actor=request.user, scope=request.scope, return_id=record.pk, code=code)
    return _answer(request, record, code)


@require_POST
@holds_office
def undo_cell(request: OfficeRequest, pk: int, code: str) -> HttpResponseBase:
    """撤销."""
    record = get_return(scope=request.scope, pk=pk)
    undo_value(actor=request.user, scope=request.scope, return_id=record.pk, code=code)
    return _answer(request, record, code)


@require_POST
@holds_office
def answer(request: OfficeRequest, pk: int, question: int) -> HttpResponseBase:
    """The school answers a question of the district; nothing reopens."""
    record = get_return(scope=request.scope, pk=pk)
    try:
        answer_question(
            actor=request.user, scope=request.scope, return_id=record.pk, question_id=question,
            text=request.POST.get("answer", ""),
        )  # fmt: skip
        messages.success(request, _("已答复，区县审核员可以看到。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(reverse("collection:entry", args=[pk]) + "#questions")


def _panel(request: OfficeRequest, record: Return, code: str) -> HttpResponseBase:
    if not request.headers.get("HX-Request"):
        return redirect(_address(record, code))
    table = get_entry(scope=request.scope, record=record)
    row = next((r for r in table.rows if r.code == code), None)
    if row is None:
        raise Http404
    panel = get_panel(record=record, indicator=row.indicator) if row.state != "private" else None
    context = {"record": record, "entry": table, "row": row, "panel": panel}
    return render(request, "reports/collection/panel.html", context)


def _answer(
    request: OfficeRequest,
    record: Return,
    code: str,
    refused: Mapping[str, tuple[str, str]] | None = None,
    theirs: str | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """The row of the cell and, out of band, the rows that are compared with it, the burden meter and the bar."""
    if not request.headers.get("HX-Request"):
        for _text, why in (refused or {}).values():
            messages.error(request, why)
        return redirect(_address(record, code))
    table = get_entry(scope=request.scope, record=record, refused=refused)
    rows = {row.code: row for row in table.rows}
    if code in rows:
        rows[code].theirs = theirs
    related = related_codes(code, {c: row.indicator for c, row in rows.items()}) if not refused else []
    context = {
        "record": record,
        "entry": table,
        "row": rows.get(code),
        "related": [rows[c] for c in related],
        "code": code,
        "oob": True,
    }
    return render(request, "reports/collection/cell_saved.html", context, status=status)


def _address(record: Return, code: str) -> str:
    return f"{reverse('collection:entry', args=[record.pk])}?cell={code}#row-{code}"
