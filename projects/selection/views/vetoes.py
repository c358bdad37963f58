"""一票否决: who is under one, since when, why, and who lifted it."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office, needs
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page
from portal.ui.paging import page_of, rest_of_query
from portal.workflow.errors import DomainError
from projects.selection.forms import LiftVeto, RecordVeto
from projects.selection.models import Veto
from projects.selection.rules.access import KEEPERS, can_lift_veto
from projects.selection.selectors.designations import find_school
from projects.selection.selectors.vetoes import get_veto, is_in_force, list_vetoes
from projects.selection.services.vetoes import lift_veto, record_veto

from .words import crumbs

NAMES = ("q", "district", "state")


@holds_office
def register(request: OfficeRequest) -> HttpResponseBase:
    """Vetoes in the scope; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "") for name in NAMES}
    rows = list_vetoes(scope=request.scope, filters=filters)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        return _export(kind, rows)
    page = page_of(request, rows, 50)
    context = {
        "page": page,
        "rows": [(row, is_in_force(row), row.lifted_at is None and can_lift_veto(request.scope, row)) for row in page],
        "filters": filters,
        "query": rest_of_query(request),
        "may_record": bool(request.scope.roles & KEEPERS),
        "crumbs": crumbs(page=_("一票否决")),
    }
    return render(request, "selection/vetoes.html", context)


def _state(row: Veto) -> str:
    return _("已解除") if row.lifted_at else _("有效") if is_in_force(row) else _("不在期内")


def _export(kind: str, rows: Any) -> HttpResponseBase:
    head = [
        _("学校"), _("学校代码"), _("区县"), _("事由"), _("起"), _("止"), _("状态"), _("登记"), _("解除时间"),
        _("解除人"), _("解除理由"),
    ]  # fmt: skip

    def lines() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=1000):
            yield [
                row.school.name, row.school.code, row.school.district.name, row.reason, row.valid_from.isoformat(),
                row.valid_to.isoformat() if row.valid_to else "", _state(row),
                _("市级") if row.of_city else _("区县"),
                f"{timezone.localtime(row.lifted_at):%Y-%m-%d %H:%M}" if row.lifted_at else "",
                str(row.lifted_by or ""), row.lifted_reason,
            ]  # fmt: skip

    name = _("一票否决")
    return xlsx_response(name, head, lines()) if kind == "xlsx" else csv_response(name, head, lines())


@needs(*KEEPERS)
def record(request: OfficeRequest) -> HttpResponse:
    """Put a school of the scope under a veto."""
    form = RecordVeto(request.POST or None, initial={"valid_from": timezone.localdate()})

    def act(data: dict[str, Any]) -> str:
        school = find_school(scope=request.scope, code=data.pop("school_code"))
        if school is None:
            raise DomainError("school", _("没有找到这个代码的学校，或不在您的范围内。"), field="school_code")
        record_veto(actor=request.user, scope=request.scope, school=school, **data)
        return reverse("selection:vetoes")

    return form_page(
        request, form=form, act=act, heading=_("登记一票否决"), submit=_("登记"), done=_("已登记，期内不得申报。"),
        cancel=reverse("selection:vetoes"), crumbs=crumbs(page=_("登记一票否决")),
        confirm=_("登记后学校在期内不能申报，已在评审中的不能入选。"),
        hint=_("已有的称号不会自动撤销，需要撤销的在“称号”里办理。"),
    )  # fmt: skip


@needs(*KEEPERS)
def lift(request: OfficeRequest, pk: int) -> HttpResponse:
    """End a veto today, with a reason."""
    row = get_veto(scope=request.scope, pk=pk)
    if not can_lift_veto(request.scope, row):
        raise PermissionDenied

    def act(data: dict[str, Any]) -> str:
        lift_veto(actor=request.user, scope=request.scope, veto_id=pk, **data)
        return reverse("selection:vetoes")

    return form_page(
        request, form=LiftVeto(request.POST or None), act=act, heading=_("解除一票否决：%s") % row.school.name,
        submit=_("解除"), done=_("已解除，学校今天起可以申报。"), cancel=reverse("selection:vetoes"),
        crumbs=crumbs(page=_("解除一票否决")), confirm=_("解除后不能恢复，再犯须重新登记。"), hint=row.reason,
    )  # fmt: skip
