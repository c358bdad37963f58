"""The pages on which the register changes; every one is a form over one service."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import Role
from districts.requests import OfficeRequest
from districts.rules import can_keep_offices
from districts.selectors.audit import READERS
from districts.selectors.offices import list_offices
from portal.accounts.access_rules import holds_office, needs
from portal.ui.form_pages import form_page
from schools.registry.forms import CampusForm, Close, GroupForm, Merge, Move, NewSchool, SchoolDetails
from schools.registry.models import School, Stage
from schools.registry.panels import panels_of
from schools.registry.rules import can_keep_register, can_move_schools
from schools.registry.selectors import get_school, list_affiliations
from schools.registry.services.moves import move_school
from schools.registry.services.schools import (
    add_group,
    change_school,
    close_school,
    merge_schools,
    open_school,
    remove_campus,
    save_campus,
)
from schools.registry.timeline import tell


def crumbs_of(school: School, page: str = "") -> list[dict[str, str]]:
    crumbs = [
        {"label": _("学校"), "url": reverse("registry:list")},
        {"label": school.district.name, "url": f"{reverse('registry:list')}?district={school.district.code}"},
        {"label": school.name, "url": _url(school)},
    ]
    return [*crumbs, {"label": page, "url": ""}] if page else crumbs


def _url(school: School) -> str:
    return reverse("registry:detail", args=[school.code])


def _kept(request: OfficeRequest, code: str) -> School:
    """The school if the user keeps its register: 404 outside the scope, 403 inside without the right."""
    school = get_school(scope=request.scope, code=code)
    if not can_keep_register(request.scope, school.district):
        raise PermissionDenied
    return school


@holds_office
def detail(request: OfficeRequest, code: str) -> HttpResponse:
    """What the register knows about a school, and its history."""
    school = get_school(scope=request.scope, code=code)
    successors, predecessors = school.successors.all(), school.predecessors.all()
    in_force = school.valid_to is None
    context = {
        "school": school,
        "stages": [Stage(stage).label for stage in school.stages],
        "history": tell(school, list_affiliations(school), successors=successors, predecessors=predecessors),
        "campuses": school.campuses.all(),
        "successors": successors,
        "predecessors": predecessors,
        "offices": list_offices(scope=request.scope).filter(unit=school.pk),
        "panels": panels_of(request.scope, school),
        "may_keep": can_keep_register(request.scope, school.district) and in_force,
        "may_appoint": in_force and can_keep_offices(request.scope, school),
        "may_read_changes": bool(request.scope.roles & READERS),
        "crumbs": crumbs_of(school),
    }
    return render(request, "schools/registry/detail.html", context)


@needs(Role.CITY_ADMIN, Role.DISTRICT_ADMIN)
def add(request: OfficeRequest) -> HttpResponse:
    def act(data: dict[str, Any]) -> str:
        return _url(open_school(actor=request.user, scope=request.scope, **data))

    return form_page(
        request, form=NewSchool(request.POST or None, scope=request.scope), act=act,
        heading=_("新增学校"), submit=_("新增"), done=_("已新增。"), cancel=reverse("registry:list"),
        crumbs=[{"label": _("学校"), "url": reverse("registry:list")}, {"label": _("新增学校"), "url": ""}],
    )  # fmt: skip


@holds_office
def change(request: OfficeRequest, code: str) -> HttpResponse:
    school = _kept(request, code)
    known = {name: getattr(school, name) for name in SchoolDetails.base_fields}

    def act(data: dict[str, Any]) -> str:
        return _url(change_school(actor=request.user, scope=request.scope, school_id=school.pk, **data))

    return form_page(
        request, form=SchoolDetails(request.POST or None, initial=known), act=act,
        heading=_("修改学校信息"), submit=_("保存"), done=_("已保存。"), cancel=_url(school),
        hint=_("办学类型、城乡类型的变化只影响今后的时期。"), crumbs=crumbs_of(school, _("修改")),
    )  # fmt: skip


@holds_office
def move(request: OfficeRequest, code: str) -> HttpResponse:
    school = _kept(request, code)
    form = Move(request.POST or None, scope=request.scope, school=school, between=can_move_schools(request.scope))

    def act(data: dict[str, Any]) -> str:
        moved = move_school(actor=request.user, scope=request.scope, school_id=school.pk, **data)
        return _url(moved)

    return form_page(
        request, form=form, act=act, heading=_("划转 %s") % school, submit=_("划转"),
        done=_("已划转，汇总数会在几秒内更新。"), cancel=_url(school), crumbs=crumbs_of(school, _("划转")),
        confirm=_("划转 %s？生效日之后的数据计入新单位。") % school,
    )  # fmt: skip


@holds_office
def merge(request: OfficeRequest, code: str) -> HttpResponse:
    school = _kept(request, code)

    def act(data: dict[str, Any]) -> str:
        into = merge_schools(
            actor=request.user, scope=request.scope, school_ids=[school.pk], into_id=data["into"].pk,
            on=data["on"], reason=data["reason"],
        )  # fmt: skip
        return _url(into)

    return form_page(
        request, form=Merge(request.POST or None, scope=request.scope, school=school), act=act,
        heading=_("合并 %s") % school, submit=_("合并"), done=_("已合并。"), cancel=_url(school),
        crumbs=crumbs_of(school, _("合并")), confirm=_("合并后 %s 撤销，不能恢复。历史数据保留。") % school,
    )  # fmt: skip


@holds_office
def close(request: OfficeRequest, code: str) -> HttpResponse:
    school = _kept(request, code)

    def act(data: dict[str, Any]) -> str:
        return _url(close_school(actor=request.user, scope=request.scope, school_id=school.pk, **data))

    return form_page(
        request, form=Close(request.POST or None), act=act, heading=_("撤销 %s") % school, submit=_("撤销"),
        done=_("已撤销，历史数据保留。"), cancel=_url(school), crumbs=crumbs_of(school, _("撤销")),
        confirm=_("撤销 %s？不能恢复，历史数据保留。") % school,
    )  # fmt: skip


@holds_office
def campus(request: OfficeRequest, code: str) -> HttpResponse:
    school = _kept(request, code)

    def act(data: dict[str, Any]) -> str:
        save_campus(actor=request.user, scope=request.scope, school_id=school.pk, **data)
        return _url(school)

    return form_page(
        request, form=CampusForm(request.POST or None), act=act, heading=_("增加校区"), submit=_("保存"),
        done=_("已保存。"), cancel=_url(school), crumbs=crumbs_of(school, _("校区")),
    )  # fmt: skip


@require_POST
@holds_office
def campus_remove(request: OfficeRequest, code: str, pk: int) -> HttpResponse:
    school = _kept(request, code)
    remove_campus(actor=request.user, scope=request.scope, school_id=school.pk, campus_id=pk)
    return redirect(_url(school))


@needs(Role.CITY_ADMIN)
def group_add(request: OfficeRequest) -> HttpResponse:
    def act(data: dict[str, Any]) -> str:
        group = add_group(actor=request.user, scope=request.scope, **data)
        return f"{reverse('registry:list')}?group={group.code}"

    return form_page(
        request, form=GroupForm(request.POST or None), act=act, heading=_("新增教育集团"), submit=_("新增"),
        done=_("已新增。在学校信息里选择集团即可加入。"), cancel=reverse("registry:list"),
        crumbs=[{"label": _("学校"), "url": reverse("registry:list")}, {"label": _("新增教育集团"), "url": ""}],
    )  # fmt: skip
