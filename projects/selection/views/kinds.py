"""The kinds of titles: how long they are held, how they are checked, what they become; kept by the city."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.models import Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office, needs
from portal.ui.form_pages import form_page
from projects.selection.models import DesignationKind
from projects.selection.selectors.designations import get_kind, list_kinds_with_counts
from projects.selection.services.kinds import save_kind
from projects.selection.title_forms import KindForm, NewKind


@holds_office
def kinds(request: OfficeRequest) -> HttpResponse:
    """Every kind with how many titles of it count today in the city."""
    context = {
        "rows": list_kinds_with_counts(),
        "may_keep": Role.CITY_ADMIN in request.scope.roles,
        "crumbs": _crumbs(),
    }
    return render(request, "selection/kinds.html", context)


@needs(Role.CITY_ADMIN)
def add(request: OfficeRequest) -> HttpResponse:
    return _page(request, None, NewKind(request.POST or None), _("新增称号类别"))


@needs(Role.CITY_ADMIN)
def change(request: OfficeRequest, code: str) -> HttpResponse:
    kind = get_kind(code)
    return _page(request, kind, KindForm(request.POST or None, instance=kind), _("修改称号类别：%s") % kind)


def _page(request: OfficeRequest, kind: DesignationKind | None, form: Any, heading: str) -> HttpResponse:
    def act(data: dict[str, Any]) -> str:
        save_kind(actor=request.user, scope=request.scope, kind=kind, **data)
        return reverse("selection:kinds")

    return form_page(
        request, form=form, act=act, heading=heading, submit=_("保存"), done=_("已保存。"),
        cancel=reverse("selection:kinds"), crumbs=_crumbs(heading),
        hint=_("只管以后授予的称号；已经授予的，期限和中期检查日期不变。"),
    )  # fmt: skip


def _crumbs(page: str = "") -> list[dict[str, str]]:
    found = [
        {"label": _("称号"), "url": reverse("selection:designations")},
        {"label": _("称号类别"), "url": reverse("selection:kinds") if page else ""},
    ]
    return [*found, {"label": page, "url": ""}] if page else found
