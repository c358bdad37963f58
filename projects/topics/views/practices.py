"""Where a topic is applied: entered for a school of the scope, and ended."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from districts.requests import OfficeRequest
from portal.accounts.access_rules import holds_office
from portal.ui.form_pages import form_page
from projects.topics.forms import EndForm, PracticeForm
from projects.topics.models import Topic
from projects.topics.rules import can_link
from projects.topics.selectors.practices import (
    find_school,
    get_practice,
    list_brands,
    list_organisations,
    list_titles,
)
from projects.topics.selectors.topics import get_topic
from projects.topics.services.practices import Place, add_practice, end_practice

from .words import crumbs_of


def _linked(request: OfficeRequest, pk: int) -> Topic:
    topic = get_topic(scope=request.scope, pk=pk)
    if not can_link(request.scope, topic) or topic.awarded_on is None:
        raise PermissionDenied
    return topic


@holds_office
def add(request: OfficeRequest, pk: int) -> HttpResponse:
    """Enter where the topic is applied; ?school=code for another school than the topic's own."""
    topic = _linked(request, pk)
    code = request.GET.get("school", "").strip() or topic.school.code
    school = find_school(scope=request.scope, code=code)
    if school is None:
        raise Http404
    form = PracticeForm(
        request.POST or None, organisations=list_organisations(school), brands=list_brands(school),
        titles=list_titles(school, topic),
    )  # fmt: skip

    def act(data: dict[str, Any]) -> str:
        place = Place(data["kind"], school, data["organisation"], data["brand"], data["designation"])
        add_practice(
            actor=request.user, scope=request.scope, topic_id=pk, place=place, since=data["since"], note=data["note"]
        )
        return reverse("topics:topic", args=[pk])

    return form_page(
        request, form=form, act=act, heading=_("登记应用：%s") % school.name, submit=_("登记"), done=_("已登记应用。"),
        cancel=reverse("topics:topic", args=[pk]), crumbs=crumbs_of(topic, (_("登记应用"), "")), hint=topic.title,
    )  # fmt: skip


@holds_office
def end(request: OfficeRequest, pk: int, practice_pk: int) -> HttpResponse:
    """Say that it is no longer applied there."""
    topic = _linked(request, pk)
    row = get_practice(topic=topic, pk=practice_pk)
    if row is None:
        raise Http404

    def act(data: dict[str, Any]) -> str:
        end_practice(actor=request.user, scope=request.scope, practice_id=practice_pk, **data)
        return reverse("topics:topic", args=[pk])

    return form_page(
        request, form=EndForm(request.POST or None), act=act, heading=_("停止应用：%s") % row.place, submit=_("保存"),
        done=_("已记下停止应用的日期。"), cancel=reverse("topics:topic", args=[pk]),
        crumbs=crumbs_of(topic, (_("停止应用"), "")),
    )  # fmt: skip
