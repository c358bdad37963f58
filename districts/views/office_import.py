"""批量任命: a list of people as a workbook: template, upload, preview, all or nothing, first passwords once."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from districts.office_sheet import HEAD, Book, Problem, read_offices
from districts.requests import OfficeRequest
from districts.selectors.office_import import list_vacancies, plan_appointments
from districts.services.office_import import import_offices
from portal.accounts.access_rules import needs
from portal.ui.exports import xlsx_response
from portal.workbooks.safety import LARGEST_UPLOAD
from portal.workflow.errors import DomainError

from .offices import KEEPERS

LIST, PASSWORDS = "office_import", "office_passwords"


class ListForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("任职名单"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": gettext_lazy("请先选择填好的 .xlsx 文件。")},
    )


def _crumbs() -> list[dict[str, str]]:
    return [{"label": _("任职"), "url": reverse("districts:office-list")}, {"label": _("批量任命"), "url": ""}]


@needs(*KEEPERS)
def template(request: OfficeRequest) -> HttpResponseBase:
    """The list to fill, with a line for every office that nobody holds."""
    today = timezone.localdate().isoformat()
    rows = [
        [unit.code, unit.name, str(role.label), "", "", today] for unit, role in list_vacancies(scope=request.scope)
    ]
    notes = [_("只填要任命的行：账号用英文字母和数字，姓名照实填写；不任命的行留空即可。")]
    return xlsx_response(_("任职名单"), HEAD, rows, notes)


@needs(*KEEPERS)
def upload(request: OfficeRequest) -> HttpResponseBase:
    """Read and compare; a list with a problem in it goes no further."""
    form = ListForm(request.POST or None, request.FILES or None) if request.method == "POST" else ListForm()
    if request.method != "POST":
        return _show(request, form)
    if form.is_valid():
        try:
            book = read_offices(form.cleaned_data["file"].read(LARGEST_UPLOAD + 1))
        except DomainError as error:
            form.add_error("file", error.message)
        else:
            plan = plan_appointments(scope=request.scope, book=book)
            if plan.problems:
                return _show(request, form, plan.problems, status=422)
            request.session[LIST] = book.as_json()
            return redirect("districts:office-import-preview")
    return _show(request, form, status=422)


def _show(
    request: OfficeRequest, form: forms.Form, problems: list[Problem] | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "problems": problems or [], "crumbs": _crumbs()}
    return render(request, "districts/offices/import.html", context, status=status)


@needs(*KEEPERS)
def preview(request: OfficeRequest) -> HttpResponseBase:
    """What the list would do; nothing has been written."""
    kept = request.session.get(LIST)
    if kept is None:
        return redirect("districts:office-import")
    plan = plan_appointments(scope=request.scope, book=Book.from_json(kept))
    if plan.problems:
        return _show(request, ListForm(), plan.problems, status=409)
    return render(request, "districts/offices/import_preview.html", {"plan": plan, "crumbs": _crumbs()})


@require_POST
@needs(*KEEPERS)
def confirm(request: OfficeRequest) -> HttpResponseBase:
    """Carry the list out, once: whoever confirms twice finds it gone."""
    kept = request.session.pop(LIST, None)
    if kept is None:
        messages.error(request, _("没有等待确认的名单，请重新上传。"))
        return redirect("districts:office-import")
    try:
        count, issued = import_offices(actor=request.user, scope=request.scope, book=Book.from_json(kept))
    except DomainError as error:
        messages.error(request, error.message)
        return _show(request, ListForm(), error.extra.get("problems"), status=error.status)
    messages.success(request, _("已任命 %d 项。") % count)
    if not issued:
        return redirect("districts:office-list")
    request.session[PASSWORDS] = [asdict(line) for line in issued]
    return redirect("districts:office-passwords")


@needs(*KEEPERS)
def passwords(request: OfficeRequest) -> HttpResponseBase:
    """The first passwords, shown once; a second look finds nothing."""
    issued: list[dict[str, Any]] | None = request.session.pop(PASSWORDS, None)
    if issued is None:
        return redirect("districts:office-list")
    response = render(request, "districts/offices/passwords.html", {"issued": issued, "crumbs": _crumbs()})
    response["Cache-Control"] = "no-store"
    return response
