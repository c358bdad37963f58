"""One paper: written by the school, read, handed in, checked."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import attachment
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from projects.creation import process
from projects.creation.duties import PLAN_AGAIN_DAYS
from projects.creation.forms import CheckForm, ReopenForm, ReturnForm
from projects.creation.models import Paper, PaperKind
from projects.creation.process import ACTION_WORDS, PAPER_PROCESS
from projects.creation.rules import can_reopen, is_own, roles_on_build
from projects.creation.sections import SECTIONS
from projects.creation.selectors.builds import get_plan
from projects.creation.selectors.papers import get_evidence, get_paper, list_evidence, list_steps
from projects.creation.services import papers as services
from projects.creation.services.checks import settle_paper
from projects.creation.services.evidence import remove_evidence
from projects.selection.models import DesignationStatus
from projects.selection.process import CHAIR
from projects.selection.views.rounds import seen_version

from .words import crumbs_of, paper_badge


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    return show_paper(request, get_paper(scope=request.scope, pk=pk))


def show_paper(request: OfficeRequest, paper: Paper, *, status: int = 200) -> HttpResponse:
    """The paper as a document, with the steps that the reader may take."""
    roles = roles_on_build(request.scope, paper.designation)
    actions = {step.action for step in PAPER_PROCESS.available(paper.status, roles)}
    if paper.kind == PaperKind.ACCEPTANCE and CHAIR not in roles:
        actions.discard(process.SETTLE)
    if not can_reopen(request.scope, paper):
        actions.discard(process.REOPEN)
    plan = get_plan(paper.designation)
    context = {
        "paper": paper,
        "build": paper.designation,
        "badge": paper_badge(paper),
        "texts": [(section.label, getattr(paper, section.field)) for section in SECTIONS[paper.kind]],
        "plan": plan,
        "shows_goals": paper.kind in (PaperKind.PLAN, PaperKind.ACCEPTANCE) and plan.goals,
        "shows_milestones": paper.kind != PaperKind.RECTIFICATION and plan.milestones,
        "evidence": list_evidence(paper),
        "events": [(event, ACTION_WORDS[event.action]) for event in list_steps(paper)],
        "actions": actions,
        "may_edit": process.SUBMIT in actions,
        "crumbs": crumbs_of(paper.designation, (str(paper.get_kind_display()), "")),
    }
    return render(request, "creation/paper.html", context, status=status)


def _crumbs(paper: Paper, page: str) -> list[dict[str, str]]:
    own = (str(paper.get_kind_display()), reverse("creation:paper", args=[paper.pk]))
    return crumbs_of(paper.designation, own, (page, ""))


STEPS: dict[str, tuple[Any, Any]] = {
    "submit": (services.submit_paper, _lazy("已提交，等检查。")),
    "recall": (services.recall_paper, _lazy("已撤回，可以继续修改。")),
}


@require_POST
@holds_office
def step(request: OfficeRequest, pk: int, action: str) -> HttpResponseBase:
    """Hand in or take back."""
    paper = get_paper(scope=request.scope, pk=pk)
    if action not in STEPS:
        raise Http404
    if not is_own(request.scope, paper.designation):
        raise PermissionDenied
    service, done = STEPS[action]
    try:
        service(
            actor=request.user, scope=request.scope, paper_id=pk,
            lock_version=seen_version(request, paper.lock_version),
        )  # fmt: skip
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, error.message)
        return show_paper(request, get_paper(scope=request.scope, pk=pk), status=error.status)
    return redirect("creation:build" if action == "submit" else "creation:paper", pk=_target(paper, action))


def _target(paper: Paper, action: str) -> int:
    return paper.designation_id if action == "submit" else paper.pk


def _checked(request: OfficeRequest, pk: int, action: str) -> Paper:
    """The paper, for whoever may take this step now: 404 outside the scope, 403 without the right."""
    paper = get_paper(scope=request.scope, pk=pk)
    allowed = PAPER_PROCESS.find(paper.status, action)
    roles = roles_on_build(request.scope, paper.designation)
    if allowed is None or not allowed.roles & roles:
        raise PermissionDenied
    if action == process.SETTLE and paper.kind == PaperKind.ACCEPTANCE and CHAIR not in roles:
        raise PermissionDenied
    return paper


@holds_office
def send_back(request: OfficeRequest, pk: int) -> HttpResponse:
    paper = _checked(request, pk, process.SEND_BACK)

    def act(data: dict[str, Any]) -> str:
        services.return_paper(
            actor=request.user, scope=request.scope, paper_id=pk, reason=data["reason"],
            lock_version=seen_version(request, paper.lock_version),
        )  # fmt: skip
        return reverse("creation:paper", args=[pk])

    word = _("退回修改")
    return form_page(
        request, form=ReturnForm(request.POST or None), act=act, heading=f"{word}：{paper.designation.holder_name}",
        submit=word, done=_("已退回学校修改。"), cancel=reverse("creation:paper", args=[pk]),
        crumbs=_crumbs(paper, word),
    )  # fmt: skip


@holds_office
def reopen(request: OfficeRequest, pk: int) -> HttpResponse:
    """An agreed plan goes back to the school; the reason stands in the steps."""
    paper = _checked(request, pk, process.REOPEN)
    if not can_reopen(request.scope, paper):
        raise PermissionDenied

    def act(data: dict[str, Any]) -> str:
        services.reopen_plan(
            actor=request.user, scope=request.scope, paper_id=pk, reason=data["reason"],
            lock_version=seen_version(request, paper.lock_version),
        )  # fmt: skip
        return reverse("creation:paper", args=[pk])

    word = _("重新开放")
    heading = _("重新开放计划：%s") % paper.designation.holder_name
    return form_page(
        request, form=ReopenForm(request.POST or None), act=act, heading=heading,
        submit=word, done=_("已重新开放，学校可以修改计划。"), cancel=reverse("creation:paper", args=[pk]),
        confirm=_("重新开放后，原来的同意意见作废，学校须在 %d 天内改好再报；已完成的举措保留进展。") % PLAN_AGAIN_DAYS,
        crumbs=_crumbs(paper, word),
    )  # fmt: skip


@holds_office
def check(request: OfficeRequest, pk: int) -> HttpResponse:
    """The finding: the paper is settled, and the designation takes its step."""
    paper = _checked(request, pk, process.SETTLE)
    may_delay = paper.designation.status != DesignationStatus.DELAYED
    form = CheckForm(request.POST or None, paper=paper, may_delay=may_delay)

    def act(data: dict[str, Any]) -> str:
        settle_paper(
            actor=request.user, scope=request.scope, paper_id=pk, result=data["result"], finding=data["finding"],
            until=data.get("until"), lock_version=seen_version(request, paper.lock_version),
        )  # fmt: skip
        return reverse("creation:build", args=[paper.designation_id])

    heading = _("检查%(paper)s：%(unit)s") % {"paper": paper.get_kind_display(), "unit": paper.designation.holder_name}
    confirm = "" if paper.kind == PaperKind.PLAN else _("办理后写入称号的历史，计入指标，不能收回。")
    return form_page(
        request, form=form, act=act, heading=heading, submit=_("送出结论"), done=_("已办结。"),
        cancel=reverse("creation:paper", args=[pk]), confirm=confirm,
        crumbs=_crumbs(paper, _("检查")),
    )  # fmt: skip


@holds_office
def evidence(request: OfficeRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of the paper, always as a download."""
    found = get_evidence(paper=get_paper(scope=request.scope, pk=pk), pk=file_pk)
    if found is None:
        raise Http404
    response = FileResponse(found.file.open("rb"), content_type=found.media_type)
    response["Content-Disposition"] = attachment(found.name)
    return response


@require_POST
@holds_office
def remove(request: OfficeRequest, pk: int, file_pk: int) -> HttpResponseBase:
    paper = get_paper(scope=request.scope, pk=pk)
    if not is_own(request.scope, paper.designation):
        raise PermissionDenied
    try:
        remove_evidence(actor=request.user, scope=request.scope, paper_id=pk, evidence_id=file_pk)
        messages.success(request, _("已删除附件。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("creation:paper-edit", pk=pk)
