"""The chair's pages: the draw, the panel at work, the result, the decisions, the notice, the end."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from projects.selection import calendar
from projects.selection.forms import PublishDecisions
from projects.selection.models import Application, ApplicationStatus, Designation, Round, RoundStatus, StageKind
from projects.selection.process import CHAIR, ROUND_PROCESS
from projects.selection.rules.access import roles_on_round
from projects.selection.rules.dates import find_stage
from projects.selection.selectors.caps import cap_of_round
from projects.selection.selectors.draws import find_draw
from projects.selection.selectors.outcome import (
    COMPUTATION_HEAD,
    OutcomeRow,
    computation_notes,
    computation_rows,
    get_expert_page,
    get_outcome,
    get_panel,
    list_announced,
)
from projects.selection.selectors.rounds import get_round
from projects.selection.services import blinding, notices, panel, results, sheets

from .rounds import key_of, seen_version
from .words import Badge, application_badge, crumbs, designation_badge


def _kept(request: OfficeRequest, pk: int) -> Round:
    round_ = get_round(scope=request.scope, pk=pk)
    if not roles_on_round(request.scope, round_):
        raise PermissionDenied
    return round_


@holds_office
def panel_page(request: OfficeRequest, pk: int) -> HttpResponse:
    """The panel at work: loads, late experts, empty seats, reported leaks, files that wait for a person."""
    round_ = _kept(request, pk)
    context = {
        "round": round_,
        "panel": get_panel(round_=round_),
        "has_draw": find_draw(round_) is not None,
        "actions": {
            step.action for step in ROUND_PROCESS.available(round_.status, roles_on_round(request.scope, round_))
        },
        "crumbs": crumbs(round_, page=_("评审进度")),
    }
    return render(request, "selection/chair/panel.html", context)


@holds_office
def outcome(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """The ranking with its pedigree; ?export=xlsx|csv is every point with the rules, to compute it anew.

    A round that was not scored here has only its list.
    """
    round_ = _kept(request, pk)
    if round_.status in (RoundStatus.DRAFT, RoundStatus.OPEN, RoundStatus.REVIEWING, RoundStatus.CANCELLED):
        return redirect(
            "selection:panel-progress" if round_.status == RoundStatus.REVIEWING else "selection:round", pk=pk
        )
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        name, head, rows = _("评分计算-%s") % round_.code, list(COMPUTATION_HEAD), computation_rows(round_)
        answer = csv_response if kind == "csv" else xlsx_response
        return answer(name, head, rows, notes=computation_notes(round_))
    found = get_outcome(round_=round_)
    if not found.rows and round_.status == RoundStatus.ANNOUNCED:
        return _listed(request, round_)
    roles = roles_on_round(request.scope, round_)
    context = {
        "round": round_,
        "outcome": found,
        "rows": [(row, _conclusion(row)) for row in found.rows],
        "cap": cap_of_round(round_),
        "notes": computation_notes(round_),
        "actions": {step.action for step in ROUND_PROCESS.available(round_.status, roles)},
        "crumbs": crumbs(round_, page=_("评审结果")),
    }
    return render(request, "selection/chair/outcome.html", context)


def _listed(request: OfficeRequest, round_: Round) -> HttpResponse:
    """A round that was not scored here: who holds the title, and nothing of a computation that nobody made."""
    context = {
        "round": round_,
        "rows": [(case, _title_badge(case)) for case in list_announced(round_=round_)],
        "crumbs": crumbs(round_, page=_("入选名单")),
    }
    return render(request, "selection/chair/announced.html", context)


def _conclusion(row: OutcomeRow) -> Badge:
    """What became of a case once the decisions are published; an announced one is told from those that were not."""
    found = application_badge(row.application)
    return replace(found, word=_("入选")) if row.application.status == ApplicationStatus.ANNOUNCED else found


def _title_badge(case: Application) -> Badge:
    title: Designation | None = getattr(case, "designation", None)
    return designation_badge(title) if title else application_badge(case)


@require_POST
@holds_office
def draw(request: OfficeRequest, pk: int) -> HttpResponse:
    def act(by: dict[str, Any]) -> str:
        panel.draw_panel(**by, seed=request.POST.get("seed", ""))
        return _("已抽取专家，材料已隐去身份，盲评开始。")

    return _round_step(request, pk, act, "selection:panel-progress")


@require_POST
@holds_office
def close(request: OfficeRequest, pk: int) -> HttpResponse:
    def act(by: dict[str, Any]) -> str:
        results.close_review(**by, accept_short=bool(request.POST.get("accept_short")))
        return _("评审已结束，得分和名次已固定，等待集体审议。")

    return _round_step(request, pk, act, "selection:outcome")


@require_POST
@holds_office
def announce(request: OfficeRequest, pk: int) -> HttpResponse:
    def act(by: dict[str, Any]) -> str:
        notices.announce_round(**by)
        return _("已公布，称号已生效。")

    return _round_step(request, pk, act, "selection:round")


def _round_step(request: OfficeRequest, pk: int, act: Callable[[dict[str, Any]], str], target: str) -> HttpResponse:
    round_ = _kept(request, pk)
    version = seen_version(request, round_.lock_version)
    try:
        messages.success(
            request, act({"actor": request.user, "scope": request.scope, "round_id": pk, "lock_version": version})
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(
            "selection:panel-progress" if round_.status == RoundStatus.REVIEWING else "selection:round", pk=pk
        )
    return redirect(target, pk=pk)


@require_POST
@holds_office
def decide(request: OfficeRequest, pk: int) -> HttpResponse:
    """Change one held decision, with the reason of the deliberation."""
    round_ = _kept(request, pk)
    try:
        results.change_decision(
            actor=request.user, scope=request.scope, application_id=key_of(request.POST.get("application", "")),
            outcome="select" if request.POST.get("outcome") == "select" else "decline",
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
        messages.success(request, _("已改动，公布前都不对外显示。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:outcome", pk=round_.pk)


@holds_office
def publish(request: OfficeRequest, pk: int) -> HttpResponse:
    """Publish all decisions together and open the public notice."""
    round_ = _kept(request, pk)
    if round_.status != RoundStatus.DELIBERATING:
        return redirect("selection:round", pk=pk)
    version = seen_version(request, round_.lock_version)

    def act(data: dict[str, Any]) -> str:
        results.publish_decisions(actor=request.user, scope=request.scope, round_id=pk, lock_version=version, **data)
        return reverse("notices:notice", args=[data["number"]])

    first = {
        "number": round_.code,
        "issuer": round_.unit.name,
        "starts_on": calendar.next_working_day(timezone.localdate()),
    }
    return form_page(
        request, form=PublishDecisions(request.POST or None, initial=first), act=act, heading=_("公布审议结论并公示"),
        submit=_("公布并公示"), done=_("已公布，公示页任何人都能看到。"),
        cancel=reverse("selection:outcome", args=[pk]), crumbs=crumbs(round_, page=_("公示")),
        confirm=_("全部结论一次公布，公示页对外可见。公布后不能收回。"),
        hint=_("公示 %d 个工作日，按国家公布的节假日安排计算。") % round_.notice_days,
    )  # fmt: skip


@holds_office
def expert_page(request: OfficeRequest, pk: int, expert_pk: int) -> HttpResponse:
    """One expert's items: how far each is, to give a sheet back or to seat somebody else."""
    round_ = _kept(request, pk)
    found = get_expert_page(round_=round_, expert_id=expert_pk)
    context = {
        "round": round_,
        "found": found,
        "stage": find_stage(round_, StageKind.REVIEW),
        "may_act": CHAIR in roles_on_round(request.scope, round_) and round_.status == RoundStatus.REVIEWING,
        "crumbs": crumbs(round_, page=str(found.load.expert)),
    }
    return render(request, "selection/chair/expert.html", context)


