"""One return before the reviewer: verdicts on cells, questions, the decision, reopening, more time."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.workflow.errors import DomainError, StaleError
from reports.collection.models import Return, Verdict
from reports.collection.rules import may_reopen, may_review
from reports.collection.selectors.panel import list_events
from reports.collection.selectors.returns import badge_of, count_queue, find_return, get_return, review_queue
from reports.collection.selectors.review import Review, get_reviews, typed_verdicts
from reports.collection.services.extensions import extend_return
from reports.collection.services.progress import reopen_return
from reports.collection.services.questions import ask_question
from reports.collection.services.verdicts import Verdicts, decide_return, keep_verdicts

from .crumbs import crumbs_of
from .entry import _version
from .queue import read_day, read_filters

REASONS = (
    gettext_lazy("与名册不一致，请核对。"),
    gettext_lazy("明显偏离历史，请核对。"),
    gettext_lazy("口径有误，请按口径重填。"),
    gettext_lazy("缺少说明，请补充原因。"),
)
SIDE = 30
WORDS = {"pass": Verdict.PASSED, "return": Verdict.RETURNED}


@holds_office
def review(request: OfficeRequest, pk: int) -> HttpResponse:
    record = get_return(scope=request.scope, pk=pk)
    if not may_review(request.scope, record):
        raise PermissionDenied
    return show_review(request, record)


def show_review(
    request: OfficeRequest,
    record: Return,
    *,
    typed: Verdicts | None = None,
    since: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """`typed`: verdicts that came with a refused decision; `since`: the version that was decided upon."""
    filters = read_filters(request)
    waiting = list(review_queue(scope=request.scope, filters=filters)[:SIDE])
    reviews = get_reviews(records=[record, *(r for r in waiting if r.pk != record.pk)])
    typed_verdicts(reviews[record.pk], typed or {})
    context = {
        "record": record,
        "review": reviews[record.pk],
        "queue": [(item, reviews[item.pk]) for item in waiting],
        "counts": count_queue(scope=request.scope, filters=filters),
        "filter_query": request.GET.urlencode(),
        "events": list_events(record),
        "changes": list_events(record, since=since) if since is not None else [],
        "badge": badge_of(record, reviewing=True),
        "reasons": REASONS,
        "can_reopen": may_reopen(request.scope, record),
        "crumbs": crumbs_of(request, record, reviewing=True),
    }  # fmt: skip
    return render(request, "reports/collection/review.html", context, status=status)


@require_POST
@holds_office
def decide(request: OfficeRequest, pk: int) -> HttpResponse:
    """The buttons of the review: 送出结论, 暂存，下一所, 通过未变的 n 格, 改为询问，不退回."""
    record = find_return(scope=request.scope, pk=pk)
    verdicts, version = _read_verdicts(request), _version(request, record)
    given: dict[str, Any] = {"actor": request.user, "scope": request.scope, "return_id": pk, "lock_version": version}
    try:
        if request.POST.get("intent") == "hold":
            keep_verdicts(**given, verdicts=verdicts)
            messages.success(request, _("已暂存 %s 的结论，学校还看不到。") % record.school)
            return _next(request, pk)
        if request.POST.get("intent") == "pass_plain":
            plain = {row.code: (str(Verdict.PASSED), "") for row in _plain(record)}
            keep_verdicts(**given, verdicts={**verdicts, **plain})
            return redirect(_here(request, pk))
        if code := request.POST.get("ask"):
            return _ask(request, given, code, verdicts)
        outcome = decide_return(**given, verdicts=verdicts)
    except DomainError as error:
        messages.error(request, error.message)
        since = version if isinstance(error, StaleError) else None
        record = get_return(scope=request.scope, pk=pk)
        return show_review(request, record, typed=verdicts, since=since, status=error.status)
    messages.success(request, _done(outcome.obj, verdicts))
    return _next(request, pk)


def _plain(record: Return) -> list[Any]:
    found: Review = get_reviews(records=[record])[record.pk]
    return found.folded


def _ask(request: OfficeRequest, given: dict[str, Any], code: str, verdicts: Verdicts) -> HttpResponse:
    """The question goes out, the cell stays undecided, the other verdicts are kept."""
    pk = given["return_id"]
    kept = {**verdicts, code: ("", "")}
    ask_question(actor=request.user, scope=request.scope, return_id=pk, code=code, text=verdicts.get(code, ("", ""))[1])
    keep_verdicts(**given, verdicts=kept)
    messages.success(request, _("已询问学校，这一格没有退回。答复后会显示在这里。"))
    return redirect(_here(request, pk))


def _read_verdicts(request: OfficeRequest) -> Verdicts:
    """code → (verdict, reason): a written reason, else the preset that was chosen."""
    found = {}
    for name in request.POST:
        if name.startswith(("verdict-", "reason-")):
            code = name.split("-", 1)[1]
            reason = request.POST.get(f"reason-{code}", "").strip() or request.POST.get(f"preset-{code}", "")
            found[code] = (str(WORDS.get(request.POST.get(f"verdict-{code}", ""), "")), reason)
    return found


def _done(record: Return, verdicts: Verdicts) -> str:
    back = sum(verdict == Verdict.RETURNED for verdict, _reason in verdicts.values())
    if back:
        return _("已退回 %(n)d 格给 %(school)s。") % {"n": back, "school": record.school}
    return _("%s 已通过，数据已计入汇总。") % record.school


def _here(request: OfficeRequest, pk: int) -> str:
    query = request.GET.urlencode()
    return reverse("collection:review", args=[pk]) + (f"?{query}" if query else "")


def _next(request: OfficeRequest, pk: int) -> HttpResponse:
    """The one after this in the queue, else the first; the queue itself when it is empty."""
    waiting = list(review_queue(scope=request.scope, filters=read_filters(request)).values_list("pk", flat=True))
    behind = waiting[waiting.index(pk) + 1 :] if pk in waiting else waiting
    others = [other for other in [*behind, *waiting] if other != pk]
    query = request.GET.urlencode()
    return redirect(_here(request, others[0]) if others else f"{reverse('collection:queue')}?{query}")


@require_POST
@holds_office
def reopen(request: OfficeRequest, pk: int) -> HttpResponse:
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
def extend(request: OfficeRequest, pk: int) -> HttpResponse:
    get_return(scope=request.scope, pk=pk)
    until = read_day(request.POST.get("until", ""))
    if until is None:
        messages.error(request, _("请选择延期到哪一天。"))
        return redirect("collection:entry", pk=pk)
    try:
        extend_return(
            actor=request.user, scope=request.scope, return_id=pk, until=until, reason=request.POST.get("reason", "")
        )
        messages.success(request, _("已延期至 %s。") % f"{until.month}月{until.day}日")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("collection:entry", pk=pk)
