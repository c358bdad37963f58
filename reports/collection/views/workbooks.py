"""Excel out and in: download, upload, preview, confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import District, Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office, needs
from portal.ui.exports import XLSX, attachment, xlsx_response
from portal.workflow.errors import DomainError
from reports.collection.forms import WorkbookForm
from reports.collection.models import BatchStatus, Form, ImportBatch
from reports.collection.rules import is_open_for_filling, may_fill, may_import, sees_members
from reports.collection.selectors.returns import get_return
from reports.collection.selectors.workbooks import (
    as_collected,
    get_batch,
    get_collected,
    get_content,
    get_indicator_names,
    get_return_id,
    get_reviewed_district,
    list_changes,
    list_collected,
)
from reports.collection.services.prefill import prefill_district, prefill_return
from reports.collection.services.workbooks import confirm_import, discard_import, prepare_import
from reports.collection.workbooks.writing import write_workbook
from reports.indicators.models import Period
from schools.registry.models import School

from .crumbs import crumbs_of

PROBLEMS_A_PAGE = 50
CHANGES_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Target:
    """What a file is for: a form and period of one school, or of a district."""

    form: Form
    period: Period
    school: School | None
    district: District | None
    download: str
    back: str
    crumbs: Sequence[dict[str, Any]]

    @property
    def unit(self) -> str:
        unit = self.school or self.district
        return unit.name if unit else ""


@needs(Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)
def workbooks(request: OfficeRequest) -> HttpResponseBase:
    """Forms and periods of the district, each with its file to download and the way to bring it back."""
    only_open = request.GET.get("show") == "open"
    page = Paginator(list_collected(scope=request.scope, only_open=only_open), 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [as_collected(row) for row in page],
        "only_open": only_open,
        "query": "show=open&" if only_open else "",
        "crumbs": _district_crumbs(),
    }
    return render(request, "reports/collection/workbooks/list.html", context)


@holds_office
def school_workbook(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """The file of one return, with what is stored; whoever sees the return may have it, the city without members."""
    record = get_return(scope=request.scope, pk=pk)
    if may_fill(request.scope, record) and is_open_for_filling(record):
        prefill_return(record)
    members = sees_members(request.scope, record)
    return _file(record.form, record.period, school=record.school, members=members)


@needs(Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)
def district_workbook(request: OfficeRequest, form: str, period: str, district: str) -> HttpResponseBase:
    """The file of a whole district, one line per school, pre-filled also where a school never opened its form."""
    place = get_reviewed_district(scope=request.scope, code=district)
    chosen, when = get_collected(form=form, period=period)
    prefill_district(form=chosen, period=when, district=place)
    # Whoever sees the whole city is outside everywhere, also with an office in the district (docs/adr/0021).
    return _file(chosen, when, district=place, members=not request.scope.sees_city)


def _file(
    form: Form, period: Period, *, school: School | None = None, district: District | None = None, members: bool
) -> HttpResponse:
    content = get_content(form=form, period=period, school=school, district=district, members=members)
    response = HttpResponse(write_workbook(content), content_type=XLSX)
    response["Content-Disposition"] = attachment(f"{form.title}_{period.name}_{content.unit_name}.xlsx")
    return response


@holds_office
def import_school(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """Upload for one return."""
    record = get_return(scope=request.scope, pk=pk)
    if not may_import(request.scope, record):
        raise PermissionDenied
    back = reverse("collection:entry", args=[pk])
    *above, form = crumbs_of(request, record)
    crumbs = [*above, {**form, "url": back}, _import_crumb()]
    download = reverse("collection:school-workbook", args=[pk])
    return _upload(request, Target(record.form, record.period, record.school, None, download, back, crumbs))


@needs(Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)
def import_district(request: OfficeRequest, form: str, period: str, district: str) -> HttpResponseBase:
    """Upload for a form and period of a whole district."""
    place = get_reviewed_district(scope=request.scope, code=district)
    download = reverse("collection:district-workbook", args=[form, period, district])
    back = reverse("collection:workbooks")
    crumbs = [*_district_crumbs(back), _import_crumb()]
    return _upload(request, Target(*get_collected(form=form, period=period), None, place, download, back, crumbs))


def _upload(request: OfficeRequest, target: Target) -> HttpResponseBase:
    form = WorkbookForm(request.POST, request.FILES) if request.method == "POST" else WorkbookForm()
    status = 200
    if request.method == "POST":
        batch = _prepare(request, target, form)
        if batch is not None:
            return redirect("collection:import", pk=batch.pk)
        status = 422
    context = {"form": form, "target": target, "crumbs": target.crumbs}
    return render(request, "reports/collection/workbooks/upload.html", context, status=status)


def _prepare(request: OfficeRequest, target: Target, form: WorkbookForm) -> ImportBatch | None:
    """The batch, or None with the reason in the form."""
    if not form.is_valid():
        return None
    upload = form.cleaned_data["file"]
    try:
        return prepare_import(
            actor=request.user,
            scope=request.scope,
            form=target.form,
            period=target.period,
            school=target.school,
            district=target.district,
            data=upload.read(),
            filename=upload.name,
        )
    except DomainError as error:
        form.add_error("file", error.message)
        return None


@holds_office
def preview(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """One upload: what is wrong with it, what it would change; after confirming, what was written."""
    return _show(request, get_batch(scope=request.scope, pk=pk))


def _show(request: OfficeRequest, batch: ImportBatch, status: int = 200) -> HttpResponseBase:
    changes = list_changes(batch)
    counts = {kind: sum(change.kind == kind for change in changes) for kind in ("added", "changed", "cleared")}
    back, again = _ways(batch)
    context = {
        "batch": batch,
        "unit": batch.school or batch.district,
        "problems": Paginator(batch.problems, PROBLEMS_A_PAGE).get_page(request.GET.get("problems")),
        "changes": Paginator(changes, CHANGES_A_PAGE).get_page(request.GET.get("changes")),
        "conflicts": Paginator(batch.conflicts, PROBLEMS_A_PAGE).get_page(request.GET.get("conflicts")),
        "blocking": sum(row["blocks"] for row in batch.conflicts),
        "names": get_indicator_names(batch) if batch.problems or batch.conflicts else {},
        "counts": counts,
        "warned": sum(bool(change.warning) for change in changes),
        "back": back,
        "again": again,
        "is_ready": batch.status == BatchStatus.READY,
        "is_done": batch.status == BatchStatus.CONFIRMED,
        "is_discarded": batch.status == BatchStatus.DISCARDED,
        "crumbs": [{"label": _("报送"), "url": reverse("collection:list")}, {"label": _("导入 Excel"), "url": ""}],
    }
    return render(request, "reports/collection/workbooks/preview.html", context, status=status)


def _ways(batch: ImportBatch) -> tuple[str, str]:
    """Where the returns are, and where to upload again."""
    form, period = batch.form.code, batch.period.code
    if batch.district:
        again = reverse("collection:import-district", args=[form, period, batch.district.code])
        return f"{reverse('collection:list')}?form={form}&period={period}&district={batch.district.code}", again
    pk = get_return_id(batch)
    return reverse("collection:entry", args=[pk]), reverse("collection:import-school", args=[pk])


@holds_office
def import_problems(request: OfficeRequest, pk: int) -> HttpResponseBase:
    """The list of problems and contradictions as a file, to be worked down beside the workbook."""
    batch = get_batch(scope=request.scope, pk=pk)
    head = [_("工作表"), _("单元格"), _("学校"), _("指标代码"), _("原因")]
    rows = [[p["sheet"], p["cell"], p["school"], p["code"], p["message"]] for p in [*batch.problems, *batch.conflicts]]
    return xlsx_response(_("导入错误清单"), head, rows, [f"{batch.filename}　{batch.form}　{batch.period}"])


@require_POST
@holds_office
def confirm(request: OfficeRequest, pk: int) -> HttpResponseBase:
    batch = get_batch(scope=request.scope, pk=pk)
    try:
        confirm_import(actor=request.user, scope=request.scope, batch_id=pk)
    except DomainError as error:
        messages.error(request, error.message)
        return _show(request, batch, status=error.status)
    return redirect("collection:import", pk=pk)


@require_POST
@holds_office
def discard(request: OfficeRequest, pk: int) -> HttpResponseBase:
    batch = discard_import(actor=request.user, scope=request.scope, batch_id=pk)
    messages.success(request, _("已放弃这次导入，没有写入任何数。"))
    return redirect(_ways(batch)[1])


def _district_crumbs(back: str = "") -> list[dict[str, str]]:
    return [{"label": _("报送"), "url": reverse("collection:list")}, {"label": _("Excel 下载与导入"), "url": back}]


def _import_crumb() -> dict[str, Any]:
    return {"label": _("导入 Excel"), "url": ""}
