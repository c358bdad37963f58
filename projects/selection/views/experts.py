"""The expert register for the city; an expert's own declarations."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from projects.selection.forms import ExpertForm, TieForm
from projects.selection.selectors.experts import (
    find_unit,
    get_expert,
    get_own_expert,
    list_experts,
    list_free_offices,
    list_offices_of,
)  # fmt: skip
from projects.selection.services.panel import declare_tie, register_expert, retire_expert


@needs(Role.CITY_ADMIN, Role.CITY_STAFF)
def register(request: OfficeRequest) -> HttpResponse:
    """Everybody in the register, with fields, employer and declared ties."""
    context = {"rows": list_experts(), "crumbs": _crumbs()}
    return render(request, "selection/experts.html", context)


@needs(Role.CITY_ADMIN, Role.CITY_STAFF)
def add(request: OfficeRequest) -> HttpResponse:
    form = ExpertForm(request.POST or None, offices=list_free_offices())
    hint = _("先在“任职”里给账号任命“评审专家”，再在这里入库。")
    return _page(request, form, _("专家入库"), _("入库"), _("已入库。"), hint)


@needs(Role.CITY_ADMIN, Role.CITY_STAFF)
def change(request: OfficeRequest, pk: int) -> HttpResponse:
    """Another field or employer; what is drawn already stays as it is."""
    expert = get_expert(pk)
    known = {
        "office": expert.office_id,
        "expertise": ",".join(expert.expertise),
        "employer_code": expert.employer.code if expert.employer else "",
    }
    form = ExpertForm(request.POST or None, initial=known, offices=list_offices_of(expert))
    hint = _("改动从下一次抽取起有效；已经分到的材料不变。")
    return _page(request, form, _("修改专家：%s") % expert, _("保存"), _("已保存。"), hint)


def _page(request: OfficeRequest, form: ExpertForm, heading: str, submit: str, done: str, hint: str) -> HttpResponse:
    def act(data: dict[str, Any]) -> str:
        employer = find_unit(data["employer_code"]) if data["employer_code"] else None
        if data["employer_code"] and employer is None:
            raise DomainError("unit", _("没有找到这个代码的单位。"), field="employer_code")
        register_expert(
            actor=request.user, scope=request.scope, office=data["office"], expertise=data["expertise"],
            employer=employer,
        )  # fmt: skip
        return reverse("selection:experts")

    return form_page(
        request, form=form, act=act, heading=heading, submit=submit, done=done, cancel=reverse("selection:experts"),
        crumbs=_crumbs(heading), hint=hint,
    )  # fmt: skip


@require_POST
@needs(Role.CITY_ADMIN, Role.CITY_STAFF)
def retire(request: OfficeRequest, pk: int) -> HttpResponse:
    retire_expert(actor=request.user, scope=request.scope, expert_id=pk)
    messages.success(request, _("已出库，不再参加新的抽取。"))
    return redirect("selection:experts")


@needs(Role.EXPERT)
def ties(request: OfficeRequest) -> HttpResponse:
    """An expert declares relations to units before any draw."""
    expert = get_own_expert(scope=request.scope)

    def act(data: dict[str, Any]) -> str:
        unit = find_unit(data["unit_code"])
        if expert is None or unit is None:
            raise DomainError("unit", _("没有找到这个代码的单位。"), field="unit_code")
        declare_tie(
            actor=request.user, scope=request.scope, expert_id=expert.pk, unit=unit, kind=data["kind"],
            note=data["note"],
        )  # fmt: skip
        return reverse("selection:ties")

    held = "、".join(f"{tie.unit.name}（{tie.get_kind_display()}）" for tie in expert.ties.all()) if expert else ""
    return form_page(
        request, form=TieForm(request.POST or None), act=act, heading=_("回避声明"), submit=_("声明"),
        done=_("已声明，抽取时自动回避。"), cancel=reverse("selection:panel"),
        crumbs=[{"label": _("评审"), "url": reverse("selection:panel")}, {"label": _("回避声明"), "url": ""}],
        hint=_("已声明：%s。") % held if held else _("本单位、本区县、任过职的单位自动回避；其他关系请在这里声明。"),
    )  # fmt: skip


def _crumbs(page: str = "") -> list[dict[str, str]]:
    found = [{"label": _("遴选"), "url": reverse("selection:rounds")}]
    found.append({"label": _("专家库"), "url": reverse("selection:experts")})
    return [*found, {"label": page, "url": ""}] if page else found
