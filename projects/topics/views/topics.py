"""党建课题: the list with what is due, one topic with its way, and what is done with it outside its papers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.exports import table_response
from portal.ui.form_pages import form_page
from portal.ui.paging import page_of, rest_of_query
from portal.workflow.errors import DomainError
from projects.selection.process import CHAIR
from projects.selection.rules.access import FILLERS
from projects.selection.views.rounds import seen_version
from projects.topics import process
from projects.topics.forms import AmountForm, ReasonForm, TopicForm, initial_of
from projects.topics.models import Field, Topic
from projects.topics.process import TOPIC_PROCESS, TOPIC_WORDS
from projects.topics.rules import can_link, can_register, is_own, keepers_of, roles_on_topic
from projects.topics.selectors.calls import cases_of, get_year_cap
from projects.topics.selectors.papers import (
    closing_of,
    contract_of,
    list_papers,
    list_requests,
    list_topic_steps,
    timeline_of,
)
from projects.topics.selectors.practices import list_own_organisations, list_own_schools, list_practices
from projects.topics.selectors.topics import (
    count_topics,
    duty_of,
    get_topic,
    list_choosable_districts,
    list_former_titles,
    list_topics,
    list_years,
)
from projects.topics.services import topics as services
from projects.topics.services.papers import begin_paper

from .words import crumbs, crumbs_of, duty_badge, paper_badge

NAMES = ("state", "year", "level", "field", "district", "school", "q")


@holds_office
def topic_list(request: OfficeRequest) -> HttpResponseBase:
    """Topics in the scope; ?export=xlsx|csv gives what the filter shows."""
    filters = {name: request.GET.get(name, "").replace("\x00", "") for name in NAMES}
    rows = list_topics(scope=request.scope, filters=filters)
    if request.GET.get("export") in ("xlsx", "csv"):
        return _export(request, rows)
    page = page_of(request, rows, 50)
    duties = [(row, duty_of(row)) for row in page]
    context = {
        "page": page,
        "rows": [(row, duty, duty_badge(row, duty)) for row, duty in duties],
        "filters": filters,
        "counts": count_topics(scope=request.scope),
        "cap": get_year_cap() if request.scope.sees_city else None,
        "fields": Field.choices,
        "levels": [("city", _("市级")), ("district", _("区县级"))],
        "years": list_years(scope=request.scope),
        "districts": list_choosable_districts(scope=request.scope),
        "may_register": can_register(request.scope),
        "query": rest_of_query(request),
        "crumbs": crumbs(),
    }
    return render(request, "topics/topics.html", context)


def _export(request: OfficeRequest, rows: Any) -> HttpResponseBase:
    head = [
        _("立项编号"), _("课题名称"), _("承担学校"), _("学校代码"), _("区县"), _("研究方向"), _("主持人"), _("级别"),
        _("资助金额（元）"), _("状态"), _("下一步"), _("应报日期"), _("立项日期"), _("应结题日期"), _("结题日期"),
    ]  # fmt: skip

    def line(row: Topic) -> list[Any]:
        duty = duty_of(row)
        level = "" if row.unit is None else _("市级") if row.is_city else _("区县级")
        return [
            row.code, row.title, row.school.name, row.school.code, row.school.district.name, row.get_field_display(),
            row.leader, level, "" if row.amount is None else row.amount, row.status_word, duty_badge(row, duty).word,
            f"{duty.due or ''}", f"{row.awarded_on or ''}", f"{row.due_on or ''}", f"{row.closed_on or ''}",
        ]  # fmt: skip

    note = _("应报日期按课题立项时的管理规则计算；限期修改、延期以办理结论为准。")
    return table_response(request.GET["export"], _("党建课题"), head, map(line, rows), note)


@holds_office
def detail(request: OfficeRequest, pk: int) -> HttpResponse:
    """One topic: what is due now, what it studies, its papers, its way, where it is applied."""
    topic = get_topic(scope=request.scope, pk=pk)
    duty, papers, own = duty_of(topic), list_papers(topic), is_own(request.scope, topic)
    roles = roles_on_topic(request.scope, topic)
    steps = {step.action for step in TOPIC_PROCESS.available(topic.status, roles)}
    contract, closing = contract_of(topic), closing_of(topic)
    asks = list_requests(topic, papers) if own else []
    context = {
        "topic": topic,
        "former": list_former_titles(topic),
        "duty": duty,
        "badge": duty_badge(topic, duty),
        "timeline": timeline_of(topic, papers),
        "papers": [(paper, paper_badge(paper)) for paper in papers],
        "waiting": [p for p in papers if p.status == "submitted"],
        "cases": cases_of(topic.pk),
        "budget": list(contract.budget.all()) if contract else [],
        "outputs": list(closing.outputs.all()) if closing else [],
        "practices": list_practices(topic),
        "events": [(event, TOPIC_WORDS[event.action]) for event in list_topic_steps(topic)],
        "own": own,
        "asks": asks,
        "steps": steps,
        "is_registered": topic.status == "registered",
        "may_link": can_link(request.scope, topic) and topic.awarded_on is not None,
        "may_check": bool(keepers_of(request.scope, topic)),
        "crumbs": crumbs_of(topic),
    }
    return render(request, "topics/topic.html", context)


@require_POST
@holds_office
def begin(request: OfficeRequest, pk: int, kind: str) -> HttpResponseBase:
    """Begin the paper that is due or a request, or go on with the one that is open."""
    topic = get_topic(scope=request.scope, pk=pk)
    if not is_own(request.scope, topic):
        raise PermissionDenied
    try:
        paper = begin_paper(actor=request.user, scope=request.scope, topic_id=pk, kind=kind)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("topics:topic", pk=pk)
    return redirect("topics:paper-edit", pk=paper.pk)


DETAILS = ("title", "field", "leader", "members", "summary", "promised")


def _details(data: dict[str, Any]) -> services.Details:
    return services.Details(**{name: data[name] for name in DETAILS}, organisation=data.get("organisation"))


@holds_office
def register(request: OfficeRequest) -> HttpResponse:
    """A new topic of the own school, to be entered into a call."""
    schools = list_own_schools(scope=request.scope)
    if not can_register(request.scope) or not schools:
        raise PermissionDenied
    own = list_own_organisations(scope=request.scope, school=schools[0])
    only = not request.scope.roles_at(schools[0].pk) & FILLERS
    form = TopicForm(request.POST or None, schools=schools, organisations=own, branch_only=only)

    def act(data: dict[str, Any]) -> str:
        topic = services.register_topic(
            actor=request.user, scope=request.scope, school=data["school"], details=_details(data)
        )
        return reverse("topics:topic", args=[topic.pk])

    return form_page(
        request, form=form, act=act, heading=_("登记课题"), submit=_("登记"), cancel=reverse("topics:topics"),
        done=_("已登记。课题批次开放申报时，从批次页选择这个课题申报。"), crumbs=crumbs((_("登记课题"), "")),
        hint=_("先登记课题，再到课题批次里申报；立项以前可以修改。"),
    )  # fmt: skip


@holds_office
def edit(request: OfficeRequest, pk: int) -> HttpResponse:
    """Correct a topic before it is funded."""
    topic = _for_step(request, pk, process.DROP)
    schools = list_own_schools(scope=request.scope).filter(pk=topic.school_id)
    own = list_own_organisations(scope=request.scope, school=topic.school)
    initial = {**initial_of(topic, (*DETAILS, "organisation")), "seen": topic.saved_at.isoformat()}
    only = not request.scope.roles_at(topic.school_id) & FILLERS
    form = TopicForm(request.POST or None, initial=initial, schools=schools, organisations=own, branch_only=only)

    def act(data: dict[str, Any]) -> str:
        services.change_topic(
            actor=request.user, scope=request.scope, topic_id=pk, seen=data["seen"], details=_details(data)
        )
        return reverse("topics:topic", args=[pk])

    return form_page(
        request, form=form, act=act, heading=_("修改课题"), submit=_("保存"), done=_("已保存。"),
        cancel=reverse("topics:topic", args=[pk]), crumbs=crumbs_of(topic, (_("修改"), "")),
    )  # fmt: skip


def _for_step(request: OfficeRequest, pk: int, action: str) -> Topic:
    """The topic, for whoever may take this step now: 404 outside the scope, 403 without the right."""
    topic = get_topic(scope=request.scope, pk=pk)
    step = TOPIC_PROCESS.find(topic.status, action)
    if step is None or not step.roles & roles_on_topic(request.scope, topic):
        raise PermissionDenied
    return topic


def _reasoned(
    request: OfficeRequest, topic: Topic, service: Callable[..., Any], *, form: Any, heading: str, submit: str,
    done: str, confirm: str = "",
) -> HttpResponse:  # fmt: skip
    """One step of the topic with what its form asks for."""

    def act(data: dict[str, Any]) -> str:
        service(
            actor=request.user, scope=request.scope, topic_id=topic.pk,
            lock_version=seen_version(request, topic.lock_version), **data,
        )  # fmt: skip
        return reverse("topics:topic", args=[topic.pk])

    return form_page(
        request, form=form, act=act, heading=f"{heading}：{topic.title}", submit=submit, done=done, confirm=confirm,
        cancel=reverse("topics:topic", args=[topic.pk]), crumbs=crumbs_of(topic, (heading, "")),
    )  # fmt: skip


@holds_office
def drop(request: OfficeRequest, pk: int) -> HttpResponse:
    topic = _for_step(request, pk, process.DROP)
    return _reasoned(
        request, topic, services.drop_topic, form=ReasonForm(request.POST or None), heading=_("撤销登记"),
        submit=_("撤销登记"), done=_("已撤销登记。"), confirm=_("撤销以后不能恢复，要申报须重新登记。"),
    )  # fmt: skip


@holds_office
def amount(request: OfficeRequest, pk: int) -> HttpResponse:
    """Another funding than the rules say; the chair's, before the contract."""
    topic = _for_step(request, pk, process.FUND)
    form = AmountForm(request.POST or None, initial={"amount": topic.amount})
    return _reasoned(
        request, topic, services.set_amount, form=form, heading=_("调整资助金额"), submit=_("保存"), done=_("已调整。")
    )


@holds_office
def terminate(request: OfficeRequest, pk: int) -> HttpResponse:
    """End a running topic; the chair's."""
    topic = _for_step(request, pk, process.TERMINATE)
    if CHAIR not in roles_on_topic(request.scope, topic):
        raise PermissionDenied
    return _reasoned(
        request, topic, services.terminate_topic, form=ReasonForm(request.POST or None), heading=_("终止课题"),
        submit=_("终止课题"), done=_("已终止，立项称号同时撤销。"),
        confirm=_("终止后课题不再继续，立项称号同时撤销，计入指标，不能收回。"),
    )  # fmt: skip
