"""重复填报反馈: the school's short form, and the list for those who can stop asking."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.models import Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office, needs
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page
from reports.collection.forms import DuplicateForm
from reports.collection.process import REVIEWERS
from reports.collection.rules import may_fill
from reports.collection.selectors.burden import count_duplicates, list_duplicates, list_form_cells
from reports.collection.selectors.returns import get_return
from reports.collection.services.burden import report_duplicate

from .crumbs import crumbs_of

READERS = (*sorted(REVIEWERS), Role.CITY_ADMIN, Role.CITY_STAFF, Role.INSPECTOR)


@holds_office
def duplicate(request: OfficeRequest, pk: int) -> HttpResponseBase:
    record = get_return(scope=request.scope, pk=pk)
    if not may_fill(request.scope, record):
        raise PermissionDenied
    back = reverse("collection:entry", args=[pk])

    def act(data: dict[str, Any]) -> str:
        report_duplicate(
            actor=request.user, scope=request.scope, return_id=pk, code=data["indicator"], elsewhere=data["elsewhere"]
        )
        return back

    form = DuplicateForm(
        request.POST or None, cells=list_form_cells(record), initial={"indicator": request.GET.get("cell", "")}
    )
    return form_page(
        request, form=form, act=act, heading=_("重复填报反馈"), submit=_("送出反馈"),
        done=_("已送出，市级和区县可以看到。本期仍请照填。"), cancel=back, crumbs=crumbs_of(request, record),
        hint=f"{record.form.title}　{record.period.name}",
    )  # fmt: skip


@needs(*READERS)
def duplicates(request: OfficeRequest) -> HttpResponseBase:
    """What schools report twice: by indicator, then one by one; ?export=xlsx|csv."""
    reports = list_duplicates(scope=request.scope)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        head = [
            _("区县"),
            _("学校代码"),
            _("学校"),
            _("报表"),
            _("时期"),
            _("代码"),
            _("指标"),
            _("已报往"),
            _("反馈时间"),
        ]

        def rows() -> Iterator[list[Any]]:
            for report in reports.iterator(chunk_size=2000):
                record = report.return_record
                yield [
                    record.school.district.name, record.school.code, record.school.name, record.form.title,
                    record.period.name, report.indicator.code, report.indicator.name, report.elsewhere,
                    f"{report.created_at:%Y-%m-%d %H:%M}",
                ]  # fmt: skip

        title = _("重复填报反馈")
        return xlsx_response(title, head, rows()) if kind == "xlsx" else csv_response(title, head, rows())
    context = {
        "page": Paginator(reports, 50).get_page(request.GET.get("page")),
        "counts": count_duplicates(scope=request.scope),
        "query": "",
        "crumbs": [{"label": _("报送"), "url": reverse("collection:list")}, {"label": _("重复填报反馈"), "url": ""}],
    }
    return render(request, "reports/collection/duplicates.html", context)
