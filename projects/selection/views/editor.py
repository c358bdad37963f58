"""The editor of a draft: rules, dates, form, rubric, quota; each a page that works without a script."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from projects.selection.forms import CriterionLine, QuestionLine, RoundForm, Stages, initial_rows, lines, ordered_rows
from projects.selection.models import Round
from projects.selection.rules.access import roles_on_round
from projects.selection.selectors.rounds import count_pool, get_round, list_quota, list_quota_districts
from projects.selection.services.rounds import allot_places, change_round, set_criteria, set_questions, set_stages

from .rounds import whole
from .words import crumbs


def _kept(request: OfficeRequest, pk: int) -> Round:
    round_ = get_round(scope=request.scope, pk=pk)
    if not roles_on_round(request.scope, round_):
        raise PermissionDenied
    return round_


def _url(round_: Round) -> str:
    return reverse("selection:round", args=[round_.pk])


@holds_office
def rules(request: OfficeRequest, pk: int) -> HttpResponse:
    round_ = _kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        change_round(actor=request.user, scope=request.scope, round_id=pk, **data)
        return _url(round_)

    return form_page(
        request, form=RoundForm(request.POST or None, instance=round_), act=act, heading=_("批次规则"),
        submit=_("保存"), done=_("已保存。"), cancel=_url(round_), crumbs=crumbs(round_, page=_("批次规则")),
    )  # fmt: skip


@holds_office
def dates(request: OfficeRequest, pk: int) -> HttpResponse:
    round_ = _kept(request, pk)
    initial = {f"{s.kind}_opens": s.opens_at for s in round_.stages.all()}
    initial |= {f"{s.kind}_closes": s.closes_at for s in round_.stages.all()}
    form = Stages(request.POST or None, initial=initial)

    def act(data: dict[str, Any]) -> str:
        set_stages(actor=request.user, scope=request.scope, round_id=pk, stages=form.stages())
        return _url(round_)

    return form_page(
        request, form=form, act=act, heading=_("阶段时间"), submit=_("保存"), done=_("已保存。"), cancel=_url(round_),
        crumbs=crumbs(round_, page=_("阶段时间")), hint=_("截止时刻到秒：到点即不能再办理。没有的阶段留空。"),
    )  # fmt: skip


@holds_office
def questions(request: OfficeRequest, pk: int) -> HttpResponse:
    return _line_page(request, pk, QuestionLine, "questions", set_questions, _("申报表"))


@holds_office
def criteria(request: OfficeRequest, pk: int) -> HttpResponse:
    return _line_page(request, pk, CriterionLine, "criteria", set_criteria, _("评分标准"))


def _line_page(request: OfficeRequest, pk: int, form: Any, name: str, service: Any, heading: str) -> HttpResponse:
    """A table of rows with some empty ones at the end; order by number, remove by a tick."""
    round_ = _kept(request, pk)
    rows = getattr(round_, name).all()
    formset = lines(form)(request.POST or None, initial=initial_rows(rows, form), prefix="line")
    status = 200
    if request.method == "POST":
        status = 422
        if formset.is_valid():
            try:
                service(actor=request.user, scope=request.scope, round_id=pk, rows=ordered_rows(formset))
            except DomainError as error:
                messages.error(request, error.message)
            else:
                messages.success(request, _("已保存。"))
                return redirect("selection:round", pk=pk)
        else:
            messages.error(request, _("有几行还要改，原因写在行里。"))
    context = {"round": round_, "formset": formset, "heading": heading, "crumbs": crumbs(round_, page=heading)}
    return render(request, "selection/rounds/lines.html", context, status=status)


@holds_office
def quota(request: OfficeRequest, pk: int) -> HttpResponse:
    """Places of every district and of the pool, in one table."""
    round_ = _kept(request, pk)
    if request.method == "POST":
        districts = {d: whole(request.POST.get(f"quota-{d.code}", "")) for d in list_quota_districts()}
        try:
            given = allot_places(
                actor=request.user, scope=request.scope, round_id=pk, quota={d: n for d, n in districts.items() if n},
                pool=whole(request.POST.get("pool", "")),
            )  # fmt: skip
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("已分配 %d 个名额。") % given)
            return redirect("selection:round", pk=pk)
    known = {row.district.pk: row.allotted for row in list_quota(scope=request.scope, round_=round_)}
    context = {
        "round": round_,
        "rows": [(district, known.get(district.pk, 0)) for district in list_quota_districts()],
        "pool": count_pool(round_),
        "crumbs": crumbs(round_, page=_("名额")),
    }
    return render(request, "selection/rounds/quota.html", context)
