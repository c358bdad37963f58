"""What anybody may see without signing in: notices, objections by code, certificates; and answering objections."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office, public
from portal.ui.exports import csv_response
from portal.workflow.errors import DomainError
from projects.selection.codes import new_ticket
from projects.selection.forms import ObjectionForm
from projects.selection.models import PublicNotice
from projects.selection.selectors.designations import counts_today, find_by_code
from projects.selection.selectors.notices import (
    count_open_objections,
    find_objection,
    get_notice,
    get_objection,
    get_state,
    list_entries,
    list_notices,
    list_objections,
)
from projects.selection.selectors.rounds import list_steps
from projects.selection.services.notices import close_objection, file_objection

from .rounds import seen_version
from .words import crumbs, designation_badge


@public
def notice_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(list_notices(), 30).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(row, get_state(row)) for row in page]}
    return render(request, "selection/public/list.html", context)


@public
def notice(request: HttpRequest, number: str) -> HttpResponseBase:
    """The notice with its list, searchable; ?export=csv is the list."""
    found = get_notice(number)
    query = request.GET.get("q", "")
    entries = list_entries(notice=found, q=query)
    if request.GET.get("export") == "csv":
        return _export(found)
    context = {
        "notice": found,
        "state": get_state(found),
        "page": Paginator(entries, 50).get_page(request.GET.get("page")),
        "total": list_entries(notice=found).count(),
        "q": query,
        "query": f"q={query}&" if query else "",
        "steps": list_steps(found.round),
    }
    return render(request, "selection/public/notice.html", context)


def _export(found: PublicNotice) -> HttpResponseBase:
    def rows() -> Iterator[list[Any]]:
        for number, row in enumerate(list_entries(notice=found).iterator(chunk_size=500), 1):
            yield [number, row.district.name, row.holder_name, row.school.get_kind_display(), row.status_word]

    return csv_response(found.number, [_("序号"), _("区县"), _("单位"), _("办学类型"), _("状态")], rows())


@public
def objection_form(request: HttpRequest, number: str) -> HttpResponse:
    """File an objection; afterwards the page shows the code, once."""
    found = get_notice(number)
    choices = [(row.pk, f"{row.district.name}　{row.holder_name}") for row in list_entries(notice=found)]
    form = ObjectionForm(request.POST or None, initial={"ticket": new_ticket()}, choices=choices)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                code = file_objection(notice_id=found.pk, application_id=data.pop("application"), **data)
            except DomainError as error:
                field = error.extra.get("field")
                form.add_error(field if field in form.fields else None, error.message)
            else:
                shown = " ".join(code[n : n + 4] for n in range(0, len(code), 4))
                return render(request, "selection/public/filed.html", {"notice": found, "code": shown})
    context = {"notice": found, "form": form, "state": get_state(found)}
    return render(request, "selection/public/object.html", context, status=status)


@public
def lookup(request: HttpRequest) -> HttpResponse:
    """What became of an objection, for whoever holds its code. POST, so that no address keeps the code."""
    code = request.POST.get("code", "")
    context = {"asked": bool(code), "objection": find_objection(code) if code else None}
    return render(request, "selection/public/lookup.html", context)


@public
def verify(request: HttpRequest) -> HttpResponse:
    """Whether a certificate is genuine and still counts."""
    code = request.GET.get("code", "")[:40]
    row = find_by_code(code)
    context = {
        "code": code,
        "row": row,
        "counts": row is not None and counts_today(row),
        "badge": designation_badge(row) if row else None,
    }
    return render(request, "selection/public/verify.html", context)


@holds_office
def objections(request: OfficeRequest, number: str) -> HttpResponse:
    """Objections to a notice, for the keepers of its round."""
    found = get_notice(number)
    context = {
        "notice": found,
        "rows": list_objections(scope=request.scope, notice=found),
        "waiting": count_open_objections(found),
        "crumbs": crumbs(found.round, page=_("异议")),
    }
    return render(request, "selection/objections.html", context)


@require_POST
@holds_office
def answer(request: OfficeRequest, pk: int) -> HttpResponse:
    """Close an objection with its reply."""
    objection = get_objection(scope=request.scope, pk=pk)
    try:
        close_objection(
            actor=request.user, scope=request.scope, objection_id=pk, lock_version=seen_version(request, 0),
            upheld=request.POST.get("finding") == "upheld", reply=request.POST.get("reply", ""),
        )  # fmt: skip
        messages.success(request, _("已办结，对方凭查询码能看到答复。"))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:objections", number=objection.notice.number)
