"""The form of one school: look, fill, submit."""

from collections.abc import Mapping

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.workflow.errors import DomainError, StaleError
from reports.collection.models import Return
from reports.collection.rules import is_open_for_filling, may_fill, may_import, may_reopen, may_review
from reports.collection.selectors.entry import Entry, Row, get_entry
from reports.collection.selectors.panel import get_panel, list_events
from reports.collection.selectors.questions import list_questions
from reports.collection.selectors.returns import badge_of, get_return
from reports.collection.services.extensions import propose_extension
from reports.collection.services.prefill import prefill_return
from reports.collection.services.progress import submit_return, withdraw_return
from reports.collection.services.values import confirm_value, save_values

from .crumbs import crumbs_of

Refused = Mapping[str, tuple[str, str]]

# What the posted page carries beside its cells.
NOT_CELLS = ("csrfmiddlewaretoken", "lock_version", "submit", "confirm")


@holds_office
def entry(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """The entry table; read-only for those who may not fill it now."""
    record = get_return(scope=request.scope, pk=pk)
    if may_fill(request.scope, record) and is_open_for_filling(record):
        prefill_return(record)
    return show_entry(request, record)


def show_entry(
    request: OfficeRequest,
    record: Return,
    *,
    refused: Refused | None = None,
    blocking: Mapping[str, str] | None = None,
    since: int | None = None,
    status: int = 200,
) -> HttpResponseBase:
    """`since`: the version that the user had before him when somebody else was faster."""
    table = get_entry(scope=request.scope, record=record, refused=refused, blocking=blocking)
    row = _chosen(table, request.GET.get("cell", ""))
    context = {
        "record": record,
        "entry": table,
        "badge": badge_of(record),
        "events": list_events(record),
        "row": row,
        "panel": get_panel(record=record, indicator=row.indicator) if row and row.state != "private" else None,
        "questions": list_questions(record=record),
        "blocking": [r for r in table.rows if r.code in (blocking or {})],
        "changes": list_events(record, since=since) if since is not None else [],
        "can_review": may_review(request.scope, record),
        "can_import": may_import(request.scope, record) and is_open_for_filling(record),
        "can_reopen": may_reopen(request.scope, record),
        "proposed_until": propose_extension(record),
        "show_all": request.GET.get("show") == "all",
        "crumbs": crumbs_of(request, record),
    }
    return render(request, "reports/collection/entry.html", context, status=status)


def _chosen(table: Entry, code: str) -> Row | None:
    """The cell of the side panel: the one asked for, else the first that is to be done, else the first."""
    by_code = {row.code: row for row in table.rows}
    return by_code.get(code) or next(iter([*table.to_do, *table.rows]), None)


@require_http_methods(["GET", "POST"])
@holds_office
def save_all(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """The whole table at once, for browsers without scripts; also the way to submission."""
    record = get_return(scope=request.scope, pk=pk)
    if request.method == "GET":
        # The address of a refused form, asked for again.
        return redirect("collection:entry", pk=pk)
    posted = {name: str(value) for name, value in request.POST.items() if name not in NOT_CELLS}
    texts = {name: text for name, text in posted.items() if not name.startswith(("remark-", "seen-"))}
    try:
        reasons = save_values(
            actor=request.user,
            scope=request.scope,
            return_id=record.pk,
            texts=texts,
            remarks={n.removeprefix("remark-"): text for n, text in posted.items() if n.startswith("remark-")},
            seen={n.removeprefix("seen-"): text for n, text in posted.items() if n.startswith("seen-")},
        )
    except DomainError as error:
        messages.error(request, error.message)
        return show_entry(
            request, get_return(scope=request.scope, pk=pk), since=_version(request, record), status=error.status
        )
    if reasons:
        messages.error(request, _("%d 格没有保存，原因写在格旁，填的内容还在。") % len(reasons))
        refused = {code: (texts.get(code, ""), why) for code, why in reasons.items()}
        return show_entry(request, record, refused=refused, status=422)
    if code := request.POST.get("confirm"):
        confirm_value(actor=request.user, scope=request.scope, return_id=record.pk, code=code)
    if "submit" in request.POST:
        return submit(request, pk)
    messages.success(request, _("已保存。"))
    return redirect("collection:entry", pk=pk)


@require_POST
@holds_office
def submit(request: OfficeRequest, pk: int) -> HttpResponseBase:
    record = get_return(scope=request.scope, pk=pk)
    version = _version(request, record)
    try:
        submit_return(actor=request.user, scope=request.scope, return_id=record.pk, lock_version=version)
    except DomainError as error:
        messages.error(request, error.message)
        record = get_return(scope=request.scope, pk=pk)
        since = version if isinstance(error, StaleError) else None
        blocking = error.extra.get("cells")
        return show_entry(request, record, blocking=blocking, since=since, status=error.status)
    messages.success(request, _("已提交，由区县教育工委审核。审核前可以撤回。"))
    return redirect("collection:entry", pk=pk)


@require_POST
@holds_office
def withdraw(request: OfficeRequest, pk: int) -> HttpResponseBase:
    record = get_return(scope=request.scope, pk=pk)
    version = _version(request, record)
    try:
        withdraw_return(actor=request.user, scope=request.scope, return_id=record.pk, lock_version=version)
    except DomainError as error:
        messages.error(request, error.message)
        return show_entry(request, get_return(scope=request.scope, pk=pk), since=version, status=error.status)
    messages.success(request, _("已撤回，可以继续修改。"))
    return redirect("collection:entry", pk=pk)


def _version(request: OfficeRequest, record: Return) -> int:
    """lock_version as the form carried it. One that is no number cannot be the newest."""
    text = request.POST.get("lock_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else record.lock_version
