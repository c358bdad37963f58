"""Rounds as lists and pages, and the steps of a round that keepers take from there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.models import Level, Role
from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from projects.selection.forms import CopyRound, ExtendStage, NewRound, TemplateRound
from projects.selection.models import HolderKind, Round, RoundStatus, StageKind
from projects.selection.process import ROUND_PROCESS
from projects.selection.rules.access import FILLERS, roles_on_round
from projects.selection.rules.dates import find_stage, is_open
from projects.selection.selectors.caps import cap_of_round
from projects.selection.selectors.carrying import list_carried
from projects.selection.selectors.cases import list_applications, list_candidates
from projects.selection.selectors.desk import find_district
from projects.selection.selectors.outcome import was_scored
from projects.selection.selectors.rounds import (
    count_pool,
    count_states,
    get_round,
    list_moves,
    list_own_units,
    list_quota,
    list_rounds,
    list_steps,
)
from projects.selection.services.recommendations import grant_places
from projects.selection.services.rounds import (
    cancel_round,
    copy_round,
    create_round,
    extend_stage,
    missing_parts,
    publish_round,
)
from projects.selection.services.templates import read_templates, start_round
from projects.selection.subjects import page_of
from schools.registry.models import SchoolKind

from .words import bar_words, crumbs, round_badge, tie_words


@holds_office
def round_list(request: OfficeRequest) -> HttpResponse:
    """Every round in the scope, newest first."""
    status = request.GET.get("status", "")
    page = Paginator(list_rounds(scope=request.scope, status=status), 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, round_badge(row)) for row in page],
        "statuses": RoundStatus.choices,
        "status": status,
        "may_experts": bool(request.scope.roles & {Role.CITY_ADMIN, Role.CITY_STAFF}),
        "may_add": list_own_units(request.scope).exists(),
        "crumbs": crumbs(),
    }
    return render(request, "selection/rounds/list.html", context)


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    """One round: where it stands, its dates, form, rubric and quota, and what the visitor can do."""
    round_ = get_round(scope=request.scope, pk=pk)
    roles = roles_on_round(request.scope, round_)
    own, criteria = request.scope.unit_ids(Level.SCHOOL), list(round_.criteria.all())
    context = {
        "round": round_,
        "badge": round_badge(round_),
        "steps": list_steps(round_),
        "questions": round_.questions.all(),
        "criteria": criteria,
        "ties": tie_words(round_.tie_rule, criteria),
        "bars": bar_words(round_),
        "takes_cases": is_open(find_stage(round_, StageKind.APPLICATION)),
        "kinds": [SchoolKind(kind).label for kind in round_.school_kinds],
        "quota": list_quota(scope=request.scope, round_=round_)
        if roles or request.scope.unit_ids(Level.DISTRICT)
        else [],
        "pool": count_pool(round_),
        "moves": list_moves(round_) if roles else [],
        "states": count_states(round_) if roles else {},
        "missing": missing_parts(round_) if round_.status == RoundStatus.DRAFT and roles else [],
        "cap": cap_of_round(round_),
        "candidates": list_candidates(scope=request.scope, round_=round_) if round_.status == RoundStatus.OPEN else [],
        "new_subject": page_of(round_.holder_kind)
        if round_.status == RoundStatus.OPEN and request.scope.unit_ids(Level.SCHOOL, FILLERS)
        else "",
        "carried": list_carried(round_) if roles else [],
        "own_cases": list_applications(scope=request.scope, filters={"round": str(pk)}) if own else [],
        "actions": {step.action for step in ROUND_PROCESS.available(round_.status, roles)},
        "may_keep": bool(roles),
        "is_scored": round_.status != RoundStatus.ANNOUNCED or was_scored(round_),
        "crumbs": crumbs(round_),
    }
    return render(request, "selection/rounds/detail.html", context)


@holds_office
def add(request: OfficeRequest) -> HttpResponse:
    units = list_own_units(request.scope)
    if not units.exists():
        raise PermissionDenied

    def act(data: dict[str, Any]) -> str:
        return _url(create_round(actor=request.user, scope=request.scope, **data))

    return form_page(
        request, form=NewRound(request.POST or None, units=units), act=act, heading=_("拟定批次"), submit=_("保存草稿"),
        done=_("已保存草稿。接着填时间、申报表、评分标准和名额。"), cancel=reverse("selection:rounds"),
        crumbs=crumbs(page=_("拟定批次")),
    )  # fmt: skip


@holds_office
def from_template(request: OfficeRequest) -> HttpResponse:
    units, templates = list_own_units(request.scope), read_templates()
    if not units.exists():
        raise PermissionDenied

    def act(data: dict[str, Any]) -> str:
        chosen = templates[data.pop("template")]
        return _url(start_round(actor=request.user, scope=request.scope, template=chosen, **data))

    words = [(code, f"{row.title}（{HolderKind(row.rules['holder_kind']).label}）") for code, row in templates.items()]
    return form_page(
        request, form=TemplateRound(request.POST or None, units=units, templates=words), act=act,
        heading=_("用范本拟定批次"), submit=_("保存草稿"), done=_("草稿已拟好，请逐项核对后发布。"),
        cancel=reverse("selection:rounds"), crumbs=crumbs(page=_("用范本拟定批次")),
        hint=_("申报表、评分标准、规则和时间照范本排好，草稿里都可以改。"),
    )  # fmt: skip


@holds_office
def copy(request: OfficeRequest, pk: int) -> HttpResponse:
    source = get_round(scope=request.scope, pk=pk)
    if not roles_on_round(request.scope, source):
        raise PermissionDenied

    def act(data: dict[str, Any]) -> str:
        return _url(copy_round(actor=request.user, scope=request.scope, round_id=pk, **data))

    return form_page(
        request, form=CopyRound(request.POST or None, initial={"official_title": source.official_title}), act=act,
        heading=_("照“%s”拟定新批次") % source.title, submit=_("复制为草稿"),
        done=_("已复制。时间顺延一年，请逐项核对。"), cancel=_url(source), crumbs=crumbs(source, page=_("复制")),
        hint=_("规则、申报表、评分标准、名额和时间都复制过去；申报和抽取结果不复制。"),
    )  # fmt: skip


@require_POST
@holds_office
def publish(request: OfficeRequest, pk: int) -> HttpResponse:
    return _step(request, pk, publish_round, _("已发布，学校可以按时间申报。"))


@require_POST
@holds_office
def cancel(request: OfficeRequest, pk: int) -> HttpResponse:
    return _step(request, pk, cancel_round, _("批次已取消。"), reason=request.POST.get("reason", ""))


def _step(request: OfficeRequest, pk: int, service: Any, done: str, **given: Any) -> HttpResponse:
    round_ = get_round(scope=request.scope, pk=pk)
    try:
        service(
            actor=request.user, scope=request.scope, round_id=pk,
            lock_version=seen_version(request, round_.lock_version), **given,
        )  # fmt: skip
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:round", pk=pk)


@holds_office
def extend(request: OfficeRequest, pk: int, kind: str) -> HttpResponse:
    """Move the end of one stage to a later moment."""
    round_ = get_round(scope=request.scope, pk=pk)
    stage = find_stage(round_, kind)
    if stage is None or not roles_on_round(request.scope, round_):
        raise PermissionDenied

    def act(data: dict[str, Any]) -> str:
        extend_stage(actor=request.user, scope=request.scope, round_id=pk, kind=kind, **data)
        return _url(round_)

    return form_page(
        request, form=ExtendStage(request.POST or None, initial={"closes_at": stage.closes_at}), act=act,
        heading=_("延期：%s") % stage, submit=_("延期"), done=_("已延期，对所有单位同样有效。"), cancel=_url(round_),
        crumbs=crumbs(round_, page=_("延期")),
    )  # fmt: skip


@require_POST
@holds_office
def grant(request: OfficeRequest, pk: int) -> HttpResponse:
    """Places of the pool for a district."""
    round_ = get_round(scope=request.scope, pk=pk)
    district = find_district(scope=request.scope, code=request.POST.get("district", ""))
    try:
        given = grant_places(
            actor=request.user, scope=request.scope, round_id=round_.pk, district=district,
            count=whole(request.POST.get("count", "")), reason=request.POST.get("reason", ""),
        )  # fmt: skip
        messages.success(request, _("已调剂 %(n)d 个名额给%(district)s。") % {"n": given, "district": district})
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("selection:round", pk=pk)


def whole(text: str) -> int:
    """The number that was typed, or 0: the service then says what is possible."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def key_of(text: str) -> int:
    """The key that a form carried, or 0, which nothing has: the service then says that it is not there."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def seen_version(request: OfficeRequest, newest: int) -> int:
    """`lock_version` as the form carried it; a form without one has seen the newest."""
    text = request.POST.get("lock_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else newest


def _url(round_: Round) -> str:
    return reverse("selection:round", args=[round_.pk])
