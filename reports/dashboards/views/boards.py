"""City, district, zone, group and school pages: one view model, one template for all levels."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from districts.models import Level, Unit
from districts.requests import OfficeRequest
from districts.selectors.search import visible_units
from districts.selectors.units import get_city
from portal.accounts.access_rules import holds_office
from portal.ui.pages import render_page
from portal.ui.paging import page_of
from projects.programmes.selectors import default_indicator
from reports.dashboards.paths import PAGES, crumbs_of
from reports.dashboards.record_pages import find_record_page
from reports.dashboards.selectors.board import get_board
from reports.dashboards.selectors.drill import get_drill
from reports.dashboards.selectors.neighbours import get_facts, get_neighbours
from reports.dashboards.selectors.schools import FILTERS, find_schools, get_schools
from reports.dashboards.selectors.series import build_figures, read_series
from reports.dashboards.state import HEAT_MODES, State, read_state, slice_options
from reports.dashboards.tables import list_exports_of
from reports.indicators.selectors import list_choices, list_headlines, list_shown
from reports.rollup.selectors import one_edition

WITH_SCHOOLS = (Level.DISTRICT, Level.ZONE, Level.GROUP)
SCHOOLS_PER_PAGE = 20


def visible_unit(request: OfficeRequest, level: str, code: str) -> Unit:
    """The unit if the scope may see it; Http404 otherwise."""
    unit = visible_units(request.scope).filter(level=level, code=code.replace("\0", "")).first()
    if unit is None or level not in PAGES:
        raise Http404
    return unit


@holds_office
def unit(request: OfficeRequest, level: str, code: str) -> HttpResponse:
    """Where a search result leads to."""
    found = visible_unit(request, level, code)
    return redirect("dashboards:city") if level == Level.CITY else redirect(PAGES[level], found.code)


@holds_office
def city(request: OfficeRequest) -> HttpResponseBase:
    """全市总览."""
    if not request.scope.sees_city:
        raise Http404
    return _board(request, get_city())


@holds_office
def district(request: OfficeRequest, code: str) -> HttpResponseBase:
    return _board(request, visible_unit(request, Level.DISTRICT, code))


@holds_office
def zone(request: OfficeRequest, code: str) -> HttpResponseBase:
    return _board(request, visible_unit(request, Level.ZONE, code))


@holds_office
def group(request: OfficeRequest, code: str) -> HttpResponseBase:
    return _board(request, visible_unit(request, Level.GROUP, code))


@holds_office
def school(request: OfficeRequest, code: str) -> HttpResponseBase:
    return _board(request, visible_unit(request, Level.SCHOOL, code))


@one_edition()
def _board(request: OfficeRequest, unit: Unit) -> HttpResponseBase:
    state = read_state(request.GET, default_indicator=default_indicator())
    context = common_context(request, unit, state)
    parts = {}
    if unit.level in WITH_SCHOOLS:
        context |= _schools(request, unit, state)
        parts["schools"] = "reports/dashboards/schools.html"
    if request.headers.get("HX-Target") not in parts:
        board = get_board(scope=request.scope, unit=unit, state=state)
        context |= {"board": board, "as_of": board.as_of, "heat_modes": HEAT_MODES}
        context |= {"facts": get_facts(unit=unit, state=state), "exports": list_exports_of(board, unit.level)}
        context |= get_neighbours(scope=request.scope, unit=unit)
    if unit.level == Level.SCHOOL:
        context["drill"] = get_drill(scope=request.scope, unit=unit, state=state)
    return render_page(request, "reports/dashboards/board.html", context, parts=parts)


def _schools(request: OfficeRequest, unit: Unit, state: State) -> dict[str, Any]:
    """A page of the schools as the address filters them, with figures; Http404 for an unknown filter."""
    chosen, text = request.GET.get("schools", FILTERS[0][0]), request.GET.get("q", "")
    if chosen not in dict(FILTERS):
        raise Http404
    found = find_schools(unit=unit, state=state, chosen=chosen, text=text)
    page = page_of(request, found.lines, SCHOOLS_PER_PAGE)
    return {
        "school_table": get_schools(
            scope=request.scope, unit=unit, state=state, lines=list(page),
            indicators=list_headlines(first=state.indicator),
        ),
        "school_page": page,
        "school_filters": [(name, word, found.counts[name]) for name, word in FILTERS],
        "school_filter": chosen,
        "school_text": text,
        "school_count": found.counts["all"],
    }  # fmt: skip


def common_context(request: OfficeRequest, unit: Unit, state: State) -> dict[str, Any]:
    return {
        "unit": unit,
        "state": state,
        "slices": slice_options(),
        "indicators": list_choices(),
        "crumbs": crumbs_of(scope=request.scope, unit=unit),
        "page_url": request.path,
    }


@holds_office
def drill(request: OfficeRequest, level: str, code: str) -> HttpResponseBase:
    """What a number is made of, one level down."""
    found = visible_unit(request, level, code)
    state = read_state(request.GET, default_indicator=default_indicator())
    result = get_drill(scope=request.scope, unit=found, state=state)
    context = common_context(request, found, state) | {"drill": result}
    context["records"] = find_record_page(indicator=state.indicator, unit=found)
    if result.parent:
        context["as_of"] = result.parent.as_of
    context["crumbs"] = crumbs_of(scope=request.scope, unit=found, page=state.indicator.name)
    return render_page(request, "reports/dashboards/drill.html", context)


@holds_office
def all_figures(request: OfficeRequest, level: str, code: str) -> HttpResponseBase:
    """Every indicator of the unit in one table."""
    found = visible_unit(request, level, code)
    state = read_state(request.GET, default_indicator=default_indicator())
    indicators = list(list_shown())
    series = read_series(scope=request.scope, unit=found, indicators=indicators, state=state)
    figures = build_figures(series=series, indicators=indicators, state=state, unit=found)
    context = common_context(request, found, state) | {"figures": figures.values()}
    return render_page(request, "reports/dashboards/figures.html", context)
