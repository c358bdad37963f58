"""The register as a list, and its export."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import csv_response, xlsx_response
from schools.registry.models import AreaType, Ownership, School, SchoolKind
from schools.registry.rules import can_keep_register, can_move_schools
from schools.registry.selectors import list_districts, list_groups, list_schools

NAMES = ("q", "district", "kind", "area", "ownership", "group", "closed")


@holds_office
def school_list(request: OfficeRequest) -> HttpResponseBase:
    """Schools in the scope, filtered by links; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "") for name in NAMES}
    schools = list_schools(scope=request.scope, filters=filters)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        return _export(kind, schools)
    districts = list(list_districts(scope=request.scope))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": Paginator(schools, 100).get_page(request.GET.get("page")),
        "filters": filters,
        "districts": districts,
        "groups": list_groups(scope=request.scope),
        "choices": [
            ("kind", _("办学类型"), SchoolKind.choices, filters["kind"]),
            ("area", _("城乡类型"), AreaType.choices, filters["area"]),
            ("ownership", _("举办性质"), Ownership.choices, filters["ownership"]),
        ],
        "query": f"{query.urlencode()}&" if query else "",
        "may_add": any(can_keep_register(request.scope, district) for district in districts),
        "may_group": can_move_schools(request.scope),
        "crumbs": [{"label": _("学校"), "url": ""}],
    }
    return render(request, "schools/registry/list.html", context)


def _export(kind: str, schools: QuerySet[School]) -> HttpResponseBase:
    head = [
        _("代码"), _("校名"), _("主管单位"), _("片区"), _("办学类型"), _("举办性质"),
        _("城乡类型"), _("镇街"), _("教育集团"), _("撤销日期"),
    ]  # fmt: skip

    def rows() -> Iterator[list[Any]]:
        for school in schools.iterator(chunk_size=2000):
            yield [
                school.code, school.name, school.district.name, school.zone.name if school.zone else "",
                school.get_kind_display(), school.get_ownership_display(), school.get_area_type_display(), school.town,
                school.group.name if school.group else "", school.valid_to.isoformat() if school.valid_to else "",
            ]  # fmt: skip

    name = _("学校名册")
    return xlsx_response(name, head, rows()) if kind == "xlsx" else csv_response(name, head, rows())
