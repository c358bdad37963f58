"""The check of eligibility for many cases on one page: ticked and accepted; those that are barred say why."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import Level
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.workflow.errors import DomainError
from projects.selection.models import Round, StageKind
from projects.selection.rules.access import DISTRICT_ROLES, roles_on_round
from projects.selection.rules.dates import find_stage, is_open
from projects.selection.selectors.eligibility import list_waiting, waiting_cases
from projects.selection.selectors.rounds import get_round
from projects.selection.services.eligibility import Refused, accept_many

from .words import crumbs


def _get_round(request: OfficeRequest, pk: int) -> Round:
    """The round, for those who check cases in it."""
    round_ = get_round(scope=request.scope, pk=pk)
    if not roles_on_round(request.scope, round_) and not request.scope.unit_ids(Level.DISTRICT, DISTRICT_ROLES):
        raise PermissionDenied
    return round_


@holds_office
def waiting(request: OfficeRequest, pk: int) -> HttpResponse:
    return _show(request, _get_round(request, pk), [])


def _show(request: OfficeRequest, round_: Round, refused: Sequence[Refused]) -> HttpResponse:
    page = Paginator(waiting_cases(scope=request.scope, round_=round_), 100).get_page(request.GET.get("page"))
    stage = find_stage(round_, StageKind.ELIGIBILITY)
    context = {
        "round": round_,
        "page": page,
        "rows": list_waiting(scope=request.scope, round_=round_, cases=list(page)),
        "refused": refused,
        "stage": stage,
        "is_open": stage is None or is_open(stage),
        "query": "",
        "crumbs": crumbs(round_, page=_("资格审核")),
    }
    return render(request, "selection/eligibility.html", context)


@require_POST
@holds_office
def accept(request: OfficeRequest, pk: int) -> HttpResponse:
    """Accept what is ticked and eligible; a tick carries the version that the page showed."""
    round_ = _get_round(request, pk)
    versions: dict[int, int] = {}
    for text in request.POST.getlist("chosen"):
        case, _colon, version = text.partition(":")
        if case.isascii() and case.isdigit() and version.isascii() and version.isdigit() and len(text) < 30:
            versions[int(case)] = int(version)
    try:
        accepted, refused = accept_many(actor=request.user, scope=request.scope, round_id=pk, versions=versions)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("selection:eligibility", pk=pk)
    if accepted:
        messages.success(request, _("已通过 %d 份。") % len(accepted))
    if not refused:
        return redirect("selection:eligibility", pk=pk)
    messages.warning(request, _("%d 份没有通过，原因见下。") % len(refused))
    return _show(request, round_, refused)
