from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import csv_response, xlsx_response
from reports.indicators.rules import sees_targets
from reports.indicators.selectors import get_indicator, list_forms_of, list_indicators, list_names, list_programmes
from reports.indicators.selectors.changes import describe_checks, list_definition_changes


@holds_office
def catalogue(request: OfficeRequest) -> HttpResponseBase:
    """口径: the catalogue with search; ?export=xlsx|csv gives what the search shows."""
    text, programme = request.GET.get("q", ""), request.GET.get("programme", "")
    rows = list_indicators(text=text, programme=programme)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        head = [_("代码"), _("指标"), _("单位"), _("汇总"), _("来源"), _("定义"), _("依据"), _("起")]
        lines: Any = (
            [
                r.code, r.name, r.unit_of_measure, r.get_aggregation_display(), r.get_origin_display(), r.definition,
                r.source, r.effective_from.isoformat(),
            ]
            for r in rows
        )  # fmt: skip
        return xlsx_response(_("指标口径"), head, lines) if kind == "xlsx" else csv_response(_("指标口径"), head, lines)
    context = {
        "rows": rows,
        "query": text,
        "programme": programme,
        "programmes": list_programmes(),
        "sees_targets": sees_targets(request.scope),
        "crumbs": [{"label": _("口径"), "url": ""}],
    }
    return render(request, "reports/indicators/catalogue.html", context)


@holds_office
def detail(request: OfficeRequest, code: str) -> HttpResponseBase:
    indicator = get_indicator(code=code)
    if indicator is None:
        raise Http404
    context = {
        "indicator": indicator,
        "changes": list_definition_changes(indicator=indicator),
        "forms": list_forms_of(indicator),
        "checks": list(describe_checks(indicator.validation, list_names())),
        "crumbs": [{"label": _("口径"), "url": "/indicators/"}, {"label": indicator.name, "url": ""}],
    }
    return render(request, "reports/indicators/detail.html", context)


@holds_office
def change_log(request: OfficeRequest) -> HttpResponseBase:
    """Every change of a definition, newest first, with the day from which it holds."""
    changes = list_definition_changes()
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        head = [_("日期"), _("代码"), _("指标"), _("项"), _("原"), _("现")]
        lines = [[c.since.isoformat(), c.indicator.code, c.indicator.name, c.field, c.old, c.new] for c in changes]
        export = xlsx_response if kind == "xlsx" else csv_response
        return export(_("口径变更记录"), head, lines)
    crumbs = [{"label": _("口径"), "url": reverse("indicators:catalogue")}, {"label": _("变更记录"), "url": ""}]
    return render(request, "reports/indicators/changes.html", {"changes": changes, "crumbs": crumbs})
