"""党建品牌: the list, one brand with its history, and its life."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import table_response
from portal.ui.form_pages import form_page
from portal.ui.paging import page_of, rest_of_query
from portal.workflow.errors import DomainError
from schools.registry.models import School
from schools.showcase.forms import BrandForm, EndForm
from schools.showcase.models import Brand, OwnerKind
from schools.showcase.panels import panels_of
from schools.showcase.rules import can_fill, can_keep_brand
from schools.showcase.selectors.brands import (
    count_coverage,
    get_brand,
    list_brands,
    list_choosable_districts,
    list_own_branches,
    list_own_schools,
    list_parents,
    list_parts,
)
from schools.showcase.selectors.exhibits import list_of_brand
from schools.showcase.selectors.history import list_history
from schools.showcase.selectors.sums import list_sums
from schools.showcase.services.brands import (
    change_brand,
    end_brand,
    register_brand,
    remove_brand,
    resume_brand,
)
from schools.showcase.uses import is_used

from .words import badge_of, brand_crumbs, crumbs, tabs, wants_export

NAMES = ("district", "school", "group", "owner", "state", "q")
NOTE = "在用：已启用、没有停用、所属支部没有撤销。集团品牌由牵头学校登记，各成员学校都计，合计只计一次。"


@holds_office
def brand_list(request: OfficeRequest) -> HttpResponseBase:
    """Brands in the scope, those in use first asked for; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "") for name in NAMES}
    filters["state"] = filters["state"] or "active"
    rows = list_brands(scope=request.scope, filters=filters)
    if wants_export(request):
        head = [_("品牌"), _("归属"), _("归属单位"), _("上级品牌"), _("学校"), _("学校代码"), _("区县"), _("理念"),
                _("要素"), _("启用"), _("停用"), _("课程和案例")]  # fmt: skip
        lines = (
            [b.name, b.get_owner_kind_display(), b.owner_name, b.parent.name if b.parent else "", b.school.name,
             b.school.code, b.school.district.name, b.concept, "；".join(b.element_list), f"{b.started_on}",
             f"{b.ended_on or ''}", shown_of(b)]
            for b in rows
        )  # fmt: skip
        return table_response(request.GET["export"], _("党建品牌"), head, lines, NOTE)
    page = page_of(request, rows, 50)
    context = {
        "page": page,
        "rows": [(brand, badge_of(brand)) for brand in page],
        "filters": filters,
        "is_filtered": any(filters[name] for name in NAMES if name != "state"),
        "coverage": count_coverage(scope=request.scope, district=filters["district"]),
        "districts": list_choosable_districts(scope=request.scope),
        "owners": OwnerKind.choices,
        "may_add": list_own_schools(scope=request.scope).exists(),
        "query": rest_of_query(request),
        "tabs": tabs("brands"),
        "crumbs": crumbs(),
    }
    return render(request, "schools/showcase/brands.html", context)


@holds_office
def sums(request: OfficeRequest) -> HttpResponseBase:
    """Brands and coverage by district of the scope."""
    rows = list_sums(scope=request.scope)
    if wants_export(request):
        head = [_("区县"), _("品牌（个）"), _("学校品牌"), _("支部品牌"), _("集团品牌"), _("有品牌的学校（所）"),
                _("学校（所）"), _("覆盖率（%）")]  # fmt: skip
        lines = (
            [r.district.name, r.brands, r.of_schools, r.of_branches, r.of_groups, r.having, r.schools,
             round(r.coverage, 1) if r.coverage is not None else ""]
            for r in rows
        )  # fmt: skip
        return table_response(request.GET["export"], _("党建品牌分区县"), head, lines, NOTE)
    context = {
        "sums": rows,
        "total": count_coverage(scope=request.scope),
        "tabs": tabs("sums"),
        "crumbs": crumbs((_("分区县"), "")),
    }
    return render(request, "schools/showcase/sums.html", context)


