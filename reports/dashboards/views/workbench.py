"""The start page: what waits for me, what is due, what came back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from districts.duties import list_duties
from districts.models import Level, Unit
from districts.requests import OfficeRequest
from districts.selectors.units import get_city, list_own_units
from portal.accounts.access_rules import signed_in
from projects.programmes.selectors import default_indicator
from reports.collection.process import FILLERS, REVIEWERS
from reports.collection.selectors.handover import list_fresh_offices
from reports.collection.selectors.returns import badge_of, count_queue, list_tasks, review_queue
from reports.dashboards.paths import crumbs_of
from reports.dashboards.selectors.attention import get_findings
from reports.dashboards.selectors.board import get_progress_of
from reports.dashboards.selectors.cards import get_cards
from reports.dashboards.selectors.desk import get_desk
from reports.dashboards.state import State, read_state

QUEUE = 10


@signed_in
def workbench(request: OfficeRequest) -> HttpResponse:
    scope = request.scope
    state = read_state(request.GET, default_indicator=default_indicator())
    context: dict[str, Any] = {"state": state, "crumbs": [{"label": _("工作台"), "url": ""}]}
    if scope.roles & FILLERS:
        context |= _school(request, state)
    if scope.roles & REVIEWERS:
        context |= _queue(request)
    districts = list_own_units(scope=scope, level=Level.DISTRICT)
    unit = get_city() if scope.sees_city else districts.first()
    if unit is not None:
        context |= _overview(request, unit, state)
    context |= {"districts": districts, "duties": list_duties(scope=scope)}
    context |= {"fresh_offices": list_fresh_offices(scope=scope)}
    return render(request, "reports/dashboards/workbench.html", context)


def _school(request: OfficeRequest, state: State) -> dict[str, Any]:
    """Tasks of all schools of the person; the desk of the first."""
    found: dict[str, Any] = {"tasks": list_tasks(scope=request.scope)}
    school = list_own_units(scope=request.scope, level=Level.SCHOOL, roles=FILLERS).first()
    if school is None:
        return found
    desk = get_desk(scope=request.scope, school=school, state=state)
    crumbs = crumbs_of(scope=request.scope, unit=school)
    as_of = max((f.cell.as_of for f in desk.figures if f.cell and f.cell.as_of), default=None)
    return found | {"school": school, "unit": school, "desk": desk, "crumbs": crumbs, "as_of": as_of}


def _queue(request: OfficeRequest) -> dict[str, Any]:
    waiting = review_queue(scope=request.scope)[:QUEUE]
    back = review_queue(scope=request.scope, status="returned")[:QUEUE]
    return {
        "counts": count_queue(scope=request.scope),
        "waiting": [(r, badge_of(r, reviewing=True)) for r in waiting],
        "sent_back": [(r, badge_of(r, reviewing=True)) for r in back],
    }


def _overview(request: OfficeRequest, unit: Unit, state: State) -> dict[str, Any]:
    """The period of the city or district in a few lines."""
    progress = get_progress_of(unit, state)
    cards, figures = get_cards(scope=request.scope, unit=unit, state=state)
    findings = get_findings(scope=request.scope, unit=unit, state=state, progress=progress) if progress else []
    return {
        "unit": unit,
        "progress": progress,
        "headlines": [card.headline for card in cards],
        "findings": findings,
        "crumbs": crumbs_of(scope=request.scope, unit=unit),
        "as_of": max((f.cell.as_of for f in figures.values() if f.cell and f.cell.as_of), default=None),
    }
