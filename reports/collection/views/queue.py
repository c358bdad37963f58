"""The review queue of a district: filters, many approved at once, more time for all."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from portal.workflow.errors import DomainError
from reports.collection.models import ReturnStatus
from reports.collection.selectors.options import (
    list_form_options,
    list_open_rounds,
    list_period_options,
    list_zone_options,
)
from reports.collection.selectors.returns import badge_of, count_queue, review_queue
from reports.collection.selectors.review import get_reviews
from reports.collection.services.extensions import extend_district
from reports.collection.services.verdicts import AT_ONCE, approve_plain_returns

FILTERS = ("form", "period", "zone")


def read_filters(request: OfficeRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in FILTERS}


def read_day(text: str) -> date | None:
    """A day as browsers send it, or None."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@needs(Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)
def queue(request: OfficeRequest) -> HttpResponse:
    """What waits for a decision, by due day, with what is odd about each."""
    status = request.GET.get("status", ReturnStatus.SUBMITTED)
    if status not in ReturnStatus.values:
        status = ReturnStatus.SUBMITTED
    filters = read_filters(request)
    waiting = review_queue(scope=request.scope, status=status, filters=filters)
    page = Paginator(waiting, 50).get_page(request.GET.get("page"))
    shown = list(page)
    judged = list(waiting[:AT_ONCE]) if status == ReturnStatus.SUBMITTED else []
    reviews = get_reviews(records=list({r.pk: r for r in [*shown, *judged]}.values()))
    query = request.GET.copy()
    query.pop("page", None)
    counts = count_queue(scope=request.scope, filters=filters)
    context = {
        "page": page,
        "rows": [(r, badge_of(r, reviewing=True), reviews[r.pk]) for r in shown],
        "plain": [r for r in judged if reviews[r.pk].is_plain],
        "counts": counts,
        "total": sum(counts.values()),
        "handed_in": sum(counts.values()) - counts.get(ReturnStatus.DRAFT, 0),
        "status": status,
        "tabs": _tabs(),
        "filters": filters,
        **_options(request),
        "query": f"{query.urlencode()}&" if query else "",
        "filter_query": _filter_query(filters),
        "crumbs": [{"label": _("审核"), "url": ""}],
    }
    return render(request, "reports/collection/queue.html", context)


def _options(request: OfficeRequest) -> dict[str, Any]:
    return {
        "forms": list_form_options(),
        "periods": list_period_options(),
        "zones": list_zone_options(scope=request.scope),
        "rounds": list_open_rounds(scope=request.scope),
    }


def _filter_query(filters: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in filters.items() if value.isascii() and value.strip())


def _tabs() -> list[tuple[str, str]]:
    return [
        (ReturnStatus.SUBMITTED, _("待审")),
        (ReturnStatus.RETURNED, _("已退回")),
        (ReturnStatus.APPROVED, _("已审")),
        (ReturnStatus.DRAFT, _("未报")),
    ]


@require_POST
@needs(Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)
def approve_plain(request: OfficeRequest) -> HttpResponse:
    """批量通过无提示的 n 所: exactly those that the page named, each as it was then."""
    chosen = [(int(pk), int(version)) for pk, version in map(_split, request.POST.getlist("item")) if pk and version]
    result = approve_plain_returns(actor=request.user, scope=request.scope, chosen=chosen)
    if result.approved:
        messages.success(request, _("已通过 %d 所，数据已计入汇总。") % len(result.approved))
    for school, why in result.refused[:20]:
        messages.warning(request, _("%(school)s 没有通过：%(why)s") % {"school": school, "why": why})
    if not result.approved and not result.refused:
        messages.warning(request, _("没有可以通过的报表，请刷新队列。"))
    return _back(request)


def _split(text: str) -> tuple[str, str]:
    """`12:3` → return and version; anything else → nothing."""
    pk, _colon, version = text.partition(":")
    ok = all(part.isascii() and part.isdigit() and len(part) < 10 for part in (pk, version))
    return (pk, version) if ok else ("", "")


@require_POST
@needs(Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)
def extend_all(request: OfficeRequest) -> HttpResponse:
    """延期 for every school of the district that has not handed in."""
    form, _colon, period = request.POST.get("round", "").partition(":")
    until = read_day(request.POST.get("until", ""))
    try:
        if until is None:
            raise DomainError("past", _("请选择延期到哪一天。"))
        moved = extend_district(
            actor=request.user, scope=request.scope, form_code=form.replace("\0", ""),
            period_code=period.replace("\0", ""), until=until, reason=request.POST.get("reason", ""),
        )  # fmt: skip
        words = {"n": moved, "day": f"{until.month}月{until.day}日"}
        messages.success(request, _("已给 %(n)d 所学校延期至 %(day)s。") % words)
    except DomainError as error:
        messages.error(request, error.message)
    return _back(request)


def _back(request: OfficeRequest) -> HttpResponse:
    query = request.GET.urlencode()
    return redirect(reverse("collection:queue") + (f"?{query}" if query else ""))
