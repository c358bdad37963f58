"""Writing a paper: one page, saved as often as wanted, handed in when nothing is missing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.workflow.errors import DomainError
from projects.creation.forms import GoalLines, MilestoneLines, PaperForm
from projects.creation.models import EDITABLE, Paper, PaperKind
from projects.creation.process import REOPEN, SEND_BACK
from projects.creation.rules import is_own
from projects.creation.sections import list_gaps
from projects.creation.selectors.builds import Plan, get_plan
from projects.creation.selectors.papers import get_paper, list_evidence, list_steps
from projects.creation.services.evidence import add_evidence
from projects.creation.services.papers import GoalLine, MilestoneLine, save_paper, submit_paper

from .words import crumbs_of, paper_badge


@holds_office
def edit(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """The form of a paper. POST saves; with the button `submit` it is handed in as well."""
    paper = get_paper(scope=request.scope, pk=pk)
    if not is_own(request.scope, paper.designation):
        raise PermissionDenied
    if paper.status not in EDITABLE:
        messages.info(request, _("材料已经提交，撤回后才能修改。"))
        return redirect("creation:paper", pk=pk)
    plan = get_plan(paper.designation)
    form = PaperForm(request.POST or None, request.FILES or None, paper=paper, goals=plan.goals)
    lines = _lines(request, paper, plan)
    if request.method != "POST":
        return _show(request, paper, plan, form, lines)
    if not (form.is_valid() and all(formset.is_valid() for formset in lines.values())):
        messages.error(request, _("有几处还要改，原因写在旁边。您填的都在，还没有保存。"))
        return _show(request, paper, plan, form, lines, status=422)
    return _save(request, paper, plan, form, lines)


def _lines(request: OfficeRequest, paper: Paper, plan: Plan) -> dict[str, Any]:
    """The two tables of a plan; other papers have none."""
    if paper.kind != PaperKind.PLAN:
        return {}
    if request.method == "POST":
        return {
            "goals": GoalLines(request.POST, prefix="goal"),
            "milestones": MilestoneLines(request.POST, prefix="step"),
        }
    goals = [{"title": g.title, "baseline": g.baseline, "target": g.target} for g in plan.goals]
    steps = [{"measure": m.measure, "due_on": m.due_on} for m in plan.milestones]
    return {
        "goals": GoalLines(initial=goals, prefix="goal"),
        "milestones": MilestoneLines(initial=steps, prefix="step"),
    }


def _save(request: OfficeRequest, paper: Paper, plan: Plan, form: PaperForm, lines: dict[str, Any]) -> HttpResponseBase:
    written: dict[str, Any] = {}
    if lines:
        written = {
            "goals": [GoalLine(**line) for line in lines["goals"].lines()],
            "milestones": [MilestoneLine(**line) for line in lines["milestones"].lines()],
        }
    by: dict[str, Any] = {"actor": request.user, "scope": request.scope, "paper_id": paper.pk}
    try:
        saved = save_paper(
            **by, seen=form.cleaned_data["seen"], texts=form.cleaned_data, achieved=form.achieved(), **written
        )
        if upload := form.cleaned_data.get("file"):
            add_evidence(**by, upload=upload)
    except DomainError as error:
        field = error.extra.get("field")
        form.add_error(field if field in form.fields else None, error.message)
        return _show(request, paper, plan, form, lines, status=422)
    if "submit" not in request.POST:
        messages.success(request, _("已保存。"))
        return redirect("creation:paper-edit", pk=paper.pk)
    try:
        submit_paper(**by, lock_version=saved.lock_version)
    except DomainError as error:
        messages.error(request, _("已保存，还不能提交：%s") % error.message)
        return redirect("creation:paper-edit", pk=paper.pk)
    messages.success(request, _("已提交，等检查。"))
    return redirect("creation:build", pk=paper.designation_id)


def _show(
    request: OfficeRequest, paper: Paper, plan: Plan, form: PaperForm, lines: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    returned = next((event for event in list_steps(paper) if event.action in (SEND_BACK, REOPEN)), None)
    context = {
        "paper": paper,
        "build": paper.designation,
        "badge": paper_badge(paper),
        "plan": plan,
        "form": form,
        "goals": lines.get("goals"),
        "milestones": lines.get("milestones"),
        "gaps": list_gaps(paper, plan.goals, plan.milestones),
        "evidence": list_evidence(paper),
        "returned": returned if paper.status == "returned" else None,
        "crumbs": crumbs_of(paper.designation, (str(paper.get_kind_display()), "")),
    }
    return render(request, "creation/edit.html", context, status=status)
