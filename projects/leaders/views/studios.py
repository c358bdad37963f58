"""书记工作室: the list, one studio with its sessions and mentees, and its life."""

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
from portal.accounts.access_rules import holds_office
from portal.ui.exports import table_response
from portal.ui.form_pages import form_page
from portal.ui.paging import page_of, rest_of_query
from projects.leaders.forms import CloseStudioForm, SessionForm, StudioForm
from projects.leaders.models import Studio, StudioLevel
from projects.leaders.rules import can_keep_studio
from projects.leaders.selectors.assessments import get_own_school, list_choosable_districts, list_own_schools
from projects.leaders.selectors.studios import (
    counts_of,
    get_session,
    get_studio,
    list_hosts,
    list_pairings,
    list_sessions,
    list_studios,
    sees_people,
    sum_sessions,
)
from projects.leaders.services.studios import close_studio, open_studio, record_session, remove_session

from .words import crumbs, tabs, wants_export

NAMES = ("district", "school", "level", "state", "q")
NOTE = "活动只记人数，人次可以重复；结对人数为正在结对的对数。"


def studio_crumbs(studio: Studio | None = None, page: str = "") -> list[dict[str, str]]:
    steps = [(_("书记工作室"), reverse("leaders:studios"))]
    if studio is not None:
        steps.append((studio.name, reverse("leaders:studio", args=[studio.pk]) if page else ""))
    return crumbs(*steps, (page, "")) if page else crumbs(*steps)


def kept(request: OfficeRequest, pk: int) -> Studio:
    """The studio, for whoever may write in it: 404 outside the scope, 403 without the right."""
    studio = get_studio(scope=request.scope, pk=pk)
    if not can_keep_studio(request.scope, studio):
        raise PermissionDenied
    return studio


@holds_office
def studio_list(request: OfficeRequest) -> HttpResponseBase:
    filters = {name: request.GET.get(name, "") for name in NAMES}
    rows = list_studios(scope=request.scope, filters=filters)
    if wants_export(request):
        head = [
            _("工作室"), _("级别"), _("命名文件"), _("主持人"), _("学校"), _("区县"), _("研究方向"), _("成立"),
            _("结束"), _("活动（场）"), _("结对（对）"), _("最近活动"),
        ]  # fmt: skip
        lines = (
            [
                r.name, r.get_level_display(), r.named_by, f"{r.host.unit.name}{r.host.get_role_display()}",
                r.school.name, r.school.district.name, r.theme, f"{r.opened_on}", f"{r.closed_on or ''}",
                *counts_of(r),
            ]
            for r in rows
        )  # fmt: skip
        return table_response(request.GET["export"], _("书记工作室"), head, lines, NOTE)
    context = {
        "page": page_of(request, rows, 50),
        "filters": filters,
        "levels": StudioLevel.choices,
        "districts": list_choosable_districts(scope=request.scope),
        "may_add": list_own_schools(scope=request.scope).exists(),
        "query": rest_of_query(request),
        "tabs": tabs("studios"),
        "crumbs": crumbs((_("书记工作室"), "")),
    }
    return render(request, "leaders/studios.html", context)


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    studio = get_studio(scope=request.scope, pk=pk)
    names_people = sees_people(request.scope)
    context = {
        "studio": studio,
        "page": page_of(request, list_sessions(studio), 50),
        "sums": sum_sessions(studio),
        "pairings": list_pairings(scope=request.scope, filters={}, studio=studio) if names_people else [],
        "names_people": names_people,
        "may_keep": can_keep_studio(request.scope, studio) and studio.closed_on is None,
        "query": rest_of_query(request),
        "crumbs": studio_crumbs(studio),
    }
    return render(request, "leaders/studio.html", context)


@holds_office
def add(request: OfficeRequest) -> HttpResponse:
    if not list_own_schools(scope=request.scope).exists():
        raise PermissionDenied
    school = get_own_school(scope=request.scope)

    def act(data: dict[str, Any]) -> str:
        studio = open_studio(actor=request.user, scope=request.scope, school=school, **data)
        return reverse("leaders:studio", args=[studio.pk])

    return form_page(
        request, form=StudioForm(request.POST or None, hosts=list_hosts(school)), act=act, heading=_("登记工作室"),
        submit=_("登记"), done=_("工作室已登记，计入书记工作室数。"), cancel=reverse("leaders:studios"),
        crumbs=studio_crumbs(page=_("登记")), hint=school.name,
    )  # fmt: skip


@holds_office
def record(request: OfficeRequest, pk: int) -> HttpResponse:
    studio = kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        record_session(actor=request.user, scope=request.scope, studio_id=pk, **data)
        return reverse("leaders:studio", args=[pk])

    return form_page(
        request, form=SessionForm(request.POST or None), act=act, heading=_("记一场活动"), submit=_("保存"),
        done=_("已记入，本学期场次随之更新。"), cancel=reverse("leaders:studio", args=[pk]),
        crumbs=studio_crumbs(studio, _("记一场活动")), hint=_("%s　每月最多 31 场") % studio.name,
    )  # fmt: skip


@require_POST
@holds_office
def remove(request: OfficeRequest, pk: int) -> HttpResponseBase:
    session = get_session(scope=request.scope, pk=pk)
    if not can_keep_studio(request.scope, session.studio):
        raise PermissionDenied
    studio = remove_session(actor=request.user, scope=request.scope, session_id=pk)
    messages.success(request, _("已删除这场活动的记录。"))
    return redirect("leaders:studio", pk=studio.pk)


@holds_office
def close(request: OfficeRequest, pk: int) -> HttpResponse:
    studio = kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        close_studio(actor=request.user, scope=request.scope, studio_id=pk, **data)
        return reverse("leaders:studio", args=[pk])

    return form_page(
        request, form=CloseStudioForm(request.POST or None), act=act, heading=_("结束 %s") % studio.name,
        submit=_("结束"), done=_("工作室已结束，成果已存档。"), cancel=reverse("leaders:studio", args=[pk]),
        crumbs=studio_crumbs(studio, _("结束")),
        confirm=_("结束 %s？正在进行的结对随之结束，之后不能再记活动。") % studio.name,
    )  # fmt: skip
