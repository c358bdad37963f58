"""The list of returns, for everybody, and its exports."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from districts.models import Level
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import csv_response, xlsx_response
from reports.collection.models import Return, ReturnStatus
from reports.collection.process import REVIEWERS
from reports.collection.selectors.options import list_form_options, list_period_options, name_filters
from reports.collection.selectors.returns import badge_of, list_returns

NAMES = ("status", "form", "period", "district", "school", "within", "at", "q")


@holds_office
def return_list(request: OfficeRequest) -> HttpResponseBase:
    """Every return in the scope, filtered by links; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "") for name in NAMES}
    returns = list_returns(scope=request.scope, filters=filters)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        return _export(kind, returns)
    page = Paginator(returns, 50).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "rows": [(record, badge_of(record)) for record in page],
        "filters": filters,
        "chips": [(chip, _without(query, chip.name)) for chip in name_filters(scope=request.scope, filters=filters)],
        "forms": list_form_options(),
        "periods": list_period_options(),
        "statuses": ReturnStatus.choices,
        "has_district": bool(request.scope.unit_ids(Level.DISTRICT, REVIEWERS)),
        "query": f"{query.urlencode()}&" if query else "",
        "crumbs": [{"label": _("报送"), "url": ""}],
    }
    return render(request, "reports/collection/list.html", context)


def _without(query: QueryDict, name: str) -> str:
    """The address of this list without one of its filters."""
    rest = query.copy()
    rest.pop(name, None)
    return f"?{rest.urlencode()}"


def _export(kind: str, returns: QuerySet[Return]) -> HttpResponseBase:
    head = [
        _("区县"),
        _("学校代码"),
        _("学校"),
        _("报表"),
        _("时期"),
        _("截止"),
        _("状态"),
        _("提交时间"),
        _("通过时间"),
    ]

    def rows() -> Iterator[list[Any]]:
        for record in returns.iterator(chunk_size=2000):
            yield [
                record.school.district.name, record.school.code, record.school.name, record.form.title,
                record.period.name, record.due_on.isoformat(), badge_of(record).word,
                _stamp(record.submitted_at), _stamp(record.approved_at),
            ]  # fmt: skip

    return xlsx_response(_("报送清单"), head, rows()) if kind == "xlsx" else csv_response(_("报送清单"), head, rows())


def _stamp(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
