"""The expert's pages. Nothing here names an applicant: everything comes from `selectors.sheets`."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from portal.ui.exports import attachment
from portal.workflow.errors import DomainError
from projects.selection.models import Assignment, StageKind
from projects.selection.rules.dates import find_stage
from projects.selection.selectors.sheets import (
    get_blind_file,
    get_score_page,
    get_sheet,
    list_own_sheets,
    next_sheet,
)
from projects.selection.services import sheets as services

from .rounds import seen_version


def _crumbs(sheet: Assignment | None = None) -> list[dict[str, str]]:
    found = [{"label": _("评审"), "url": reverse("selection:panel")}]
    if sheet is not None:
        found += [
            {"label": sheet.round.title, "url": ""},
            {"label": _("材料 %s") % sheet.application.blind_code, "url": ""},
        ]
    return found


@needs(Role.EXPERT)
def work(request: OfficeRequest) -> HttpResponse:
    """My items, by round."""
    rounds: dict[Any, list[Assignment]] = {}
    for sheet in list_own_sheets(scope=request.scope):
        rounds.setdefault(sheet.round, []).append(sheet)
    context = {
        "rounds": [(round_, find_stage(round_, StageKind.REVIEW), rows) for round_, rows in rounds.items()],
        "crumbs": _crumbs(),
    }
    return render(request, "selection/panel/work.html", context)


@needs(Role.EXPERT)
def score(request: OfficeRequest, pk: int) -> HttpResponse:
    """One item: the declaration first, then the redacted text beside the score sheet."""
    return _show(request, get_sheet(scope=request.scope, pk=pk))


def _show(request: OfficeRequest, sheet: Assignment, status: int = 200) -> HttpResponse:
    same_round = [row for row in list_own_sheets(scope=request.scope) if row.round_id == sheet.round_id]
    context = {
        "sheet": sheet,
        "page": get_score_page(sheet=sheet),
        "queue": same_round,
        "done": sum(row.status == "submitted" for row in same_round),
        "stage": find_stage(sheet.round, StageKind.REVIEW),
        "typed": request.POST if status != 200 else {},
        "crumbs": _crumbs(sheet),
    }
    return render(request, "selection/panel/score.html", context, status=status)


@require_POST
@needs(Role.EXPERT)
def declare(request: OfficeRequest, pk: int) -> HttpResponse:
    get_sheet(scope=request.scope, pk=pk)
    try:
        services.declare_free(actor=request.user, scope=request.scope, assignment_id=pk)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:score", pk=pk)


@require_POST
@needs(Role.EXPERT)
def save(request: OfficeRequest, pk: int) -> HttpResponse:
    """Store what came: one criterion by autosave, or the whole sheet; then submit, or go to the next item."""
    sheet = get_sheet(scope=request.scope, pk=pk)
    by: dict[str, Any] = {"actor": request.user, "scope": request.scope, "assignment_id": pk}
    try:
        codes = [key.removeprefix("points-") for key in request.POST if key.startswith("points-")]
        marks = {code: (request.POST[f"points-{code}"], request.POST.get(f"why-{code}")) for code in codes}
        services.save_sheet(**by, marks=marks, comment=request.POST.get("comment"))
        if "submit" in request.POST:
            services.submit_sheet(**by, lock_version=seen_version(request, sheet.lock_version))
            messages.success(request, _("材料 %s 已提交。") % sheet.application.blind_code)
    except DomainError as error:
        gaps = "；".join(f"{gap.title}：{gap.reason}" for gap in error.extra.get("gaps", []))
        if request.htmx:
            return HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")
        messages.error(request, f"{error.message}{gaps}")
        return _show(request, get_sheet(scope=request.scope, pk=pk), status=error.status)
    if request.htmx:
        page = get_score_page(sheet=get_sheet(scope=request.scope, pk=pk))
        return render(request, "selection/panel/total.html", {"page": page, "saved": True})
    if "submit" in request.POST or "next" in request.POST:
        following = next_sheet(scope=request.scope, after=sheet)
        return redirect("selection:score", pk=following.pk) if following else redirect("selection:panel")
    messages.success(request, _("已保存。"))
    return redirect("selection:score", pk=pk)


@require_POST
@needs(Role.EXPERT)
def recuse(request: OfficeRequest, pk: int) -> HttpResponse:
    sheet = get_sheet(scope=request.scope, pk=pk)
    try:
        services.recuse(
            actor=request.user, scope=request.scope, assignment_id=pk,
            lock_version=seen_version(request, sheet.lock_version), reason=request.POST.get("reason", ""),
        )  # fmt: skip
        messages.success(request, _("已回避，这份材料换由其他专家评审。"))
        return redirect("selection:panel")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:score", pk=pk)


@require_POST
@needs(Role.EXPERT)
def leak(request: OfficeRequest, pk: int) -> HttpResponse:
    get_sheet(scope=request.scope, pk=pk)
    try:
        note = request.POST.get("note", "")
        services.report_leak(actor=request.user, scope=request.scope, assignment_id=pk, note=note)
        messages.success(request, _("已报告。这份材料暂停评审，处理好后会回到您的列表。"))
        return redirect("selection:panel")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:score", pk=pk)


@needs(Role.EXPERT)
def file(request: OfficeRequest, pk: int, number: int) -> FileResponse:
    """A cleared file under its neutral name, as a download."""
    name, content, media_type = get_blind_file(sheet=get_sheet(scope=request.scope, pk=pk), number=number)
    response = FileResponse(content.open("rb"), content_type=media_type)
    response["Content-Disposition"] = attachment(name)
    return response
