"""A title makes a topic funded; a title that is taken back ends it. Called by the engine, in its transaction."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from districts.models import Level, Unit
from portal.workflow.models import Event
from portal.workflow.services import perform
from projects.selection.calendar import add_months
from projects.selection.models import Designation, DesignationLevel, DesignationStatus, HolderKind
from projects.selection.process import DESIGNATION_PROCESS
from projects.selection.selectors.caps import year_of
from projects.topics import process
from projects.topics.models import RUNNING, Field, Topic, TopicStatus
from projects.topics.process import ENGINE, TOPIC_PROCESS
from projects.topics.selectors.calls import KIND

from .notes import leave_note
from .regulations import regulation_on
from .topics import end_today

_engine = frozenset({ENGINE})


def award_topic(title: Designation) -> None:
    """The topic behind a new title of the kind is funded; one that the register names only is entered here first.

    A topic that a district funds and the city funds now goes on with the city. DomainError `no_regulation`.
    """
    if title.kind.code != KIND or title.holder_kind != HolderKind.TOPIC or title.level == DesignationLevel.NATIONAL:
        return
    topic = _find(title)
    to_city = title.level == DesignationLevel.CITY
    if topic.status == TopicStatus.REGISTERED:
        _step(title, topic, process.AWARD, lambda row, step: _fund(row, title))
    elif topic.status in RUNNING and to_city and topic.unit is not None and topic.unit.level == Level.DISTRICT:
        _step(title, topic, process.PROMOTE, lambda row, step: _number(row, title))


def follow_title(title: Designation) -> None:
    """The title of a running topic was taken back in the register: the topic has ended."""
    if title.kind.code != KIND or title.status != DesignationStatus.WITHDRAWN:
        return
    topic = Topic.objects.select_for_update(of=("self",)).filter(designation=title, status__in=RUNNING).first()
    if topic is None:
        return
    last = Event.objects.filter(process=DESIGNATION_PROCESS.name, object_id=title.pk).order_by("-id").first()
    _step(title, topic, process.TERMINATE, lambda row, step: end_today(row), last)


def _find(title: Designation) -> Topic:
    found = Topic.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=title.subject_id).first()
    if found is not None and found.school_id == title.school_id:
        return found
    unknown = _("登记称号时没有填写，请以立项文件为准。")
    topic = Topic.objects.create(
        school_id=title.school_id, status=TopicStatus.REGISTERED, title=title.subject_title, field=Field.OTHER,
        leader=_("见立项文件"), members=1, summary=unknown, promised=unknown, saved_by=title.recorded_by,
    )  # fmt: skip
    Designation.objects.filter(pk=title.pk).update(subject_id=topic.pk)
    title.subject_id = topic.pk
    return topic


def _step(title: Designation, topic: Topic, action: str, consequence: Any, last: Event | None = None) -> None:
    perform(
        actor=last.actor if last else title.recorded_by, process=TOPIC_PROCESS, model=Topic, pk=topic.pk, action=action,
        lock_version=topic.lock_version, roles=lambda row: _engine, consequence=consequence,
        comment=last.comment if last else "",
    )  # fmt: skip
    leave_note(topic)


def _fund(topic: Topic, title: Designation) -> dict[str, Any]:
    given_on: date = title.valid_from
    rules = regulation_on(given_on)
    topic.regulation, topic.amount, topic.awarded_on = rules, rules.amount, given_on
    topic.midterm_due = add_months(given_on, rules.midterm_months)
    topic.due_on = add_months(given_on, rules.term_months)
    topic.next_due = given_on + timedelta(days=rules.contract_days)
    return {"amount": rules.amount, **_number(topic, title)}


def _number(topic: Topic, title: Designation) -> dict[str, Any]:
    """Unit, year and the next number of it; the unit is locked, so that no number is given twice."""
    topic.year = year_of(title.round) if title.round is not None else title.valid_from.year
    to_city = title.level == DesignationLevel.CITY
    unit = Unit.objects.filter(level=Level.CITY) if to_city else Unit.objects.filter(pk=title.district_id)
    topic.unit = unit.select_for_update(no_key=True).get()
    taken = Topic.objects.filter(unit=topic.unit, year=topic.year).aggregate(most=Max("number"))["most"] or 0
    topic.number, topic.designation = taken + 1, title
    return {"year": topic.year, "number": topic.number}
