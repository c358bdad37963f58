"""Courses and cases: two lists of one shape, one page each, and their life."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import attachment, table_response
from portal.ui.form_pages import form_page
from portal.ui.paging import page_of, rest_of_query
from portal.workflow.errors import DomainError
from schools.registry.models import School
from schools.showcase.forms import EndForm, ExhibitForm
from schools.showcase.models import Exhibit, ExhibitKind, Reach
from schools.showcase.panels import panels_of
from schools.showcase.rules import can_keep_exhibit
from schools.showcase.selectors.brands import list_choosable_districts, list_usable
from schools.showcase.selectors.exhibits import get_exhibit, list_exhibits, list_filling_schools
from schools.showcase.selectors.history import list_history
from schools.showcase.services import exhibits as services
from schools.showcase.uses import is_used

from .words import LISTS, badge_of, exhibit_crumbs, tabs, wants_export

NAMES = ("district", "school", "state", "reach", "published", "q")
NOTE = "由学校登记；公开指已在书刊、平台刊发或入选上级名单。"
FIELDS = ("name", "summary", "brand", "started_on", "link", "publication", "reach", "published_on")
WORDS = {
    ExhibitKind.COURSE: {"add": "登记课程", "none": "还没有登记课程。"},
    ExhibitKind.CASE: {"add": "登记案例", "none": "还没有登记案例。"},
}


@holds_office
def courses(request: OfficeRequest) -> HttpResponseBase:
    return _list(request, ExhibitKind.COURSE)


@holds_office
def cases(request: OfficeRequest) -> HttpResponseBase:
    return _list(request, ExhibitKind.CASE)


def _list(request: OfficeRequest, kind: ExhibitKind) -> HttpResponseBase:
    filters = {name: request.GET.get(name, "") for name in NAMES}
    filters["state"] = filters["state"] or "active"
    rows = list_exhibits(scope=request.scope, kind=kind, filters=filters)
    if wants_export(request):
        head = [_("名称"), _("学校"), _("学校代码"), _("区县"), _("品牌"), _("简介"), _("启用"), _("停用"),
                _("公开或刊发于"), _("公开范围"), _("公开日期"), _("链接")]  # fmt: skip
        lines = (
            [r.name, r.school.name, r.school.code, r.school.district.name, r.brand.name if r.brand else "", r.summary,
             f"{r.started_on}", f"{r.ended_on or ''}", r.publication,
             r.get_reach_display() if r.published_on else "", f"{r.published_on or ''}", r.link]
            for r in rows
        )  # fmt: skip
        return table_response(request.GET["export"], str(kind.label), head, lines, NOTE)
    page = page_of(request, rows, 50)
    context = {
        "kind": kind,
        "words": WORDS[kind],
        "add_url": reverse(f"showcase:{kind.value}-add"),
        "page": page,
        "rows": [(row, badge_of(row)) for row in page],
        "filters": filters,
        "is_filtered": any(filters[name] for name in NAMES if name != "state"),
        "districts": list_choosable_districts(scope=request.scope),
        "reaches": Reach.choices,
        "may_add": list_filling_schools(scope=request.scope).exists(),
        "query": rest_of_query(request),
        "tabs": tabs(LISTS[kind].partition(":")[2]),
        "crumbs": exhibit_crumbs(kind),
    }
    return render(request, "schools/showcase/exhibits.html", context)


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    exhibit = get_exhibit(scope=request.scope, pk=pk)
    context = {
        "exhibit": exhibit,
        "badge": badge_of(exhibit),
        "panels": panels_of(request.scope, exhibit),
        "history": list_history(exhibit),
        "may_keep": can_keep_exhibit(request.scope, exhibit),
        "may_remove": can_keep_exhibit(request.scope, exhibit) and not is_used(exhibit),
        "crumbs": exhibit_crumbs(exhibit.kind, exhibit),
    }
    return render(request, "schools/showcase/exhibit.html", context)


def _kept(request: OfficeRequest, pk: int) -> Exhibit:
    exhibit = get_exhibit(scope=request.scope, pk=pk)
    if not can_keep_exhibit(request.scope, exhibit):
        raise PermissionDenied
    return exhibit


def _form(request: OfficeRequest, kind: str, school: School, exhibit: Exhibit | None = None) -> ExhibitForm:
    initial: dict[str, Any] = {}
    if exhibit is not None:
        initial = {name: getattr(exhibit, name) for name in FIELDS} | {"seen": exhibit.saved_at.isoformat()}
    elif (brand := request.GET.get("brand", "")).isdigit():
        initial = {"brand": brand}
    brands = list_usable(school_id=school.pk, also=exhibit.brand_id if exhibit else None)
    return ExhibitForm(request.POST or None, request.FILES or None, initial=initial, kind=kind, brands=brands)


@holds_office
def add(request: OfficeRequest, kind: str) -> HttpResponse:
    """A new course or case of the own school; ?school=code for whoever keeps several."""
    schools = list_filling_schools(scope=request.scope)
    if not schools.exists():
        raise PermissionDenied
    code = request.GET.get("school", "")
    school = get_object_or_404(schools, code=code) if code else schools[0]

    def act(data: dict[str, Any]) -> str:
        data.pop("seen")
        row = services.register_exhibit(actor=request.user, scope=request.scope, school=school, kind=kind, **data)
        return _url(row)

    heading = WORDS[ExhibitKind(kind)]["add"]
    return form_page(
        request, form=_form(request, kind, school), act=act, heading=heading, submit=_("登记"), done=_("已登记。"),
        cancel=reverse(LISTS[ExhibitKind(kind)]), crumbs=exhibit_crumbs(kind, page=heading), hint=school.name,
    )  # fmt: skip


@holds_office
def change(request: OfficeRequest, pk: int) -> HttpResponse:
    exhibit = _kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        return _url(services.change_exhibit(actor=request.user, scope=request.scope, exhibit_id=pk, **data))

    return form_page(
        request, form=_form(request, exhibit.kind, exhibit.school, exhibit), act=act, heading=_("修改 %s") % exhibit,
        submit=_("保存"), done=_("已保存，原来的写法留在历史里。"), cancel=_url(exhibit),
        crumbs=exhibit_crumbs(exhibit.kind, exhibit, _("修改")), hint=exhibit.school.name,
    )  # fmt: skip


@holds_office
def close(request: OfficeRequest, pk: int) -> HttpResponse:
    exhibit = _kept(request, pk)

    def act(data: dict[str, Any]) -> str:
        return _url(services.end_exhibit(actor=request.user, scope=request.scope, exhibit_id=pk, **data))

    return form_page(
        request, form=EndForm(request.POST or None), act=act, heading=_("停用 %s") % exhibit, submit=_("停用"),
        done=_("已停用，已有的称号不受影响。"), cancel=_url(exhibit),
        crumbs=exhibit_crumbs(exhibit.kind, exhibit, _("停用")),
        confirm=_("停用“%s”？从停用日期起不再列为在用，也不能再申报。") % exhibit,
    )  # fmt: skip


@require_POST
@holds_office
def remove(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """Registered by mistake: gone with its file, unless a case or a title stands on it."""
    exhibit = _kept(request, pk)
    try:
        services.remove_exhibit(actor=request.user, scope=request.scope, exhibit_id=pk)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("showcase:exhibit", pk=pk)
    messages.success(request, _("已删除登记。"))
    return redirect(LISTS[ExhibitKind(exhibit.kind)])


STEPS: dict[str, tuple[Any, str]] = {
    "resume": (services.resume_exhibit, "已恢复使用。"),
    "remove-file": (services.remove_file, "已删除附件。"),
}


@require_POST
@holds_office
def step(request: OfficeRequest, pk: int, action: str) -> HttpResponseBase:
    """In use again, or without its file."""
    if action not in STEPS:
        raise Http404
    _kept(request, pk)
    service, done = STEPS[action]
    try:
        service(actor=request.user, scope=request.scope, exhibit_id=pk)
        messages.success(request, _(done))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("showcase:exhibit", pk=pk)


@holds_office
def file(request: OfficeRequest, pk: int) -> FileResponse:
    """The file, always as a download."""
    exhibit = get_exhibit(scope=request.scope, pk=pk)
    if not exhibit.file:
        raise Http404
    response = FileResponse(exhibit.file.open("rb"), content_type=exhibit.media_type)
    response["Content-Disposition"] = attachment(exhibit.file_name)
    return response


def _url(exhibit: Exhibit) -> str:
    return reverse("showcase:exhibit", args=[exhibit.pk])
