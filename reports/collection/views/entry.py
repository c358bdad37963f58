"""The form of one school: look, fill, submit."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.accounts.access_rules import holds_office
from portal.workflow.errors import DomainError
from reports.collection.models import Return
from reports.collection.rules import is_open_for_filling, may_fill, may_review
from reports.collection.selectors.entry import get_cell_history, get_entry, list_events
from reports.collection.selectors.returns import badge_of, get_return
from reports.collection.services.prefill import prefill_return
from reports.collection.services.progress import submit_return, withdraw_return
from reports.collection.services.values import confirm_value, save_value, save_values

from .crumbs import crumbs_of

Refused = Mapping[str, tuple[str, str]]


@holds_office
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """The entry table; read-only for those who may not fill it now."""
    record = get_return(scope=request.scope, pk=pk)
    if may_fill(request.scope, record) and is_open_for_filling(record):
        prefill_return(record)
    return show_entry(request, record)


def show_entry(request: HttpRequest, record: Return, refused: Refused | None = None, status: int = 200) -> HttpResponse:
    table = get_entry(scope=request.scope, record=record, refused=dict(refused or {}))
    chosen = request.GET.get("cell", "")
    row = next((r for r in table.rows if r.code == chosen), table.to_do[0] if table.to_do else None)
    context = {
        "record": record,
        "entry": table,
        "badge": badge_of(record),
        "events": list_events(record),
        "row": row,
        "history": get_cell_history(record=record, code=row.code) if row else [],
        "can_review": may_review(request.scope, record),
        "crumbs": crumbs_of(record),
    }
    return render(request, "reports/collection/entry.html", context, status=status)


@require_POST
@holds_office
def save_cell(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One cell, saved on leaving it: answers with its row; a refusal keeps the typed text and says why (422, 409)."""
    record = get_return(scope=request.scope, pk=pk)
    text, refused, status = request.POST.get(code), {}, 200
    try:
        save_value(
            actor=request.user,
            scope=request.scope,
            return_id=record.pk,
            code=code,
            text=text if text is not None else _stored(request, record, code),
            seen=request.POST.get(f"seen-{code}"),
            remark=request.POST.get(f"remark-{code}"),
        )
    except DomainError as error:
        refused, status = {code: (text or "", error.message)}, error.status
    return _row_fragment(request, record, code, refused, status)


def _stored(request: HttpRequest, record: Return, code: str) -> str:
    table = get_entry(scope=request.scope, record=record)
    return next((row.text for row in table.rows if row.code == code), "")


@require_POST
@holds_office
def confirm_cell(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """仍然有效."""
    record = get_return(scope=request.scope, pk=pk)
    confirm_value(actor=request.user, scope=request.scope, return_id=record.pk, code=code)
    if not request.headers.get("HX-Request"):
        return redirect("collection:entry", pk=pk)
    return _row_fragment(request, record, code, {}, 200)


def _row_fragment(request: HttpRequest, record: Return, code: str, refused: dict[str, Any], status: int) -> HttpResponse:
    table = get_entry(scope=request.scope, record=record, refused=refused)
    row = next((r for r in table.rows if r.code == code), None)
    context = {"record": record, "entry": table, "row": row, "code": code, "oob": True}
    return render(request, "reports/collection/cell_saved.html", context, status=status)


@require_POST
@holds_office
def save_all(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole table at once, for browsers without scripts; also the way to submission."""
    record = get_return(scope=request.scope, pk=pk)
    texts = {name: value for name, value in request.POST.items() if not name.startswith(("remark-", "seen-"))}
    remarks = {name.removeprefix("remark-"): value for name, value in request.POST.items() if name.startswith("remark-")}
    texts = {name: value for name, value in texts.items() if name not in ("csrfmiddlewaretoken", "lock_version", "submit")}
    try:
        reasons = save_values(
            actor=request.user, scope=request.scope, return_id=record.pk, texts=texts, remarks=remarks
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("collection:entry", pk=pk)
    if reasons:
        messages.error(request, _("%d 格没有保存，原因写在格旁，填的内容还在。") % len(reasons))
        return show_entry(request, record, {code: (texts.get(code, ""), why) for code, why in reasons.items()}, status=422)
    if "submit" in request.POST:
        return submit(request, pk)
    messages.success(request, _("已保存。"))
    return redirect("collection:entry", pk=pk)


@require_POST
@holds_office
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_return(scope=request.scope, pk=pk)
    try:
        submit_return(
            actor=request.user, scope=request.scope, return_id=record.pk, lock_version=_version(request, record)
        )
    except DomainError as error:
        messages.error(request, error.message)
        if cells := error.extra.get("cells"):
            texts = {r.code: r.text for r in get_entry(scope=request.scope, record=record).rows}
            record.refresh_from_db()
            return show_entry(request, record, {c: (texts[c], why) for c, why in cells.items()}, status=422)
        return redirect("collection:entry", pk=pk)
    messages.success(request, _("已提交，由区县教育工委审核。审核前可以撤回。"))
    return redirect("collection:entry", pk=pk)


@require_POST
@holds_office
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_return(scope=request.scope, pk=pk)
    try:
        withdraw_return(
            actor=request.user, scope=request.scope, return_id=record.pk, lock_version=_version(request, record)
        )
        messages.success(request, _("已撤回，可以继续修改。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("collection:entry", pk=pk)


def _version(request: HttpRequest, record: Return) -> int:
    text = request.POST.get("lock_version", "")
    return int(text) if text.isascii() and text.isdigit() else record.lock_version
