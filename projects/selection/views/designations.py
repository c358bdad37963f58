"""The register of titles: list, map by district, one title with its history, certificate, recording, checks."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office, needs
from portal.documents.pdf import pdf_headers
from portal.ui.exports import csv_response, xlsx_response
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from projects.selection.documents import render_certificate
from projects.selection.links import links_of
from projects.selection.models import DesignationLevel
from projects.selection.process import DESIGNATION_PROCESS
from projects.selection.rules.access import KEEPERS, roles_on_designation
from projects.selection.selectors.designations import (
    find_school,
    get_designation,
    list_by_district,
    list_designations,
    list_kinds,
    list_steps,
)
from projects.selection.selectors.rounds import list_quota_districts
from projects.selection.services import designations as services
from projects.selection.title_forms import Finding, RecordDesignation, UntilDay

from .words import designation_badge

NAMES = ("kind", "level", "district", "batch", "school", "q", "state")


def _crumbs(*labels: str) -> list[dict[str, str]]:
    first = {"label": _("称号"), "url": reverse("selection:designations")}
    return [first, *({"label": label, "url": ""} for label in labels)]


@holds_office
def register(request: OfficeRequest) -> HttpResponseBase:
    """Titles in the scope; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "") for name in NAMES}
    rows = list_designations(scope=request.scope, filters=filters)
    if (kind := request.GET.get("export")) in ("xlsx", "csv"):
        return _export(kind, rows)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "rows": [(row, designation_badge(row)) for row in page],
        "filters": filters,
        "kinds": list_kinds(),
        "levels": DesignationLevel.choices,
        "districts": list_quota_districts() if request.scope.sees_city else [],
        "by_district": list_by_district(rows) if request.scope.sees_city else [],
        "query": f"{query.urlencode()}&" if query else "",
        "may_record": bool(request.scope.roles & KEEPERS),
        "crumbs": _crumbs(),
    }
    return render(request, "selection/designations/list.html", context)


def _export(kind: str, rows: Any) -> HttpResponseBase:
    head = [
        _("称号"), _("级别"), _("批次"), _("文件全称"), _("主体"), _("区县"), _("学校代码"), _("授予日期"),
        _("到期日"), _("状态"), _("依据"),
    ]  # fmt: skip

    def lines() -> Iterator[list[Any]]:
        for row in rows.iterator(chunk_size=1000):
            yield [
                row.kind.title, row.get_level_display(), row.batch, row.official_title, row.holder_name,
                row.school.district.name,
                row.school.code, row.valid_from.isoformat(), row.valid_to.isoformat() if row.valid_to else "",
                designation_badge(row).word, row.source or row.round.title,
            ]  # fmt: skip

    name = _("称号名册")
    return xlsx_response(name, head, lines()) if kind == "xlsx" else csv_response(name, head, lines())


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    """One title: holder, term, checks, history, what may be done next."""
    row = get_designation(scope=request.scope, pk=pk)
    roles = roles_on_designation(request.scope, row)
    actions = {step.action for step in DESIGNATION_PROCESS.available(row.status, roles)}
    context = {
        "row": row,
        "badge": designation_badge(row),
        "events": [(event, WORDS[event.action][0]) for event in list_steps(row)],
        "actions": [(action, WORDS[action][0]) for action in WORDS if action in actions],
        "links": links_of(row),
        "crumbs": _crumbs(row.holder_name),
    }
    return render(request, "selection/designations/detail.html", context)


WORDS: dict[str, tuple[Any, Any, bool]] = {
    "pass_midterm": (_lazy("中期检查通过"), services.pass_midterm, False),
    "rectify": (_lazy("中期检查要求整改"), services.order_rectification, False),
    "accept": (_lazy("验收通过"), services.accept_designation, False),
    "delay": (_lazy("延期验收"), services.delay_acceptance, True),
    "fail": (_lazy("验收未通过"), services.fail_acceptance, False),
    "renew": (_lazy("复核续期"), services.renew_designation, True),
    "withdraw": (_lazy("撤销称号"), services.withdraw_designation, False),
}

CONFIRM = {
    "withdraw": _lazy("撤销后称号从今天起不再计入指标，名册和证书查验都显示已撤销，不能收回。"),
    "fail": _lazy("办理后称号从今天起不再计入指标，写入历史，不能收回。"),
}


@holds_office
def step(request: OfficeRequest, pk: int, action: str) -> HttpResponse:
    """One step in the life of a title: a finding, and a day where the step needs one."""
    row = get_designation(scope=request.scope, pk=pk)
    allowed = {s.action for s in DESIGNATION_PROCESS.available(row.status, roles_on_designation(request.scope, row))}
    if action not in WORDS or action not in allowed:
        if request.method == "POST" and any(
            e.action == action and e.actor == request.user for e in list_steps(row)[:1]
        ):
            # A double click: the first one has done it.
            return redirect("selection:designation", pk=pk)
        raise PermissionDenied
    word, service, needs_day = WORDS[action]
    form = UntilDay(request.POST or None) if needs_day else Finding(request.POST or None)

    def act(data: dict[str, Any]) -> str:
        text = "reason" if action == "withdraw" else "finding"
        day = {"until": data["until"]} if needs_day else {}
        service(
            actor=request.user, scope=request.scope, designation_id=pk, lock_version=row.lock_version,
            **{text: data["finding"]}, **day,
        )  # fmt: skip
        return reverse("selection:designation", args=[pk])

    return form_page(
        request, form=form, act=act, heading=f"{word}：{row.holder_name}", submit=str(word), done=_("已办理。"),
        cancel=reverse("selection:designation", args=[pk]), crumbs=_crumbs(row.holder_name, str(word)),
        confirm=str(CONFIRM.get(action, _("办理后写入历史，不能收回。"))),
    )  # fmt: skip


@holds_office
def certificate(request: OfficeRequest, pk: int) -> HttpResponse:
    row = get_designation(scope=request.scope, pk=pk)
    url = request.build_absolute_uri(f"{reverse('notices:verify')}?code={row.check_code}")
    content = render_certificate(designation=row, verify_url=url)
    return HttpResponse(content, headers=pdf_headers(f"{row.holder_name}-{row.kind.title}"))


@needs(*KEEPERS)
def record(request: OfficeRequest) -> HttpResponse:
    """Enter a title that was given outside the portal."""
    form = RecordDesignation(request.POST or None)

    def act(data: dict[str, Any]) -> str:
        school = find_school(scope=request.scope, code=data["school_code"])
        if school is None:
            raise DomainError("school", _("没有找到这个代码的学校，或不在您的范围内。"), field="school_code")
        names = ("kind", "level", "batch", "official_title", "source", "valid_from", "valid_to")
        row = services.record_designation(
            actor=request.user, scope=request.scope, holder=form.holder(school),
            **{name: data[name] for name in names},
        )  # fmt: skip
        return reverse("selection:designation", args=[row.pk])

    return form_page(
        request, form=form, act=act, heading=_("登记称号"), submit=_("登记"), done=_("已登记。"),
        cancel=reverse("selection:designations"), crumbs=_crumbs(_("登记")),
        hint=_("平台外授予的称号在这里登记，须写依据。"),
    )  # fmt: skip
