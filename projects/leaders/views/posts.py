"""One secretary's post: how it stands, its history, what is planned; and the school's steps."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.form_pages import form_page
from portal.workflow.errors import DomainError
from projects.leaders import process
from projects.leaders.forms import AssessmentForm, OutcomeForm, PlanForm
from projects.leaders.models.assessments import EDITABLE, AssessmentStatus
from projects.leaders.process import ASSESSMENT_PROCESS
from projects.leaders.rules import can_fill, can_plan, roles_at_school
from projects.leaders.selectors.assessments import (
    get_assessment,
    get_plan,
    get_post_unit,
    get_standard_on,
    list_history,
    list_plans,
    list_steps,
)
from projects.leaders.selectors.standing import SHORT, get_post
from projects.leaders.services.assessments import (
    end_assessment,
    recall_assessment,
    save_assessment,
    submit_assessment,
)
from projects.leaders.services.plans import close_plan, plan_gap
from schools.party.models import PartyOrganisation

from .words import crumbs, state_badge, status_badge

STEPS = {
    process.SUBMIT: (submit_assessment, _lazy("已提交，等区县确认。")),
    process.RECALL: (recall_assessment, _lazy("已撤回，可以继续修改。")),
}


def _url(organisation: PartyOrganisation) -> str:
    return reverse("leaders:post", args=[organisation.code])


def _crumbs(organisation: PartyOrganisation, page: str = "") -> list[dict[str, str]]:
    steps = [
        (_("书记名单"), reverse("leaders:posts")),
        (f"{organisation.name}书记", _url(organisation) if page else ""),
    ]
    return crumbs(*steps, (page, "")) if page else crumbs(*steps)


@holds_office
def detail(request: OfficeRequest, code: str) -> HttpResponse:
    """How the post stands today, what is open, every earlier assessment and plan."""
    organisation = get_post_unit(scope=request.scope, code=code)
    today = timezone.localdate()
    post = get_post(organisation, on=today)
    roles = roles_at_school(request.scope, organisation.school)
    current = post.assessment
    context = {
        "post": post,
        "organisation": organisation,
        "badge": state_badge(post.state),
        "pending_badge": status_badge(post.pending) if post.pending else None,
        "actions": {step.action for step in ASSESSMENT_PROCESS.available(post.pending.status, roles)}
        if post.pending else set(),
        "may_end": bool(current and current.status == AssessmentStatus.CONFIRMED and _may_end(current, roles)),
        "may_fill": can_fill(request.scope, organisation.school)
        and (post.pending is None or post.pending.status in EDITABLE),
        "may_plan": can_plan(request.scope, organisation.school),
        "needs_plan": post.plan is None
        and (post.state == SHORT or bool(post.pending and not post.pending.meets)),
        "history": [(row, status_badge(row)) for row in list_history(organisation)],
        "plans": list_plans(organisation),
        "steps": [(event, process.ACTION_WORDS.get(event.action, event.action)) for event in list_steps(organisation)],
        "standard": get_standard_on(today),
        "today": today,
        "crumbs": _crumbs(organisation),
    }  # fmt: skip
    return render(request, "leaders/post.html", context)


def _may_end(assessment: Any, roles: frozenset[str]) -> bool:
    return any(step.action == process.END for step in ASSESSMENT_PROCESS.available(assessment.status, roles))


@holds_office
def assess(request: OfficeRequest, code: str) -> HttpResponse:
    """Write the draft: a new one, or the one that is open."""
    organisation = get_post_unit(scope=request.scope, code=code)
    if not can_fill(request.scope, organisation.school):
        raise PermissionDenied
    today = timezone.localdate()
    post = get_post(organisation, on=today)
    source = post.pending or post.assessment
    names = ("party_kind", "party_proof", "work_kind", "work_proof")
    initial: dict[str, Any] = {name: getattr(source, name) for name in names} if source else {}
    if post.pending:
        initial |= {"assessed_on": post.pending.assessed_on, "seen": post.pending.saved_at.isoformat()}
    form = AssessmentForm(request.POST or None, initial=initial, standard=get_standard_on(today))

    def act(data: dict[str, Any]) -> str:
        save_assessment(actor=request.user, scope=request.scope, organisation=organisation, **data)
        return _url(organisation)

    return form_page(
        request, form=form, act=act, heading=_("认定：%s书记") % organisation.name, submit=_("保存草稿"),
        done=_("已保存草稿。核对后提交县级确认。"), cancel=_url(organisation), crumbs=_crumbs(organisation, _("认定")),
        hint=_("两方面都有证明才算达标；没有达到的一方面选“未达到”。"),
    )  # fmt: skip


@require_POST
@holds_office
def step(request: OfficeRequest, pk: int, action: str) -> HttpResponseBase:
    """Submit or take back."""
    row = get_assessment(scope=request.scope, pk=pk)
    if action not in STEPS:
        raise Http404
    service, done = STEPS[action]
    try:
        service(
            actor=request.user, scope=request.scope, assessment_id=pk,
            lock_version=seen_version(request, row.lock_version),
        )  # fmt: skip
        messages.success(request, done)
    except DomainError as error:
        if error.status == 403:
            raise PermissionDenied from error
        messages.error(request, error.message)
    return redirect(_url(row.organisation))


def seen_version(request: OfficeRequest, newest: int) -> int:
    """`lock_version` as the form carried it; a form without one has seen the newest."""
    text = request.POST.get("lock_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else newest


@holds_office
def end(request: OfficeRequest, pk: int) -> HttpResponse:
    """The assessment counts no longer: another holder, or a proof that fell away."""
    row = get_assessment(scope=request.scope, pk=pk)
    if not _may_end(row, roles_at_school(request.scope, row.school)):
        raise PermissionDenied
    form = OutcomeForm(request.POST or None)
    form.fields["outcome"].label = _("原因")

    def act(data: dict[str, Any]) -> str:
        end_assessment(
            actor=request.user, scope=request.scope, assessment_id=pk,
            lock_version=seen_version(request, row.lock_version), reason=data["outcome"],
        )  # fmt: skip
        return _url(row.organisation)

    return form_page(
        request, form=form, act=act, heading=_("终止认定：%s书记") % row.organisation.name, submit=_("终止"),
        done=_("已终止，从今天起不再计入指标。"), cancel=_url(row.organisation),
        crumbs=_crumbs(row.organisation, _("终止认定")),
        hint=_("书记换任、证明失效时终止；以前的期间不变。"),
        confirm=_("终止 %s书记的认定？从今天起不再计为达标。") % row.organisation.name,
    )  # fmt: skip


@holds_office
def plan(request: OfficeRequest, code: str) -> HttpResponse:
    """How the gap is closed, and by when."""
    organisation = get_post_unit(scope=request.scope, code=code)
    if not can_plan(request.scope, organisation.school):
        raise PermissionDenied
    known = get_post(organisation, on=timezone.localdate()).plan
    initial = {"measures": known.measures, "due_on": known.due_on} if known else {}

    def act(data: dict[str, Any]) -> str:
        plan_gap(actor=request.user, scope=request.scope, organisation=organisation, **data)
        return _url(organisation)

    return form_page(
        request, form=PlanForm(request.POST or None, initial=initial), act=act,
        heading=_("培养措施：%s书记") % organisation.name, submit=_("保存"), done=_("已保存培养措施。"),
        cancel=_url(organisation), crumbs=_crumbs(organisation, _("培养措施")),
    )  # fmt: skip


@holds_office
def close(request: OfficeRequest, pk: int) -> HttpResponse:
    """The plan is over, with its result."""
    row = get_plan(scope=request.scope, pk=pk)
    if not can_plan(request.scope, row.organisation.school):
        raise PermissionDenied

    def act(data: dict[str, Any]) -> str:
        close_plan(actor=request.user, scope=request.scope, plan_id=pk, **data)
        return _url(row.organisation)

    return form_page(
        request, form=OutcomeForm(request.POST or None), act=act, heading=_("结束培养：%s书记") % row.organisation.name,
        submit=_("结束"), done=_("已结束。达到标准的，请重新认定。"), cancel=_url(row.organisation),
        crumbs=_crumbs(row.organisation, _("结束培养")),
    )  # fmt: skip