@require_POST
@holds_office
def replace_late(request: OfficeRequest, pk: int, expert_pk: int) -> HttpResponse:
    """Every open item of a late expert goes to others."""
    round_ = _kept(request, pk)
    try:
        taken, empty = sheets.replace_late(
            actor=request.user, scope=request.scope, round_id=pk, expert_id=expert_pk,
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
        messages.success(request, _("已收回 %d 件，换给其他专家。") % taken)
        if empty:
            messages.warning(request, _("其中 %d 件没有可补的专家，席位空着，请增补专家库。") % empty)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:panel-progress", pk=round_.pk)


@require_POST
@holds_office
def sheet_step(request: OfficeRequest, pk: int, sheet_pk: int, action: str) -> HttpResponse:
    """Replace a late expert, or give a submitted sheet back."""
    round_ = _kept(request, pk)
    given: dict[str, Any] = {
        "actor": request.user, "scope": request.scope, "assignment_id": sheet_pk,
        "lock_version": seen_version(request, 0), "reason": request.POST.get("reason", ""),
    }  # fmt: skip
    try:
        if action == "replace":
            _outcome, seated = sheets.replace_expert(**given)
            word = _("已更换专家。") if seated else _("已收回，但没有可补的专家：这个席位空着，请增补专家库。")
            messages.success(request, word)
        else:
            sheets.unlock_sheet(**given)
            messages.success(request, _("已退回给专家修改。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:panel-progress", pk=round_.pk)


@require_POST
@holds_office
def hide(request: OfficeRequest, pk: int, case_pk: int) -> HttpResponse:
    """Words that identify a case, one a line; its blind copy is made anew and opened again."""
    round_ = _kept(request, pk)
    words = request.POST.get("words", "").replace("、", "\n").splitlines()
    try:
        blinding.hide_words(actor=request.user, scope=request.scope, application_id=case_pk, words=words)
        messages.success(request, _("已隐去并恢复评审。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:panel-progress", pk=round_.pk)


@require_POST
@holds_office
def clear_file(request: OfficeRequest, pk: int, file_pk: int) -> HttpResponse:
    """A person's word on a file: cleared as it is, or a cleaned copy in its place."""
    round_ = _kept(request, pk)
    by: dict[str, Any] = {"actor": request.user, "scope": request.scope, "attachment_id": file_pk}
    try:
        if upload := request.FILES.get("clean"):
            row = blinding.add_clean_copy(**by, upload=upload)
            messages.success(request, _("清理后的文件：%s。") % row.get_state_display())
        else:
            blinding.clear_file(**by)
            messages.success(request, _("已确认可给专家看。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:panel-progress", pk=round_.pk)
