"""The district's side: queue, verdicts on cells, decision."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import Role
from portal.accounts.access_rules import holds_office, needs
from portal.workflow.errors import DomainError
from reports.collection.models import Return, ReturnStatus
from reports.collection.rules import may_review, roles_on
from reports.collection.selectors.entry import list_events
from reports.collection.selectors.returns import badge_of, count_queue, get_return, review_queue
from reports.collection.selectors.review import get_review
from reports.collection.services.progress import approve_return, extend_return, reopen_return, send_back_return

from .crumbs import crumbs_of
from .entry import _version

REASONS = (
    "与名册不一致，请核对。",
    "明显偏离历史，请核对。",
    "口径有误，请按口径重填。",
    "缺少说明，请补充原因。",
)


@needs(Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, by due day; without a choice the first one opens."""
    status = request.GET.get("status", ReturnStatus.SUBMITTED)
    if status not in ReturnStatus.values:
        status = ReturnStatus.SUBMITTED
    page = Paginator(review_queue(scope=request.scope, status=status), 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(record, badge_of(record, reviewing=True)) for record in page],
        "counts": count_queue(scope=request.scope),
        "status": status,
        "tabs": _tabs(),
        "query": f"status={status}&",
        "crumbs": [{"label": _("审核"), "url": ""}],
    }
    return render(request, "reports/collection/queue.html", context)


def _tabs() -> list[tuple[str, str]]:
    return [
        (ReturnStatus.SUBMITTED, _("待审")),
        (ReturnStatus.RETURNED, _("已退回")),
        (ReturnStatus.APPROVED, _("已审")),
        (ReturnStatus.DRAFT, _("未报")),
    ]


@holds_office
def review(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_return(scope=request.scope, pk=pk)
    if not may_review(request.scope, record):
        raise PermissionDenied
    return show_review(request, record)


def show_review(request: HttpRequest, record: Return, status: int = 200) -> HttpResponse:
    context = {
        "record": record,
        "review": get_review(record=record),
        "queue": review_queue(scope=request.scope)[:30],
        "counts": count_queue(scope=request.scope),
        "events": list_events(record),
        "badge": badge_of(record, reviewing=True),
        "reasons": REASONS,
        "typed": {n.removeprefix("reason-"): v for n, v in request.POST.items() if n.startswith("reason-")},
        "chosen": {n.removeprefix("verdict-") for n, v in request.POST.items() if v == "return"},
        "can_reopen": bool(roles_on(request.scope, record)),
        "crumbs": crumbs_of(record),
    }
    return render(request, "reports/collection/review.html", context, status=status)


@require_POST
@holds_office
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """送出结论: with a cell marked 退回 the form goes back, otherwise it passes."""
    record = get_return(scope=request.scope, pk=pk)
    back = [n.removeprefix("verdict-") for n, v in request.POST.items() if n.startswith("verdict-") and v == "return"]
    version = _version(request, record)
    try:
        if back:
            reasons = {code: request.POST.get(f"reason-{code}", "") for code in back}
            send_back_return(
                actor=request.user, scope=request.scope, return_id=pk, lock_version=version, reasons=reasons
            )
            messages.success(request, _("已退回 %(n)d 格给 %(school)s。") % {"n": len(back), "school": record.school})
        else:
            approve_return(actor=request.user, scope=request.scope, return_id=pk, lock_version=version)
            messages.success(request, _("%s 已通过，数据已计入汇总。") % record.school)
    except DomainError as error:
        messages.error(request, error.message)
        record.refresh_from_db()
        return show_review(request, record, status=error.status)
    return _next(request, pk)


def _next(request: HttpRequest, pk: int) -> HttpResponse:
    following = review_queue(scope=request.scope).exclude(pk=pk).first()
    return redirect("collection:review", pk=following.pk) if following else redirect("collection:queue")


@require_POST
@holds_office
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_return(scope=request.scope, pk=pk)
    try:
        reopen_return(
            actor=request.user,
            scope=request.scope,
            return_id=pk,
            lock_version=_version(request, record),
            reason=request.POST.get("reason", ""),
            codes=request.POST.getlist("code") or None,
        )
        messages.success(request, _("已重新开放，学校改好再提交后重新审核。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("collection:entry", pk=pk)


@require_POST
@holds_office
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    get_return(scope=request.scope, pk=pk)
    try:
        until = parse_date(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is None:
        messages.error(request, _("请选择延期到哪一天。"))
        return redirect("collection:entry", pk=pk)
    try:
        extend_return(actor=request.user, scope=request.scope, return_id=pk, until=until)
        messages.success(request, _("已延期至 %s。") % f"{until.month}月{until.day}日")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("collection:entry", pk=pk)
