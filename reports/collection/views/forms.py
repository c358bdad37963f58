"""The forms, to be read: what is asked of whom, when, and how far it has come."""

from collections.abc import Iterator
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from portal.ui.exports import csv_response, xlsx_response
from reports.collection.selectors.forms import FormOverview, list_form_overviews

from .burden import READERS


@needs(*READERS)
def forms(request: OfficeRequest) -> HttpResponseBase:
    """Every form with its cells; ?export=xlsx|csv gives a row for each cell."""
    overviews = list_form_overviews(scope=request.scope)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        head = [
            _("报表"), _("填报学校"), _("分组"), _("代码"), _("指标"), _("单位"), _("填法"), _("填报提示"),
            _("开放（期末后天数）"), _("截止（期末后天数）"), _("可迟报（天）"),
        ]  # fmt: skip
        respond = xlsx_response if kind == "xlsx" else csv_response
        return respond(_("报表设置"), head, _rows(overviews))
    context = {
        "overviews": overviews,
        "cells": sum(len(o.fields) for o in overviews),
        "typed": sum(o.typed for o in overviews),
        "crumbs": [{"label": _("报送"), "url": reverse("collection:list")}, {"label": _("报表设置"), "url": ""}],
    }
    return render(request, "reports/collection/forms.html", context)


def _rows(overviews: list[FormOverview]) -> Iterator[list[Any]]:
    for overview in overviews:
        form = overview.form
        for field in overview.fields:
            asked = field.indicator
            yield [
                form.title, overview.audience or _("全部学校"), field.section.title, asked.code, asked.name,
                asked.unit_of_measure, field.way, field.help_text, form.open_days, form.due_days, form.late_days,
            ]  # fmt: skip
