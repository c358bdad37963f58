"""The case: begun, written, handed in; checked by the district; read in every version; printed."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.documents.pdf import pdf_headers
from portal.ui.exports import attachment as disposition
from portal.ui.exports import csv_response, xlsx_response
from portal.workflow.errors import DomainError
from projects.selection.documents import render_case
from projects.selection.models import Application, ApplicationStatus
from projects.selection.process import ACTION_WORDS
from projects.selection.selectors.cases import (
    find_candidate,
    get_application,
    get_attachment,
    get_case,
    list_applications,
    list_events,
)
from projects.selection.selectors.rounds import get_round, list_rounds
from projects.selection.services import applications as services
from projects.selection.services.attachments import add_attachment, remove_attachment

from .answers import read_answers
from .rounds import key_of, seen_version, whole
from .words import application_badge, crumbs

NAMES = ("round", "status", "district", "q")


@holds_office
def case_list(request: OfficeRequest) -> HttpResponseBase:
    """Applications in the scope; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "") for name in NAMES}
    rows = list_applications(scope=request.scope, filters=filters)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        return _export(kind, rows)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "rows": [(row, application_badge(row)) for row in page],
        "filters": filters,
        "rounds": list_rounds(scope=request.scope),
        "statuses": ApplicationStatus.choices,
        "query": f"{query.urlencode()}&" if query else "",
        "crumbs": crumbs(page=_("申报")),
    }
    return render(request, "selection/cases/list.html", context)


def _export(kind: str, rows: Any) -> HttpResponseBase:
    head = [_("批次"), _("区县"), _("学校代码"), _("申报主体"), _("状态"), _("提交时间")]
    lines = (
        [
            row.round.title, row.district.name, row.school.code, row.holder_name, application_badge(row).word,
            f"{row.submitted_at:%Y-%m-%d %H:%M}" if row.submitted_at else "",
        ]
        for row in rows.iterator(chunk_size=2000)
    )  # fmt: skip
    name = _("申报清单")
    return xlsx_response(name, head, lines) if kind == "xlsx" else csv_response(name, head, lines)


