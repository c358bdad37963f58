"""Many schools at once into another district or zone, with one document."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.models import District, Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from portal.workflow.errors import DomainError
from schools.registry.forms import MoveMany
from schools.registry.rules import can_keep_register, can_move_schools
from schools.registry.selectors import list_districts, list_zones
from schools.registry.selectors.districts import get_district, list_movable
from schools.registry.services.moves import move_schools


@needs(Role.CITY_ADMIN, Role.DISTRICT_ADMIN)
def move_many(request: OfficeRequest) -> HttpResponse:
    """Choose the district, tick the schools, say where they go. All move or none."""
    districts = [d for d in list_districts(scope=request.scope) if can_keep_register(request.scope, d)]
    source = _source(request, districts)
    filters = {name: request.GET.get(name, "").strip() for name in ("zone", "q")}
    schools = list_movable(scope=request.scope, district=source, zone=filters["zone"], text=filters["q"])
    form = MoveMany(request.POST or None, source=source, schools=schools, between=can_move_schools(request.scope))
    status = 200
    if request.method == "POST":
        if form.is_valid() and (target := _act(request, form)):
            return redirect(target)
        status = 422
    chosen = set(request.POST.getlist("schools"))
    context = {
        "form": form,
        "districts": districts,
        "source": source,
        "zones": list_zones(source) if source else [],
        "filters": filters,
        "rows": [(school, str(school.pk) in chosen) for school in schools],
        "crumbs": [{"label": _("学校"), "url": reverse("registry:list")}, {"label": _("批量划转"), "url": ""}],
    }
    return render(request, "schools/registry/move_many.html", context, status=status)


def _source(request: OfficeRequest, districts: list[District]) -> District | None:
    """The district whose schools are shown: named in the address, or the only one there is."""
    code = request.GET.get("district", "")
    if not code:
        return districts[0] if len(districts) == 1 else None
    source = get_district(scope=request.scope, code=code)
    if not can_keep_register(request.scope, source):
        raise PermissionDenied
    return source


def _act(request: OfficeRequest, form: MoveMany) -> str:
    data = form.cleaned_data
    try:
        moved = move_schools(
            actor=request.user, scope=request.scope, school_ids=[school.pk for school in data["schools"]],
            district=data["district"], on=data["on"], zone=data["zone"], reason=data["reason"],
        )  # fmt: skip
    except DomainError as error:
        field = error.extra.get("field")
        form.add_error(field if field in form.fields else None, error.message)
        return ""
    messages.success(request, _("已划转 %d 所，汇总数会在几秒内更新。") % len(moved))
    return reverse("registry:district", args=[data["district"].code])
