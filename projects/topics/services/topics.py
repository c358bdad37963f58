"""A topic outside its papers: registered, corrected, dropped, its funding changed, ended by whoever funds it."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.seen import saw_latest
from portal.workflow.services import Outcome, perform
from projects.selection.models import Designation, DesignationStatus
from projects.selection.services.designations import withdraw_designation
from projects.topics import process
from projects.topics.models import Topic, TopicStatus
from projects.topics.process import TOPIC_PROCESS
from projects.topics.rules import is_own, roles_on_topic
from projects.topics.selectors.calls import find_live_case
from schools.party.models import PartyOrganisation
from schools.registry.models import School

from .notes import leave_note


@dataclass(frozen=True, slots=True)
class Details:
    """What a school writes about a topic before it applies. `leader`: a post or a teacher's number."""

    title: str
    field: str
    leader: str
    members: int
    summary: str
    promised: str
    organisation: PartyOrganisation | None = None


@transaction.atomic
def register_topic(*, actor: User, scope: Scope, school: School, details: Details) -> Topic:
    """A topic that the school may enter into a call. DomainError `forbidden`, `organisation`, `already`."""
    topic = Topic(school=school, status=TopicStatus.REGISTERED, saved_by=actor)
    _write(topic, details)
    if not is_own(scope, topic):
        raise DomainError("forbidden", _("课题由承担学校的书记或填报员登记。"), status=403)
    _save(topic)
    return topic


@transaction.atomic
def change_topic(*, actor: User, scope: Scope, topic_id: int, seen: str, details: Details) -> Topic:
    """Correct a topic that is not funded and stands in no call. `seen`: `saved_at` as the form carried it.

    DomainError `forbidden`, `locked`, `applied`, `organisation`, `already`; StaleError.
    """
    topic = lock_topic(topic_id)
    if not is_own(scope, topic):
        raise DomainError("forbidden", _("课题由承担学校的书记或填报员修改。"), status=403)
    if topic.status != TopicStatus.REGISTERED:
        raise DomainError("locked", _("立项以后改动课题，请提交变更申请。"), status=409)
    if not saw_latest(seen, topic.saved_at):
        raise StaleError(_("这个课题刚被别人改过，您填的没有写入。请核对最新内容后再保存。"))
    _refuse_applied(topic)
    _write(topic, details)
    topic.saved_by = actor
    _save(topic)
    return topic


def drop_topic(*, actor: User, scope: Scope, topic_id: int, lock_version: int, reason: str) -> Outcome[Topic]:
    """Take a registration back. DomainError `applied`, and as the engine says."""

    def check(topic: Topic, step: Transition) -> dict[str, Any]:
        _refuse_applied(topic)
        return {}

    return step_topic(actor, scope, topic_id, lock_version, process.DROP, reason, check)


def set_amount(
    *, actor: User, scope: Scope, topic_id: int, lock_version: int, amount: int, reason: str
) -> Outcome[Topic]:
    """Another funding than the rules say, before the contract. DomainError `amount`, and as the engine says."""

    def fund(topic: Topic, step: Transition) -> dict[str, Any]:
        if amount < 0 or amount > 1_000_000:
            raise DomainError("amount", _("资助金额在 0 到 1,000,000 元之间。"), field="amount")
        before, topic.amount = topic.amount, amount
        return {"from": before, "to": amount}

    return step_topic(actor, scope, topic_id, lock_version, process.FUND, reason, fund)


@transaction.atomic
def terminate_topic(*, actor: User, scope: Scope, topic_id: int, lock_version: int, reason: str) -> Outcome[Topic]:
    """End a running topic, with a reason that the school reads; its title is taken back. As the engine says."""
    lock_topic(topic_id)
    outcome = step_topic(actor, scope, topic_id, lock_version, process.TERMINATE, reason, _end_today)
    if not outcome.repeated:
        take_title_back(actor, scope, outcome.obj, reason)
    return outcome


def _end_today(topic: Topic, step: Transition) -> dict[str, Any]:
    return end_today(topic)


def end_today(topic: Topic) -> dict[str, Any]:
    """What every step does that ends a topic without a closing."""
    topic.ended_on, topic.next_due = timezone.localdate(), None
    return {}


def take_title_back(actor: User, scope: Scope, topic: Topic, reason: str) -> None:
    """The title of a topic that ended without a closing, unless it was taken back before."""
    title = Designation.objects.select_for_update(of=("self",)).get(topic=topic)
    if title.status != DesignationStatus.ACTIVE:
        return
    withdraw_designation(
        actor=actor, scope=scope, designation_id=title.pk, lock_version=title.lock_version, reason=reason
    )


def lock_topic(topic_id: int) -> Topic:
    """The locked topic with its unit and rules; its title is locked before it, as the register of titles does it.

    Whoever takes a title back in the register holds the title and then wants the topic: the other order would let the
    two wait for each other.
    """
    list(Designation.objects.select_for_update(of=("self",)).filter(topic=topic_id).values_list("pk"))
    rows = Topic.objects.select_for_update(of=("self",)).select_related("unit", "regulation", "school")
    return rows.get(pk=topic_id)


def step_topic(
    actor: User, scope: Scope, topic_id: int, lock_version: int, action: str, comment: str, consequence: Any
) -> Outcome[Topic]:
    """One step of a topic's life by a person, with the note for the roll-up."""
    with transaction.atomic():
        outcome = perform(
            actor=actor, process=TOPIC_PROCESS, model=Topic, pk=topic_id, action=action, lock_version=lock_version,
            roles=lambda topic: roles_on_topic(scope, topic), comment=comment, consequence=consequence,
        )  # fmt: skip
        if not outcome.repeated:
            leave_note(outcome.obj)
    return outcome


def _refuse_applied(topic: Topic) -> None:
    if (case := find_live_case(topic.pk)) is not None:
        raise DomainError(
            "applied", _("课题正在“%s”申报，退出申报后才能修改或撤销登记。") % case.round.title, status=409
        )


def _write(topic: Topic, details: Details) -> None:
    unit = details.organisation
    if unit is not None and unit.school_id != topic.school_id:
        raise DomainError("organisation", _("请选择本校的党组织。"), field="organisation")
    topic.title, topic.field, topic.leader = details.title.strip(), details.field, details.leader.strip()
    topic.members, topic.organisation = details.members, unit
    topic.summary, topic.promised = details.summary.strip(), details.promised.strip()


def _save(topic: Topic) -> None:
    try:
        with transaction.atomic():
            topic.save()
    except IntegrityError as error:
        raise DomainError("already", _("本校已经登记过同名的课题。"), field="title") from error
