"""需要关注: every finding with its rows."""

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.pages import render_page
from projects.programmes.selectors import default_indicator
from reports.dashboards.paths import crumbs_of
from reports.dashboards.selectors.attention import get_findings
from reports.dashboards.selectors.board import get_progress_of
from reports.dashboards.state import read_state

from .boards import common_context, visible_unit


@holds_office
def attention(request: OfficeRequest, level: str, code: str) -> HttpResponseBase:
    unit = visible_unit(request, level, code)
    state = read_state(request.GET, default_indicator=default_indicator())
    progress = get_progress_of(unit, state)
    if progress is None:
        raise Http404
    findings = get_findings(scope=request.scope, unit=unit, state=state, progress=progress)
    context = common_context(request, unit, state) | {"findings": findings}
    context["crumbs"] = crumbs_of(scope=request.scope, unit=unit, page=_("需要关注"))
    return render_page(request, "reports/dashboards/attention.html", context)
