"""Districts and their zones: listed, described, set up, renamed, abolished."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.models import District, Role
from districts.requests import OfficeRequest
from districts.rules import can_keep_district, can_keep_districts, can_keep_offices
from districts.services.districts import abolish_district, close_zone, open_district, rename_zone
from districts.services.units import add_zone
from portal.accounts.access_rules import holds_office, needs
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page
from schools.registry.forms import AbolishDistrict, CloseZone, NewDistrict, ZoneForm
from schools.registry.selectors.districts import (
    count_by_kind,
    get_district,
    list_moves,
    list_offices_of,
    list_units,
    list_zones_with_schools,
)


def _crumbs(district: District | None = None, page: str = "") -> list[dict[str, str]]:
    crumbs = [{"label": _("区县"), "url": reverse("registry:districts")}]
    if district:
        crumbs.append({"label": district.name, "url": _url(district)})
    return [*crumbs, {"label": page, "url": ""}] if page else crumbs


def _url(district: District) -> str:
    return reverse("registry:district", args=[district.code])


def _kept(request: OfficeRequest, code: str) -> District:
    district = get_district(scope=request.scope, code=code)
    if not can_keep_district(request.scope, district) or district.valid_to is not None:
        raise PermissionDenied
    return district


@holds_office
def district_list(request: OfficeRequest) -> HttpResponseBase:
    """Current districts and those of the past with what became of them."""
    units = list_units(scope=request.scope)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        head = [
            _("代码"),
            _("名称"),
            _("类别"),
            _("区域"),
            _("在办学校"),
            _("片区"),
            _("设立"),
            _("撤销"),
            _("承接单位"),
        ]
        rows = [
            [
                u.code, u.name, u.kind, u.get_region_display(), u.schools_now, u.zones_now, str(u.valid_from or ""),
                str(u.valid_to or ""), "、".join(s.name for s in u.successors.all()),
            ]
            for u in units
        ]  # fmt: skip
        return (xlsx_response if kind == "xlsx" else csv_response)(_("区县名册"), head, rows)
    found = list(units)
    context = {
        "current": [u for u in found if u.valid_to is None],
        "past": [u for u in found if u.valid_to is not None],
        "may_keep": can_keep_districts(request.scope),
        "crumbs": _crumbs(),
    }
    return render(request, "schools/registry/districts.html", context)


@holds_office
def district_page(request: OfficeRequest, code: str) -> HttpResponse:
    district = get_district(scope=request.scope, code=code)
    in_force = district.valid_to is None
    kinds = count_by_kind(district)
    context = {
        "district": district,
        "kinds": kinds,
        "schools": sum(count for _kind, count in kinds),
        "zones": list_zones_with_schools(district),
        "offices": list_offices_of(district),
        "moves": list_moves(district),
        "may_keep": in_force and can_keep_district(request.scope, district),
        "may_appoint": in_force and can_keep_offices(request.scope, district),
        "may_abolish": in_force and not district.is_direct and can_keep_districts(request.scope),
        "crumbs": _crumbs(district),
    }
    return render(request, "schools/registry/district.html", context)


@needs(Role.CITY_ADMIN)
def district_add(request: OfficeRequest) -> HttpResponse:
    def act(data: dict[str, Any]) -> str:
        return _url(open_district(actor=request.user, scope=request.scope, **data))

    return form_page(
        request, form=NewDistrict(request.POST or None), act=act, heading=_("新设区县"), submit=_("新设"),
        done=_("已新设。下一步：批量划转学校，再撤销原单位。"), cancel=reverse("registry:districts"),
        crumbs=_crumbs(page=_("新设区县")), hint=_("区划调整分三步：新设单位，批量划转学校，撤销原单位。"),
    )  # fmt: skip


@needs(Role.CITY_ADMIN)
def district_abolish(request: OfficeRequest, code: str) -> HttpResponse:
    district = _kept(request, code)

    def act(data: dict[str, Any]) -> str:
        return _url(abolish_district(actor=request.user, scope=request.scope, district_id=district.pk, **data))

    return form_page(
        request, form=AbolishDistrict(request.POST or None, district=district), act=act,
        heading=_("撤销 %s") % district, submit=_("撤销"), done=_("已撤销，历史数据保留。"), cancel=_url(district),
        crumbs=_crumbs(district, _("撤销")), confirm=_("撤销 %s？本单位的任职和片区同时结束，不能恢复。") % district,
    )  # fmt: skip


@holds_office
def zone_add(request: OfficeRequest, code: str) -> HttpResponse:
    district = _kept(request, code)

    def act(data: dict[str, Any]) -> str:
        add_zone(actor=request.user, scope=request.scope, district=district, name=data["name"])
        return _url(district)

    return form_page(
        request, form=ZoneForm(request.POST or None), act=act, heading=_("新增片区"), submit=_("新增"),
        done=_("已新增。用“调整片区”把学校放进来。"), cancel=_url(district), crumbs=_crumbs(district, _("新增片区")),
    )  # fmt: skip


@holds_office
def zone_rename(request: OfficeRequest, code: str, zone: str) -> HttpResponse:
    district = _kept(request, code)
    found = _zone(district, zone)

    def act(data: dict[str, Any]) -> str:
        rename_zone(actor=request.user, scope=request.scope, zone_id=found.pk, name=data["name"])
        return _url(district)

    return form_page(
        request, form=ZoneForm(request.POST or None, initial={"name": found.name}), act=act,
        heading=_("片区改名"), submit=_("保存"), done=_("已改名。"), cancel=_url(district),
        crumbs=_crumbs(district, found.name),
    )  # fmt: skip


@holds_office
def zone_close(request: OfficeRequest, code: str, zone: str) -> HttpResponse:
    district = _kept(request, code)
    found = _zone(district, zone)

    def act(data: dict[str, Any]) -> str:
        close_zone(actor=request.user, scope=request.scope, zone_id=found.pk, on=data["on"])
        return _url(district)

    return form_page(
        request, form=CloseZone(request.POST or None), act=act, heading=_("撤销 %s") % found, submit=_("撤销"),
        done=_("已撤销。"), cancel=_url(district), crumbs=_crumbs(district, found.name),
        confirm=_("撤销 %s？") % found,
    )  # fmt: skip


def _zone(district: District, code: str) -> Any:
    found = list_zones_with_schools(district).filter(code=code).first()
    if found is None:
        raise Http404
    return found
