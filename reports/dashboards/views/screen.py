"""大屏: for a wall, without a hand on it."""

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from districts.requests import OfficeRequest
from districts.selectors.units import get_city
from portal.accounts.access_rules import holds_office
from portal.ui.pages import asks_for_fragment
from projects.programmes.selectors import default_indicator
from reports.dashboards.selectors.screen import get_screen
from reports.dashboards.state import read_state

SECONDS = 20


@holds_office
def screen(request: OfficeRequest) -> HttpResponseBase:
    """The whole page, or its next turn; ?hold=1 shows the turn before again, with what is new."""
    if not request.scope.sees_city:
        raise Http404
    state = read_state(request.GET, default_indicator=default_indicator())
    asked = request.GET.get("turn", "0")
    turn = int(asked) if asked.isdecimal() and len(asked) < 4 else 0
    if request.GET.get("hold"):
        turn -= 1
    shown = get_screen(scope=request.scope, state=state, turn=turn)
    template = "reports/dashboards/screen_body.html" if asks_for_fragment(request) else "reports/dashboards/screen.html"
    context = {"screen": shown, "state": shown.state, "unit": get_city(), "seconds": SECONDS, "now": timezone.now()}
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
