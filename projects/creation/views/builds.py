"""在建单位: the list with what is due, one build with its way, and the progress of its plan."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import table_response
from portal.ui.form_pages import form_page
from portal.ui.formats import show_day
from portal.ui.paging import page_of, rest_of_query
from portal.workflow.errors import DomainError
from projects.creation.forms import ProgressForm
from projects.creation.models import PaperKind
from projects.creation.rules import can_check, is_own
from projects.creation.selectors.builds import (
    count_builds,
    duty_of,
    get_build,
    get_plan,
    list_builds,
    list_choosable_districts,
    list_papers,
    timeline_of,
)
from projects.creation.services.papers import begin_paper, finish_milestone
from projects.selection.models import DesignationLevel, DesignationStatus

from .words import crumbs, crumbs_of, duty_badge, paper_badge

NAMES = ("state", "level", "district", "school", "stage", "q")


@holds_office
def build_list(request: OfficeRequest) -> HttpResponseBase:
    """Builds in the scope; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "").replace("\x00", "") for name in NAMES}
    rows = list_builds(scope=request.scope, filters=filters)
    if request.GET.get("export") in ("xlsx", "csv"):
        return _export(request, rows)
    page = page_of(request, rows, 50)
    duties = [(row, duty_of(row)) for row in page]
    context = {
        "page": page,
        "rows": [(row, duty, duty_badge(row, duty)) for row, duty in duties],
        "filters": filters,
        "counts": count_builds(scope=request.scope),
        "stages": PaperKind.choices,
        "levels": DesignationLevel.choices,
        "districts": list_choosable_districts(scope=request.scope),
        "query": rest_of_query(request),
        "crumbs": crumbs((_("在建单位"), "")),
    }
    return render(request, "creation/builds.html", context)


def _export(request: OfficeRequest, rows: Any) -> HttpResponseBase:
    head = [
        _("单位"), _("学校代码"), _("区县"), _("品牌"), _("级别"), _("批次"), _("状态"), _("下一步"), _("应报日期"),
        _("授予日期"), _("期满日期"),
    ]  # fmt: skip

    def line(row: Any) -> list[Any]:
        duty = duty_of(row)
        return [
            row.holder_name, row.school.code, row.school.district.name, row.brand, row.get_level_display(), row.batch,
            str(DesignationStatus(row.status).label), duty_badge(row, duty).word, f"{duty.due or ''}",
            f"{row.valid_from}", f"{row.valid_to or ''}",
        ]  # fmt: skip

    note = _("应报日期按授予日期和称号期限计算；整改、延期以检查结论为准。")
    return table_response(request.GET["export"], _("双创建在建单位"), head, map(line, rows), note)


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    """One build: what is due now, its way, its plan, its papers."""
    build = get_build(scope=request.scope, pk=pk)
    duty, papers, plan = duty_of(build), list_papers(build), get_plan(build)
    own = is_own(request.scope, build)
    context = {
        "build": build,
        "duty": duty,
        "badge": duty_badge(build, duty),
        "plan": plan,
        "timeline": timeline_of(build, papers),
        "papers": [(paper, paper_badge(paper)) for paper in papers],
        "own": own,
        "may_progress": own and plan.is_agreed and build.ended_on is None,
        "may_check": can_check(request.scope, build),
        "crumbs": crumbs_of(build),
    }
    return render(request, "creation/build.html", context)


@require_POST
@holds_office
def begin(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """Begin the paper that is due next, or go on with the one that is open."""
    build = get_build(scope=request.scope, pk=pk)
    if not is_own(request.scope, build):
        raise PermissionDenied
    try:
        paper = begin_paper(actor=request.user, scope=request.scope, designation_id=pk)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("creation:build", pk=pk)
    return redirect("creation:paper-edit", pk=paper.pk)


@holds_office
def progress(request: OfficeRequest, pk: int, milestone_pk: int) -> HttpResponse:
    """Say that a measure of the plan is done."""
    build = get_build(scope=request.scope, pk=pk)
    if not is_own(request.scope, build):
        raise PermissionDenied
    row = next((m for m in get_plan(build).milestones if m.pk == milestone_pk), None)
    if row is None:
        raise Http404
    initial = {"done_on": row.done_on, "note": row.note} if row.done_on else {}

    def act(data: dict[str, Any]) -> str:
        finish_milestone(actor=request.user, scope=request.scope, milestone_id=milestone_pk, **data)
        return reverse("creation:build", args=[pk])

    return form_page(
        request, form=ProgressForm(request.POST or None, initial=initial), act=act, heading=row.measure,
        submit=_("保存"), done=_("已记入进展。"), cancel=reverse("creation:build", args=[pk]),
        crumbs=crumbs_of(build, (_("进展"), "")), hint=_("计划 %s 完成") % show_day(row.due_on),
    )  # fmt: skip
