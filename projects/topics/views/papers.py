"""One paper or request: written by the school, read, handed in, settled."""

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
from projects.selection.views.rounds import seen_version
from projects.topics import process
from projects.topics.forms import CheckForm, ReturnForm
from projects.topics.models import RUNNING, Paper, PaperKind
from projects.topics.process import PAPER_PROCESS, PAPER_WORDS
from projects.topics.rules import is_own, roles_on_topic, roles_to_settle
from projects.topics.sections import SECTIONS
from projects.topics.selectors.papers import describe_change, get_evidence, get_paper, list_evidence, list_steps
from projects.topics.services import papers as services
from projects.topics.services.checks import settle_paper
from projects.topics.services.evidence import remove_evidence

from .words import crumbs_of, paper_badge


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    return show_paper(request, get_paper(scope=request.scope, pk=pk))


def _actions(request: OfficeRequest, paper: Paper) -> set[str]:
    """The steps that the reader may take with the paper now."""
    if paper.topic.status not in RUNNING:
        return set()
    roles = roles_on_topic(request.scope, paper.topic)
    found = {step.action for step in PAPER_PROCESS.available(paper.status, roles)}
    settle = PAPER_PROCESS.find(paper.status, process.SETTLE)
    if settle is not None and not settle.roles & roles_to_settle(request.scope, paper):
        found.discard(process.SETTLE)
    return found


def show_paper(request: OfficeRequest, paper: Paper, *, status: int = 200) -> HttpResponse:
    """The paper as a document, with the steps that the reader may take."""
    actions = _actions(request, paper)
    context = {
        "paper": paper,
        "topic": paper.topic,
        "badge": paper_badge(paper),
        "texts": [(section.label, getattr(paper, section.field)) for section in SECTIONS[paper.kind]],
        "change": describe_change(paper),
        "budget": list(paper.budget.all()) if paper.kind == PaperKind.CONTRACT else [],
        "outputs": list(paper.outputs.all()) if paper.kind == PaperKind.CLOSING else [],
        "evidence": list_evidence(paper),
        "events": [(event, PAPER_WORDS[event.action]) for event in list_steps(paper)],
        "actions": actions,
        "may_edit": process.SUBMIT in actions,
        "crumbs": crumbs_of(paper.topic, (str(paper.get_kind_display()), "")),
    }
    return render(request, "topics/paper.html", context, status=status)


def _crumbs(paper: Paper, page: str) -> list[dict[str, str]]:
    own = (str(paper.get_kind_display()), reverse("topics:paper", args=[paper.pk]))
    return crumbs_of(paper.topic, own, (page, ""))


STEPS: dict[str, tuple[Any, Any]] = {
    "submit": (services.submit_paper, _lazy("已提交，等办理。")),
    "recall": (services.recall_paper, _lazy("已撤回，可以继续修改。")),
}


@require_POST
@holds_office
def step(request: OfficeRequest, pk: int, action: str) -> HttpResponseBase:
    """Hand in or take back."""
    paper = get_paper(scope=request.scope, pk=pk)
    if action not in STEPS:
        raise Http404
    if not is_own(request.scope, paper.topic):
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
    if action == "submit":
        return redirect("topics:topic", pk=paper.topic_id)
    return redirect("topics:paper", pk=pk)


def _checked(request: OfficeRequest, pk: int, action: str) -> Paper:
    """The paper, for whoever may take this step now: 404 outside the scope, 403 without the right."""
    paper = get_paper(scope=request.scope, pk=pk)
    if action not in _actions(request, paper):
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
        return reverse("topics:paper", args=[pk])

    word = _("退回修改")
    return form_page(
        request, form=ReturnForm(request.POST or None), act=act, heading=f"{word}：{paper.topic.title}",
        submit=word, done=_("已退回学校修改。"), cancel=reverse("topics:paper", args=[pk]),
        crumbs=_crumbs(paper, word),
    )  # fmt: skip


CONFIRM = {
    PaperKind.CONTRACT: _lazy("任务书签订后资助金额不再改动。"),
    PaperKind.CLOSING: _lazy("办理后写入课题的历史，计入结题率，不能收回。"),
    PaperKind.EXTENSION: _lazy("办理后写入课题的历史，不能收回。"),
    PaperKind.TERMINATION: _lazy("同意终止后课题不再继续，立项称号同时撤销，不能收回。"),
}


@holds_office
def check(request: OfficeRequest, pk: int) -> HttpResponse:
    """The finding: the paper is settled, and the topic takes its step."""
    paper = _checked(request, pk, process.SETTLE)
    form = CheckForm(request.POST or None, paper=paper)

    def act(data: dict[str, Any]) -> str:
        settle_paper(
            actor=request.user, scope=request.scope, paper_id=pk, result=data["result"], finding=data["finding"],
            until=data.get("until"), contract_number=data.get("contract_number", ""),
            lock_version=seen_version(request, paper.lock_version),
        )  # fmt: skip
        return reverse("topics:topic", args=[paper.topic_id])

    heading = _("办理%(paper)s：%(topic)s") % {"paper": paper.get_kind_display(), "topic": paper.topic.title}
    return form_page(
        request, form=form, act=act, heading=heading, submit=_("送出结论"), done=_("已办结。"),
        cancel=reverse("topics:paper", args=[pk]), confirm=str(CONFIRM.get(PaperKind(paper.kind), "")),
        crumbs=_crumbs(paper, _("办理")),
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
    if not is_own(request.scope, paper.topic):
        raise PermissionDenied
    try:
        remove_evidence(actor=request.user, scope=request.scope, paper_id=pk, evidence_id=file_pk)
        messages.success(request, _("已删除附件。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("topics:paper-edit", pk=pk)
