"""目标: one unit's targets, or one indicator over the districts; typed, imported, exported, with history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.models import Unit
from districts.requests import OfficeRequest
from portal.accounts.access_rules import needs
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from reports.indicators.models import Indicator
from reports.indicators.rules import READERS, SETTERS, may_set_targets
from reports.indicators.selectors.targets import (
    Line,
    list_lines,
    list_target_changes,
    list_target_indicators,
    list_target_units,
    list_years,
    this_year,
)
from reports.indicators.services.targets import Place, set_targets
from reports.indicators.target_sheet import HEAD, read_sheet, sheet_rows


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address says: a year, and either a unit or an indicator."""

    year: int
    years: list[int]
    units: list[Unit]
    indicators: list[Indicator]
    unit: Unit
    indicator: Indicator | None

    @property
    def lines(self) -> list[Line]:
        if self.indicator is None:
            return list_lines(units=[self.unit], indicators=self.indicators, year=self.year)
        return list_lines(units=self.units, indicators=[self.indicator], year=self.year)

    @property
    def shown_units(self) -> list[Unit]:
        return [self.unit] if self.indicator is None else self.units

    @property
    def query(self) -> str:
        chosen = f"unit={self.unit.code}" if self.indicator is None else f"indicator={self.indicator.code}"
        return f"year={self.year}&{chosen}"


def _choose(request: OfficeRequest) -> Choice:
    units = list_target_units(scope=request.scope)
    if not units:
        raise Http404
    years, indicators = list_years(), list_target_indicators()
    wanted = request.GET.get("year", "")
    year = next((y for y in years if str(y) == wanted), this_year())
    unit = next((u for u in units if u.code == request.GET.get("unit")), units[0])
    if request.GET.get("unit") and unit.code != request.GET["unit"]:
        raise Http404
    indicator = next((i for i in indicators if i.code == request.GET.get("indicator")), None)
    if request.GET.get("indicator") and indicator is None:
        raise Http404
    return Choice(year, years, units, indicators, unit, indicator)


@needs(*READERS)
def target_table(request: OfficeRequest) -> HttpResponseBase:
    """GET shows the table (?export=xlsx|csv gives it as a file), POST saves what was typed, all of it or nothing."""
    choice = _choose(request)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        name = f"{_('目标')}_{choice.year}_{choice.indicator or choice.unit}"
        export = xlsx_response if kind == "xlsx" else csv_response
        return export(name, HEAD, sheet_rows(choice.lines))
    if request.method != "POST":
        return _render(request, choice)
    lines = choice.lines
    typed = {
        (line.unit.code, line.indicator.code): request.POST[line.key] for line in lines if line.key in request.POST
    }
    source = request.POST.get("source", "").replace("\0", "")
    try:
        changed = set_targets(actor=request.user, scope=request.scope, year=choice.year, texts=typed, source=source)
    except DomainError as error:
        if error.status == 403:
            raise
        return _render(request, choice, typed, error)
    messages.success(request, _("已保存 %d 项目标的改动。") % changed if changed else _("没有改动。"))
    return redirect(f"{reverse('indicators:targets')}?{choice.query}")


def _render(
    request: OfficeRequest, choice: Choice, typed: Mapping[Place, str] | None = None, error: DomainError | None = None
) -> HttpResponse:
    errors = error.extra.get("errors", {}) if error else {}
    rows = [_row(line, typed or {}, errors) for line in choice.lines]
    context = {
        "choice": choice,
        "rows": rows,
        "error": error,
        "may_set": all(may_set_targets(request.scope, unit) for unit in choice.shown_units),
        "by_indicator": choice.indicator is not None,
        "crumbs": _crumbs(),
    }
    return render(request, "reports/indicators/targets.html", context, status=422 if error else 200)


def _row(line: Line, typed: Mapping[Place, str], errors: Mapping[Place, str]) -> dict[str, Any]:
    place = (line.unit.code, line.indicator.code)
    return {"line": line, "text": typed.get(place, line.text), "error": errors.get(place, "")}


class SheetForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("目标表"),
        help_text=gettext_lazy(
            "先在目标页导出 Excel，填“目标”一列再传回来。空着的格会取消已设的目标；有一格不对，全部不写入。"
        ),
    )


@needs(*SETTERS)
def target_import(request: OfficeRequest) -> HttpResponse:
    """Read a filled table back, all of it or nothing; every refused row is named."""
    choice = _choose(request)
    back = f"{reverse('indicators:targets')}?{choice.query}"

    def act(data: dict[str, Any]) -> str:
        try:
            set_targets(
                actor=request.user, scope=request.scope, year=choice.year, texts=read_sheet(data["file"]),
                source=_("导入"),
            )  # fmt: skip
        except DomainError as error:
            raise _in_one_sentence(error) from error
        return back

    return form_page(
        request, form=SheetForm(request.POST or None, request.FILES or None), act=act,
        heading=_("导入 %d 年目标") % choice.year, submit=_("导入"), done=_("已导入。"), cancel=back,
        crumbs=[*_crumbs(back), {"label": _("导入"), "url": ""}],
    )  # fmt: skip


def _in_one_sentence(error: DomainError, most: int = 10) -> DomainError:
    errors: Mapping[Place, str] = error.extra.get("errors", {})
    if not errors:
        return error
    named = [f"{unit} {code}：{words}" for (unit, code), words in list(errors.items())[:most]]
    return DomainError(error.code, "　".join([error.message, *named]), field="file")


@needs(*READERS)
def target_history(request: OfficeRequest) -> HttpResponse:
    """Who set which target, from what to what."""
    choice = _choose(request)
    back = f"{reverse('indicators:targets')}?{choice.query}"
    context = {
        "choice": choice,
        "entries": list_target_changes(units=choice.shown_units, indicator=choice.indicator),
        "crumbs": [*_crumbs(back), {"label": _("变更记录"), "url": ""}],
    }
    return render(request, "reports/indicators/target_history.html", context)


def _crumbs(url: str = "") -> Sequence[dict[str, str]]:
    return [{"label": _("口径"), "url": reverse("indicators:catalogue")}, {"label": _("目标"), "url": url}]
