"""变更记录: who changed what, when, from what to what. For those who answer for the city or for their district."""

from collections.abc import Iterator
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from districts.forms import AuditFilters
from districts.requests import OfficeRequest
from districts.selectors.audit import READERS, read_filters, unit_names, visible_changes
from portal.accounts.access_rules import needs
from portal.audit.selectors import Entry, Filters, list_changes
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.formats import show_stamp

EXPORTED = 10_000


@needs(*READERS)
def change_list(request: OfficeRequest) -> HttpResponseBase:
    form = AuditFilters(request.GET)
    typed = form.usable()
    before = typed.pop("before", None)
    filters = read_filters(scope=request.scope, **typed)
    visible = visible_changes(scope=request.scope)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        return _export(kind, visible, filters, outside=request.scope.sees_city)
    page = list_changes(visible=visible, filters=filters, before=before, outside=request.scope.sees_city)
    context = {
        "form": form,
        "page": page,
        "units": unit_names({e.change.unit_id for e in page.entries if e.change.unit_id}),
        "is_filtered": any(value for value in typed.values()),
        "is_first": before is None,
        "crumbs": [{"label": _("变更记录"), "url": ""}],
    }
    return render(request, "districts/audit/list.html", context)


def _export(kind: str, visible: Any, filters: Filters, *, outside: bool) -> HttpResponseBase:
    """The latest changes that fit, one line a column."""
    head = [
        _("时间"), _("变更人"), _("职务"), _("单位"), _("类别"), _("变更"), _("对象"), _("项目"), _("原为"), _("改为"),
    ]  # fmt: skip
    page = list_changes(visible=visible, filters=filters, limit=EXPORTED, outside=outside)
    units = unit_names({e.change.unit_id for e in page.entries if e.change.unit_id})
    name = _("变更记录")
    rows = _rows(page.entries, units)
    if kind == "csv":
        return csv_response(name, head, rows)
    notes = [_("只含最近 %d 条，请用筛选缩小范围。") % EXPORTED] if page.next_before else []
    return xlsx_response(name, head, rows, notes)


def _rows(entries: Any, units: dict[int, str]) -> Iterator[list[str]]:
    entry: Entry
    for entry in entries:
        change = entry.change
        fixed = [
            show_stamp(change.at), entry.actor or _("系统"), entry.office, units.get(change.unit_id or 0, ""),
            entry.subject, str(change.get_kind_display()), "，".join(f"{a.column} {a.after}" for a in entry.about),
        ]  # fmt: skip
        for line in entry.lines:
            yield [*fixed, line.column, line.before, line.after]
