"""看表格 and 导出: any part of a page as a table, as xlsx or as csv."""

from django.http import Http404
from django.http.response import HttpResponseBase

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.pages import render_page
from projects.programmes.selectors import default_indicator
from reports.dashboards.paths import crumbs_of
from reports.dashboards.selectors.schools import FILTERS
from reports.dashboards.state import read_state
from reports.dashboards.tables import Asked, build_table
from reports.indicators.selectors import list_headlines

from .boards import common_context, visible_unit


@holds_office
def table(request: OfficeRequest, level: str, code: str, name: str) -> HttpResponseBase:
    """The table as a page; ?export=xlsx|csv gives the same rows as a file with their notes."""
    unit = visible_unit(request, level, code)
    state = read_state(request.GET, default_indicator=default_indicator())
    chosen = request.GET.get("schools", FILTERS[0][0])
    if chosen not in dict(FILTERS):
        raise Http404
    asked = Asked(request.scope, unit, state, list_headlines(first=state.indicator), chosen, request.GET.get("q", ""))
    found = build_table(name, asked)
    if found is None:
        raise Http404
    kind = request.GET.get("export")
    if kind in ("xlsx", "csv"):
        export = xlsx_response if kind == "xlsx" else csv_response
        return export(f"{unit.name}_{found.title}_{state.period.name}", found.head, found.rows, found.notes)
    context = common_context(request, unit, state) | {"table": found, "name": name}
    context["crumbs"] = crumbs_of(scope=request.scope, unit=unit, page=found.title)
    return render_page(request, "reports/dashboards/table.html", context)
