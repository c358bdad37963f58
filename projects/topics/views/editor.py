"""Writing a paper: the texts of its kind, the budget of a contract, the outputs of a closing, a file at a time."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.formats import show_day
from portal.workflow.errors import DomainError
from projects.topics.forms import BudgetLines, OutputLines, PaperForm
from projects.topics.models import EDITABLE, RUNNING, Paper, PaperKind
from projects.topics.rules import is_own
from projects.topics.sections import list_gaps
from projects.topics.selectors.papers import get_paper, list_evidence, list_steps
from projects.topics.services.evidence import add_evidence
from projects.topics.services.papers import Product, Request, Spending, latest_extension, save_paper, submit_paper

from .words import crumbs_of, paper_badge


@holds_office
def edit(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """The form of a paper. POST saves; with the button `submit` it is handed in as well."""
    paper = get_paper(scope=request.scope, pk=pk)
    if not is_own(request.scope, paper.topic):
        raise PermissionDenied
    if paper.status not in EDITABLE or paper.topic.status not in RUNNING:
        messages.info(request, _("材料已经提交，撤回后才能修改；已经结束的课题不再修改。"))
        return redirect("topics:paper", pk=pk)
    latest = show_day(latest_extension(paper.topic))
    form = PaperForm(request.POST or None, request.FILES or None, paper=paper, latest=latest)
    lines = _lines(request, paper)
    if request.method != "POST":
        return _show(request, paper, form, lines)
    if not (form.is_valid() and (lines is None or lines.is_valid())):
        messages.error(request, _("有几处还要改，原因写在旁边。您填的都在，还没有保存。"))
        return _show(request, paper, form, lines, status=422)
    return _save(request, paper, form, lines)


def _lines(request: OfficeRequest, paper: Paper) -> Any:
    """The table of a contract or a closing; other papers have none."""
    if paper.kind == PaperKind.CONTRACT:
        rows = [{"item": row.item, "amount": row.amount} for row in paper.budget.all()]
        factory = BudgetLines
    elif paper.kind == PaperKind.CLOSING:
        names = ("kind", "title", "source", "done_on")
        rows = [{name: getattr(row, name) for name in names} for row in paper.outputs.all()]
        factory = OutputLines
    else:
        return None
    return factory(request.POST, prefix="line") if request.method == "POST" else factory(initial=rows, prefix="line")


def _save(request: OfficeRequest, paper: Paper, form: PaperForm, lines: Any) -> HttpResponseBase:
    data = form.cleaned_data
    written: dict[str, Any] = {}
    if paper.kind == PaperKind.CONTRACT:
        written["budget"] = [Spending(**line) for line in lines.lines()]
    elif paper.kind == PaperKind.CLOSING:
        written["outputs"] = [Product(**line) for line in lines.lines()]
    elif paper.kind in (PaperKind.CHANGE, PaperKind.EXTENSION):
        written["request"] = Request(data.get("part", ""), data.get("value", ""), data.get("wanted"))
    by: dict[str, Any] = {"actor": request.user, "scope": request.scope, "paper_id": paper.pk}
    try:
        saved = save_paper(**by, seen=data["seen"], texts=data, **written)
        if upload := data.get("file"):
            add_evidence(**by, upload=upload)
    except DomainError as error:
        field = error.extra.get("field")
        form.add_error(field if field in form.fields else None, error.message)
        return _show(request, paper, form, lines, status=422)
    if "submit" not in request.POST:
        messages.success(request, _("已保存。"))
        return redirect("topics:paper-edit", pk=paper.pk)
    try:
        submit_paper(**by, lock_version=saved.lock_version)
    except DomainError as error:
        messages.error(request, _("已保存，还不能提交：%s") % error.message)
        return redirect("topics:paper-edit", pk=paper.pk)
    messages.success(request, _("已提交，等办理。"))
    return redirect("topics:topic", pk=paper.topic_id)


def _show(request: OfficeRequest, paper: Paper, form: PaperForm, lines: Any, *, status: int = 200) -> HttpResponse:
    returned = next((event for event in list_steps(paper) if event.action == "return"), None)
    context = {
        "paper": paper,
        "topic": paper.topic,
        "badge": paper_badge(paper),
        "form": form,
        "lines": lines,
        "gaps": list_gaps(paper, paper.topic, list(paper.budget.all()), list(paper.outputs.all())),
        "evidence": list_evidence(paper),
        "returned": returned if paper.status == "returned" else None,
        "crumbs": crumbs_of(paper.topic, (str(paper.get_kind_display()), "")),
    }
    return render(request, "topics/edit.html", context, status=status)