def shown_of(brand: Brand) -> int:
    """What `list_brands` counted of a row: courses and cases in use."""
    row: Any = brand
    return int(row.shown)


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    brand = get_brand(scope=request.scope, pk=pk)
    may_keep = can_keep_brand(request.scope, brand)
    context = {
        "brand": brand,
        "badge": badge_of(brand),
        "parts": [(part, badge_of(part)) for part in list_parts(scope=request.scope, brand=brand)],
        "exhibits": [(row, badge_of(row)) for row in list_of_brand(scope=request.scope, brand=brand)],
        "panels": panels_of(request.scope, brand),
        "history": list_history(brand),
        "may_keep": may_keep,
        "may_remove": may_keep and not is_used(brand),
        "may_fill": can_fill(request.scope, brand.school),
        "crumbs": brand_crumbs(brand),
    }
    return render(request, "schools/showcase/brand.html", context)


def _kept(request: OfficeRequest, pk: int) -> Brand:
    """The brand, for whoever may write in it: 404 outside the scope, 403 without the right."""
    brand = get_brand(scope=request.scope, pk=pk)
    if not can_keep_brand(request.scope, brand):
        raise PermissionDenied
    return brand


def _form(request: OfficeRequest, school: School, brand: Brand | None = None) -> BrandForm:
    initial: dict[str, Any] = {}
    if brand is not None:
        columns = ("name", "owner_kind", "organisation", "parent", "concept", "elements", "started_on")
        initial = {name: getattr(brand, name) for name in columns} | {"seen": brand.saved_at.isoformat()}
    elif parent := request.GET.get("parent", ""):
        initial = {"owner_kind": OwnerKind.BRANCH, "parent": parent if parent.isdigit() else ""}
    return BrandForm(
        request.POST or None, initial=initial, school=school, may_fill=can_fill(request.scope, school),
        branches=list_own_branches(scope=request.scope, school=school),
        parents=list_parents(school, besides=brand.pk if brand else 0),
    )  # fmt: skip


@holds_office
def add(request: OfficeRequest) -> HttpResponse:
    """A new brand of the own school; ?school=code for whoever keeps several."""
    schools = list_own_schools(scope=request.scope)
    if not schools.exists():
        raise PermissionDenied
    code = request.GET.get("school", "")
    school = get_object_or_404(schools, code=code) if code else schools[0]

    def act(data: dict[str, Any]) -> str:
        data.pop("seen")
        brand = register_brand(actor=request.user, scope=request.scope, school=school, **data)
        return _url(brand)

    return form_page(
        request, form=_form(request, school), act=act, heading=_("登记品牌"), submit=_("登记"),
        done=_("品牌已登记，计入在册党建品牌数。"), cancel=reverse("showcase:brands"),
        crumbs=crumbs((_("登记品牌"), "")), hint=school.name,
    )  # fmt: skip


@holds_office
def change(request: OfficeRequest, pk: int) -> HttpResponse:
    brand = _kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        return _url(change_brand(actor=request.user, scope=request.scope, brand_id=pk, **data))

    return form_page(
        request, form=_form(request, brand.school, brand), act=act, heading=_("修改 %s") % brand, submit=_("保存"),
        done=_("已保存，原来的写法留在历史里。"), cancel=_url(brand), crumbs=brand_crumbs(brand, _("修改")),
        hint=brand.school.name,
    )  # fmt: skip


@holds_office
def close(request: OfficeRequest, pk: int) -> HttpResponse:
    brand = _kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        return _url(end_brand(actor=request.user, scope=request.scope, brand_id=pk, **data))

    return form_page(
        request, form=EndForm(request.POST or None), act=act, heading=_("停用 %s") % brand, submit=_("停用"),
        done=_("已停用，历史和得分都保留。"), cancel=_url(brand), crumbs=brand_crumbs(brand, _("停用")),
        confirm=_("停用“%s”？从停用日期起不再计入品牌数，也不能再申报。") % brand,
    )  # fmt: skip


@require_POST
@holds_office
def resume(request: OfficeRequest, pk: int) -> HttpResponseBase:
    _kept(request, pk)
    try:
        resume_brand(actor=request.user, scope=request.scope, brand_id=pk)
        messages.success(request, _("已恢复使用。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("showcase:brand", pk=pk)


@require_POST
@holds_office
def remove(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """Registered by mistake: gone, unless something stands on it."""
    _kept(request, pk)
    try:
        remove_brand(actor=request.user, scope=request.scope, brand_id=pk)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("showcase:brand", pk=pk)
    messages.success(request, _("已删除登记。"))
    return redirect("showcase:brands")


def _url(brand: Brand) -> str:
    return reverse("showcase:brand", args=[brand.pk])
