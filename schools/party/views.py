"""The Party organisation tree of a school: shown, changed, exported."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import get_within
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page
from schools.registry.models import School
from schools.registry.selectors import get_school

from .checks import check_setup
from .forms import Dissolve, NewOrganisation, OrganisationForm
from .models import PartyOrganisation
from .rules import can_keep_organisations, sees_members
from .selectors import list_joint_branches, list_organisations, list_tree
from .services import change_organisation, dissolve_organisation, set_up_organisation

PRIVATE = gettext_lazy("只在区县内可见")


def _crumbs(school: School, page: str = "") -> list[dict[str, str]]:
    crumbs = [
        {"label": _("学校"), "url": reverse("registry:list")},
        {"label": school.name, "url": reverse("registry:detail", args=[school.code])},
        {"label": _("党组织"), "url": _url(school)},
    ]
    return [*crumbs, {"label": page, "url": ""}] if page else crumbs


def _url(school: School) -> str:
    return reverse("party:school", args=[school.code])


def _kept(request: OfficeRequest, code: str) -> School:
    school = get_school(scope=request.scope, code=code)
    if not can_keep_organisations(request.scope, school):
        raise PermissionDenied
    return school


def _organisation(request: OfficeRequest, school: School, code: str) -> PartyOrganisation:
    return get_within(list_organisations(scope=request.scope, school=school), request.scope, code=code)


@holds_office
def school_tree(request: OfficeRequest, code: str) -> HttpResponseBase:
    school = get_school(scope=request.scope, code=code)
    nodes, members = list_tree(scope=request.scope, school=school), sees_members(request.scope, school)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        head = [_("党组织"), _("类别"), _("上级"), _("正式党员"), _("预备党员"), _("本届起"), _("本届止")]
        rows = [
            [
                n.organisation.name, n.organisation.get_kind_display(),
                n.organisation.parent.name if n.organisation.parent else "",
                n.full if members else PRIVATE, n.probationary if members else PRIVATE,
                str(n.organisation.term_start or ""), str(n.organisation.term_end or ""),
            ]
            for n in nodes
        ]  # fmt: skip
        name = f"{school.name}党组织"
        return xlsx_response(name, head, rows) if kind == "xlsx" else csv_response(name, head, rows)
    context = {
        "school": school,
        "nodes": nodes,
        "members": members,
        "private": PRIVATE,
        "findings": check_setup(school, nodes, members=members),
        "joint": list_joint_branches(scope=request.scope, school=school),
        "may_keep": can_keep_organisations(request.scope, school),
        "crumbs": _crumbs(school),
    }
    return render(request, "schools/party/tree.html", context)


@holds_office
def add(request: OfficeRequest, code: str) -> HttpResponseBase:
    school = _kept(request, code)

    def act(data: dict[str, Any]) -> str:
        set_up_organisation(actor=request.user, scope=request.scope, school=school, **data)
        return _url(school)

    form = NewOrganisation(request.POST or None, scope=request.scope, school=school)
    return form_page(
        request, form=form, act=act, heading=_("设立党组织"), submit=_("设立"), done=_("已设立。"),
        cancel=_url(school), crumbs=_crumbs(school, _("设立")),
    )  # fmt: skip


@holds_office
def change(request: OfficeRequest, code: str, organisation: str) -> HttpResponseBase:
    school = _kept(request, code)
    found = _organisation(request, school, organisation)
    known = {name: getattr(found, name) for name in OrganisationForm.base_fields if name != "also_serves"}
    known["also_serves"] = found.also_serves.all()
    form = OrganisationForm(request.POST or None, initial=known, scope=request.scope, school=school, own=found.pk)

    def act(data: dict[str, Any]) -> str:
        change_organisation(actor=request.user, scope=request.scope, organisation_id=found.pk, **data)
        return _url(school)

    return form_page(
        request, form=form, act=act, heading=_("修改 %s") % found, submit=_("保存"),
        done=_("已保存，下次报表会自动带出。"),
        cancel=_url(school), crumbs=_crumbs(school, found.name),
    )  # fmt: skip


@holds_office
def dissolve(request: OfficeRequest, code: str, organisation: str) -> HttpResponseBase:
    school = _kept(request, code)
    found = _organisation(request, school, organisation)

    def act(data: dict[str, Any]) -> str:
        dissolve_organisation(actor=request.user, scope=request.scope, organisation_id=found.pk, **data)
        return _url(school)

    return form_page(
        request, form=Dissolve(request.POST or None), act=act, heading=_("撤销 %s") % found, submit=_("撤销"),
        done=_("已撤销。"), cancel=_url(school), crumbs=_crumbs(school, found.name),
        confirm=_("撤销 %s？历史数据保留。") % found,
    )  # fmt: skip