@require_POST
@holds_office
def begin(request: OfficeRequest, pk: int) -> HttpResponse:
    """Open a case for one of the own candidates, or the case that is there already."""
    round_ = get_round(scope=request.scope, pk=pk)
    holder = find_candidate(scope=request.scope, round_=round_, value=request.POST.get("holder", ""))
    if holder is None:
        messages.error(request, _("请选择申报主体。"))
        return redirect("selection:round", pk=pk)
    title = request.POST.get("subject_title", "")
    try:
        application = services.begin_application(
            actor=request.user, scope=request.scope, round_id=pk, subject_title=title, **holder
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("selection:round", pk=pk)
    return redirect("selection:case", pk=application.pk)


@require_POST
@holds_office
def carry(request: OfficeRequest, pk: int) -> HttpResponse:
    """The ticked cases of a district's own round go into the city's."""
    get_round(scope=request.scope, pk=pk)
    try:
        ids = [key_of(text) for text in request.POST.getlist("case")]
        found = services.carry_chosen(actor=request.user, scope=request.scope, round_id=pk, application_ids=ids)
        messages.success(request, _("已推送 %d 个，学校核对后提交。") % len(found))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:round", pk=pk)


@holds_office
def case(request: OfficeRequest, pk: int) -> HttpResponse:
    """The case: a form for its own side while it is open, else a document; ?version=n shows an older one."""
    application = get_application(scope=request.scope, pk=pk)
    return show_case(request, application)


def show_case(request: OfficeRequest, application: Application, status: int = 200) -> HttpResponse:
    number = request.GET.get("version", "")
    found = get_case(scope=request.scope, application=application, number=whole(number) if number else None)
    context = {
        "application": application,
        "case": found,
        "refused": status != 200,
        "badge": application_badge(application),
        "events": [(event, ACTION_WORDS[event.action]) for event in list_events(application)],
        "crumbs": crumbs(application.round, page=application.holder_name),
    }
    template = "selection/cases/edit.html" if found.may_edit else "selection/cases/detail.html"
    return render(request, template, context, status=status)


@require_POST
@holds_office
def save(request: OfficeRequest, pk: int) -> HttpResponse:
    """Store the answers that came (one field by autosave, or the form); with `submit` hand the case in after that."""
    application = get_application(scope=request.scope, pk=pk)
    by: dict[str, Any] = {"actor": request.user, "scope": request.scope, "application_id": pk}
    try:
        answers = read_answers(request.POST, application.round.questions.all())
        seen = whole(request.POST.get("version", ""))
        version = services.save_answers(**by, answers=answers, seen_version=seen)
        for name in request.FILES:
            for upload in request.FILES.getlist(name):
                add_attachment(**by, question=name.removeprefix("file-"), upload=upload)
        if "submit" in request.POST:
            services.submit_application(**by, lock_version=seen_version(request, application.lock_version))
            messages.success(request, _("已提交。请留意区县的资格审核。"))
    except DomainError as error:
        if request.htmx:
            return render(request, "selection/cases/refused.html", {"message": error.message}, status=error.status)
        messages.error(request, error.message)
        return show_case(request, get_application(scope=request.scope, pk=pk), status=error.status)
    if request.htmx:
        found = get_case(scope=request.scope, application=application)
        return render(request, "selection/cases/saved.html", {"case": found, "version": version})
    if "submit" not in request.POST:
        messages.success(request, _("已保存。"))
    return redirect("selection:case", pk=pk)


STEPS: dict[str, tuple[Any, Any, bool]] = {
    "recall": (services.recall_application, _lazy("已撤回，可以修改后重新提交。"), False),
    "withdraw": (services.withdraw_application, _lazy("已退出本批次。"), True),
    "accept": (services.accept_application, _lazy("资格审核通过。"), False),
    "send-back": (services.send_back_application, _lazy("已退回，学校修改后重新提交。"), True),
    "refuse": (services.refuse_application, _lazy("已认定资格不符。"), True),
    "strike": (services.strike_application, _lazy("已从公示名单取消。"), True),
}


@require_POST
@holds_office
def step(request: OfficeRequest, pk: int, action: str) -> HttpResponse:
    """One step of the case by its name in the address."""
    application = get_application(scope=request.scope, pk=pk)
    if action not in STEPS:
        return redirect("selection:case", pk=pk)
    service, done, needs_reason = STEPS[action]
    given = {"reason": request.POST.get("reason", "")} if needs_reason else {}
    try:
        service(
            actor=request.user, scope=request.scope, application_id=pk,
            lock_version=seen_version(request, application.lock_version), **given,
        )  # fmt: skip
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, error.message)
        return show_case(request, get_application(scope=request.scope, pk=pk), status=error.status)
    return redirect("selection:case", pk=pk)


@require_POST
@holds_office
def refresh(request: OfficeRequest, pk: int) -> HttpResponse:
    get_application(scope=request.scope, pk=pk)
    try:
        services.refresh_figures(actor=request.user, scope=request.scope, application_id=pk)
        messages.success(request, _("已取最新的已审数据。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:case", pk=pk)


@holds_office
def file(request: OfficeRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of the case, always as a download."""
    application = get_application(scope=request.scope, pk=pk)
    found = get_attachment(scope=request.scope, application=application, pk=file_pk)
    response = FileResponse(found.file.open("rb"), content_type=found.media_type)
    response["Content-Disposition"] = disposition(found.name)
    return response


@require_POST
@holds_office
def remove_file(request: OfficeRequest, pk: int, file_pk: int) -> HttpResponse:
    get_application(scope=request.scope, pk=pk)
    try:
        remove_attachment(actor=request.user, scope=request.scope, application_id=pk, attachment_id=file_pk)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:case", pk=pk)


@holds_office
def preview(request: OfficeRequest, pk: int) -> HttpResponse:
    """The case as PDF, in the newest version or ?version=n."""
    application = get_application(scope=request.scope, pk=pk)
    number = request.GET.get("version", "")
    found = get_case(scope=request.scope, application=application, number=whole(number) if number else None)
    content = render_case(application=application, case=found)
    return HttpResponse(content, headers=pdf_headers(f"{application.holder_name}-{application.round.title}"))
