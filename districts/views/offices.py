"""任职: who holds which office where; appointed, handed over, ended by the district's or the city's administrator."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.forms import Appoint, End, HandOver
from districts.models import Office, Role, Unit
from districts.requests import OfficeRequest
from districts.rules import can_keep_offices, is_own
from districts.selectors.offices import get_office, list_account_states, list_offices
from districts.selectors.search import visible_units
from districts.services.offices import (
    appoint,
    clear_second_factor,
    end_office,
    hand_over,
    reset_password,
    unlock_account,
)
from portal.accounts.access_rules import needs
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page

KEEPERS = (Role.CITY_ADMIN, Role.DISTRICT_ADMIN)


def _crumbs(page: str = "") -> list[dict[str, str]]:
    crumbs = [{"label": _("任职"), "url": reverse("districts:office-list")}]
    return [*crumbs, {"label": page, "url": ""}] if page else crumbs


def _kept(request: OfficeRequest, pk: int) -> Office:
    office = get_office(scope=request.scope, pk=pk)
    if not can_keep_offices(request.scope, office.unit):
        raise PermissionDenied
    return office


@needs(*KEEPERS)
def office_list(request: OfficeRequest) -> HttpResponseBase:
    filters = {name: request.GET.get(name, "") for name in ("q", "role", "ended")}
    offices = list_offices(scope=request.scope, ended=bool(filters["ended"]), text=filters["q"], role=filters["role"])
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        head = [_("单位代码"), _("单位"), _("职务"), _("账号"), _("姓名"), _("起"), _("止")]
        rows = (
            [o.unit.code, o.unit.name, o.get_role_display(), o.user.username, o.user.display_name,
             str(o.valid_from), str(o.valid_to or "")]
            for o in offices.iterator(chunk_size=2000)
        )  # fmt: skip
        return (xlsx_response if kind == "xlsx" else csv_response)(_("任职名单"), head, rows)
    query = request.GET.copy()
    query.pop("page", None)
    page = Paginator(offices, 100).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "states": list_account_states(page.object_list),
        "filters": filters,
        "roles": Role.choices,
        "query": f"{query.urlencode()}&" if query else "",
        "crumbs": _crumbs(),
    }
    return render(request, "districts/offices/list.html", context)


@needs(*KEEPERS)
def office_page(request: OfficeRequest, pk: int) -> HttpResponse:
    """One office with everything that can be done about it and about the holder's account."""
    office = _kept(request, pk)
    context = {
        "office": office,
        "state": list_account_states([office])[office.pk],
        "others": list_offices(scope=request.scope).filter(user=office.user).exclude(pk=office.pk),
        "is_own": is_own(request.scope, office),
        "crumbs": _crumbs(str(office)),
    }
    return render(request, "districts/offices/office.html", context)


@needs(*KEEPERS)
def appoint_at(request: OfficeRequest, code: str) -> HttpResponseBase:
    """Offices of one unit, and the form that adds one."""
    unit = _unit(request, code)

    def act(data: dict[str, Any]) -> str:
        result = appoint(actor=request.user, scope=request.scope, unit=unit, **data)
        return _remember(request, result.office, result.password)

    return form_page(
        request, form=Appoint(request.POST or None, unit=unit), act=act, heading=_("在 %s 任命") % unit.name,
        submit=_("任命"), done=_("已任命。"), cancel=reverse("districts:office-list"), crumbs=_crumbs(unit.name),
    )  # fmt: skip


def _unit(request: OfficeRequest, code: str) -> Unit:
    unit = visible_units(request.scope).filter(code=code).first()
    if unit is None:
        raise Http404
    if not can_keep_offices(request.scope, unit):
        raise PermissionDenied
    return unit


@needs(*KEEPERS)
def hand_over_office(request: OfficeRequest, pk: int) -> HttpResponseBase:
    office = _kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        result = hand_over(actor=request.user, scope=request.scope, office_id=office.pk, **data)
        return _remember(request, result.office, result.password)

    return form_page(
        request, form=HandOver(request.POST or None), act=act, heading=_("交接 %s") % office, submit=_("交接"),
        done=_("已交接。待办留在岗位上，接任人登录即可看到。"), cancel=reverse("districts:office", args=[office.pk]),
        crumbs=_crumbs(_("交接")), confirm=_("交接后 %s 不再任此职。") % office.user,
    )  # fmt: skip


@needs(*KEEPERS)
def end(request: OfficeRequest, pk: int) -> HttpResponseBase:
    office = _kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        end_office(actor=request.user, scope=request.scope, office_id=office.pk, on=data["on"])
        return reverse("districts:office-list")

    return form_page(
        request, form=End(request.POST or None), act=act, heading=_("结束任职 %s") % office, submit=_("结束任职"),
        done=_("已结束。"), cancel=reverse("districts:office", args=[office.pk]), crumbs=_crumbs(_("结束任职")),
        confirm=_("结束 %s 的任职？该岗位的接口令牌同时失效。") % office.user,
    )  # fmt: skip


@require_POST
@needs(*KEEPERS)
def new_password(request: OfficeRequest, pk: int) -> HttpResponse:
    office = _kept(request, pk)
    password = reset_password(actor=request.user, scope=request.scope, office_id=office.pk)
    return redirect(_remember(request, office, password))


@require_POST
@needs(*KEEPERS)
def unlock(request: OfficeRequest, pk: int) -> HttpResponse:
    office = _kept(request, pk)
    unlock_account(actor=request.user, scope=request.scope, office_id=office.pk)
    messages.success(request, _("%s 已解除锁定，可以登录。") % office.user)
    return redirect("districts:office", pk=office.pk)


@require_POST
@needs(*KEEPERS)
def second_factor(request: OfficeRequest, pk: int) -> HttpResponse:
    office = _kept(request, pk)
    clear_second_factor(actor=request.user, scope=request.scope, office_id=office.pk)
    messages.success(request, _("%s 的两步验证已停用，用密码即可登录。") % office.user)
    return redirect("districts:office", pk=office.pk)


def _remember(request: OfficeRequest, office: Office, password: str) -> str:
    """Where to go next; a new password waits in the session to be shown once."""
    if not password:
        return reverse("districts:office-list")
    request.session["first_password"] = {"office": office.pk, "password": password}
    return reverse("districts:first-password")


@needs(*KEEPERS)
def first_password(request: OfficeRequest) -> HttpResponse:
    """Shows a new password once; a second look finds nothing."""
    kept = request.session.pop("first_password", None)
    if kept is None:
        return redirect("districts:office-list")
    office = get_office(scope=request.scope, pk=kept["office"])
    context = {"office": office, "password": kept["password"], "crumbs": _crumbs(_("初始密码"))}
    response = render(request, "districts/offices/first_password.html", context)
    response["Cache-Control"] = "no-store"
    return response
