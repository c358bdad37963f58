"""What waits for the district: ticked and confirmed together, or sent back with a reason."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from portal.ui.exports import table_response
from portal.ui.form_pages import form_page
from portal.ui.paging import page_of, rest_of_query
from portal.workflow.errors import DomainError
from projects.leaders.forms import OutcomeForm
from projects.leaders.process import CHECKERS
from projects.leaders.rules import can_check
from projects.leaders.selectors.assessments import get_assessment, list_mine, list_waiting
from projects.leaders.services.assessments import confirm_assessments, return_assessment

from .posts import seen_version
from .words import crumbs, tabs, wants_export


@needs(*CHECKERS)
def queue(request: OfficeRequest) -> HttpResponseBase:
    """Submitted assessments of the district, school by school."""
    filters = {name: request.GET.get(name, "") for name in ("school", "result")}
    rows = list_waiting(scope=request.scope, filters=filters)
    if wants_export(request):
        head = [_("学校"), _("党组织"), _("认定日期"), _("党建带头"), _("依据"), _("业务带头"), _("依据"), _("结果")]
        lines = (
            [r.school.name, r.organisation.name, f"{r.assessed_on}", r.party_kind, r.party_proof, r.work_kind,
             r.work_proof, _("达标") if r.meets else _("未达标")]
            for r in rows
        )  # fmt: skip
        return table_response(
            request.GET["export"], _("待确认的认定"), head, lines, _("学校已提交、等区县确认的认定。")
        )
    page = page_of(request, rows, 100)
    mine = list_mine(scope=request.scope, assessments=page.object_list)
    context = {
        "page": page,
        "rows": [(row, row.pk in mine) for row in page],
        "filters": filters,
        "query": rest_of_query(request),
        "tabs": tabs("standing"),
        "crumbs": crumbs((_("待确认"), "")),
    }
    return render(request, "leaders/queue.html", context)


@require_POST
@needs(*CHECKERS)
def confirm(request: OfficeRequest) -> HttpResponseBase:
    """Confirm everything that is ticked, or nothing; a tick carries the version that the page showed."""
    versions: dict[int, int] = {}
    for text in request.POST.getlist("chosen"):
        pk, _colon, version = text.partition(":")
        if pk.isascii() and pk.isdigit() and version.isascii() and version.isdigit() and len(text) < 30:
            get_assessment(scope=request.scope, pk=int(pk))
            versions[int(pk)] = int(version)
    try:
        rows = confirm_assessments(actor=request.user, scope=request.scope, versions=versions)
        messages.success(request, _("已确认 %d 项，计入指标。") % len(rows))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("leaders:queue")


@needs(*CHECKERS)
def send_back(request: OfficeRequest, pk: int) -> HttpResponse:
    row = get_assessment(scope=request.scope, pk=pk)
    if not can_check(request.scope, row.school):
        raise PermissionDenied
    form = OutcomeForm(request.POST or None)
    form.fields["outcome"].label = _("退回原因")
    form.fields["outcome"].help_text = _("写明缺什么、改哪里，学校据此修改。")

    def act(data: dict[str, Any]) -> str:
        return_assessment(
            actor=request.user, scope=request.scope, assessment_id=pk,
            lock_version=seen_version(request, row.lock_version), reason=data["outcome"],
        )  # fmt: skip
        return reverse("leaders:queue")

    return form_page(
        request, form=form, act=act, heading=_("退回：%s书记") % row.organisation.name, submit=_("退回"),
        done=_("已退回学校修改。"), cancel=reverse("leaders:queue"),
        crumbs=crumbs((_("待确认"), reverse("leaders:queue")), (_("退回"), "")),
    )  # fmt: skip
