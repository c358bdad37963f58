"""The district's desk: order, reserves and reasons on one page; sent once, reopened by the city."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.workflow.errors import DomainError
from projects.selection.models import ApplicationStatus
from projects.selection.selectors.desk import DeskRow, find_district, get_desk
from projects.selection.selectors.rounds import get_round
from projects.selection.services import recommendations as services
from projects.selection.services.recommendations import Entry

from .rounds import key_of, seen_version, whole
from .words import Badge, application_badge, crumbs


@holds_office
def desk(request: OfficeRequest, pk: int, code: str) -> HttpResponse:
    return _show(request, pk, code)


def _show(request: OfficeRequest, pk: int, code: str, status: int = 200) -> HttpResponse:
    round_ = get_round(scope=request.scope, pk=pk)
    district = find_district(scope=request.scope, code=code)
    found = get_desk(scope=request.scope, round_=round_, district=district)
    context = {
        "round": round_,
        "desk": found,
        "rows": [(row, _badge(row)) for row in found.rows],
        "typed": request.POST if status != 200 else {},
        "crumbs": crumbs(round_, page=_("%s推荐") % district.name),
    }
    return render(request, "selection/desk.html", context, status=status)


def _badge(row: DeskRow) -> Badge:
    """What the district did not choose was not judged by anybody: it is not recommended, rather than not selected."""
    found = application_badge(row.application)
    passed_over = row.recommendation is None and row.application.status == ApplicationStatus.DECLINED
    return replace(found, word=_("未推荐")) if passed_over else found


@require_POST
@holds_office
def save(request: OfficeRequest, pk: int, code: str) -> HttpResponse:
    """Save the list; with `send` send it after that; with `return` give places back to the pool."""
    round_ = get_round(scope=request.scope, pk=pk)
    district = find_district(scope=request.scope, code=code)
    found = get_desk(scope=request.scope, round_=round_, district=district)
    by: dict[str, Any] = {"actor": request.user, "scope": request.scope, "list_id": found.held.pk}
    try:
        if "return" in request.POST:
            count, reason = whole(request.POST.get("count", "")), request.POST.get("return-reason", "")
            services.return_places(**by, count=count, reason=reason)
            messages.success(request, _("已把 %d 个名额退回市级机动。") % count)
        else:
            ids = [row.application.pk for row in found.rows if row.may_be_listed]
            services.save_list(**by, entries=read_entries(request.POST, ids), minutes=request.POST.get("minutes", ""))
            if "send" in request.POST:
                services.send_list(**by, lock_version=seen_version(request, found.held.lock_version))
                messages.success(request, _("名单已报送市教育工委。"))
            else:
                messages.success(request, _("名单已保存，还没有报送。"))
    except DomainError as error:
        messages.error(request, error.message)
        return _show(request, pk, code, status=error.status)
    return redirect("selection:desk", pk=pk, code=code)


def read_entries(post: Any, ids: list[int]) -> list[Entry]:
    """The chosen rows in the typed order; rows without a number come last, as they stand."""
    found = []
    for position, pk in enumerate(ids):
        choice = post.get(f"choice-{pk}", "none")
        if choice in ("place", "reserve"):
            order = whole(post.get(f"rank-{pk}", "")) or 10_000
            found.append((order, position, Entry(pk, choice == "reserve", post.get(f"reason-{pk}", ""))))
    return [entry for _order, _position, entry in sorted(found, key=lambda row: row[:2])]


@require_POST
@holds_office
def reopen(request: OfficeRequest, pk: int, code: str) -> HttpResponse:
    return _act(request, pk, code, services.reopen_list, _("已重新开放，区县可以修改。"), with_version=True)


@require_POST
@holds_office
def promote(request: OfficeRequest, pk: int, code: str) -> HttpResponse:
    return _act(request, pk, code, services.promote_reserve, _("已递补。"), with_version=False)


def _act(request: OfficeRequest, pk: int, code: str, service: Any, done: str, *, with_version: bool) -> HttpResponse:
    round_ = get_round(scope=request.scope, pk=pk)
    found = get_desk(scope=request.scope, round_=round_, district=find_district(scope=request.scope, code=code))
    given: dict[str, Any] = {"list_id": found.held.pk}
    if with_version:
        given |= {
            "lock_version": seen_version(request, found.held.lock_version), "reason": request.POST.get("reason", ""),
        }  # fmt: skip
    else:
        given["application_id"] = key_of(request.POST.get("application", ""))
    try:
        service(actor=request.user, scope=request.scope, **given)
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:desk", pk=pk, code=code)
