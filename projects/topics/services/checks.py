"""What whoever funds the topic decides on a paper: the finding, and the step of the topic that follows from it."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection.models import Designation, DesignationKind
from projects.selection.services.designations import record_designation, rename_subject
from projects.topics import process
from projects.topics.models import ChangedPart, Paper, PaperKind, Result, Topic, TopicStatus
from projects.topics.process import PAPER_PROCESS, RESULTS, STEPS
from projects.topics.rules import roles_to_settle
from projects.topics.selectors.calls import CLOSED_KIND

from .papers import check_extension, lock_paper, refuse_extended, require_running
from .topics import end_today, step_topic, take_title_back


@transaction.atomic
def settle_paper(
    *, actor: User, scope: Scope, paper_id: int, lock_version: int, result: str, finding: str,
    until: date | None = None, contract_number: str = "",
) -> Outcome[Paper]:  # fmt: skip
    """Settle a paper with a finding, and take the topic's step that follows from it.

    `until`: the day by which to mend, or the closing day that an extension grants (the wanted one if it is left out).
    A second click finds the first one's result. DomainError `result`, `until`, `wanted`, `extended`, `number`, `over`.
    """
    paper = lock_paper(paper_id)

    def note(row: Paper, step: Transition) -> dict[str, Any]:
        require_running(row.topic)
        if result not in RESULTS[row.kind]:
            raise DomainError("result", _("请选择结论。"), field="result")
        if row.kind == PaperKind.CONTRACT and not contract_number.strip():
            raise DomainError("number", _("请填任务书编号。"), field="contract_number")
        row.result, row.finding, row.settled_on = result, finding.strip(), timezone.localdate()
        row.until = _day(row, result, until)
        return {"kind": row.kind, "result": result, "until": row.until.isoformat() if row.until else None}

    outcome = perform(
        actor=actor, process=PAPER_PROCESS, model=Paper, pk=paper_id, action=process.SETTLE,
        lock_version=lock_version, roles=lambda row: roles_to_settle(scope, row), comment=finding, consequence=note,
    )  # fmt: skip
    if not outcome.repeated:
        _move_topic(actor, scope, paper.topic, outcome.obj, contract_number.strip())
    return outcome


def _day(paper: Paper, result: str, until: date | None) -> date | None:
    """The day that belongs to the result; none for results without one, whatever was typed."""
    if paper.kind == PaperKind.EXTENSION and result == Result.AGREED:
        refuse_extended(paper.topic)
        day = until or paper.wanted
        if day is not None:
            check_extension(paper.topic, day, field="until")
        return day
    if result != Result.RECTIFY:
        return None
    if until is None or until <= timezone.localdate():
        raise DomainError("until", _("请填一个今天以后的日期。"), field="until")
    return until


def _move_topic(actor: User, scope: Scope, topic: Topic, paper: Paper, contract_number: str) -> None:
    if paper.result == Result.RECTIFY:
        # No step: the same paper is due again on the day of the finding.
        Topic.objects.filter(pk=topic.pk).update(next_due=paper.until)
        return
    action = STEPS.get((paper.kind, paper.result))
    if action is None:
        return

    def move(row: Topic, step: Transition) -> dict[str, Any]:
        return {"paper": paper.pk, **_CONSEQUENCES[action](row, paper, contract_number)}

    moved = step_topic(actor, scope, topic.pk, topic.lock_version, action, paper.finding, move).obj
    if action == process.CLOSE:
        _give_closed_title(actor, scope, moved)
    elif action in (process.FAIL, process.TERMINATE):
        take_title_back(actor, scope, moved, paper.finding)


def _contract(topic: Topic, paper: Paper, contract_number: str) -> dict[str, Any]:
    topic.contract_number = contract_number
    days = topic.regulation.opening_days if topic.regulation else 0
    topic.next_due = timezone.localdate() + timedelta(days=days)
    return {"number": contract_number}


def _start(topic: Topic, paper: Paper, _number: str) -> dict[str, Any]:
    topic.next_due = topic.midterm_due
    return {}


def _pass_midterm(topic: Topic, paper: Paper, _number: str) -> dict[str, Any]:
    topic.next_due = topic.due_on
    return {}


def _close(topic: Topic, paper: Paper, _number: str) -> dict[str, Any]:
    topic.closed_on, topic.next_due = timezone.localdate(), None
    return {}


def _end(topic: Topic, paper: Paper, _number: str) -> dict[str, Any]:
    return end_today(topic)


def _change(topic: Topic, paper: Paper, _number: str) -> dict[str, Any]:
    before = getattr(topic, paper.part)
    setattr(topic, paper.part, int(paper.value) if paper.part == ChangedPart.MEMBERS else paper.value)
    if paper.part == ChangedPart.TITLE and topic.designation_id is not None:
        rename_subject(designation_id=topic.designation_id, name=paper.value)
    return {"part": paper.part, "from": before, "to": paper.value}


def _extend(topic: Topic, paper: Paper, _number: str) -> dict[str, Any]:
    """The closing day moves; the next paper's day only where that is the closing's."""
    before = topic.due_on
    topic.due_on = paper.until
    if topic.status == TopicStatus.MIDTERM:
        topic.next_due = paper.until
    return {"from": f"{before}", "to": f"{paper.until}"}


_CONSEQUENCES: dict[str, Any] = {
    process.CONTRACT: _contract,
    process.START: _start,
    process.PASS_MIDTERM: _pass_midterm,
    process.CLOSE: _close,
    process.FAIL: _end,
    process.TERMINATE: _end,
    process.CHANGE: _change,
    process.EXTEND: _extend,
}


def _give_closed_title(actor: User, scope: Scope, topic: Topic) -> None:
    """A title of its own for the closed topic, behind the first: it has a certificate that anybody can verify."""
    kind = DesignationKind.objects.filter(code=CLOSED_KIND).first()
    first = topic.designation
    if kind is None or first is None:
        raise DomainError("no_kind", _("还没有“课题结题”这类称号，请管理员先装入称号类别。"), status=409)
    holder = Designation(
        holder_kind=first.holder_kind, school_id=topic.school_id, subject_id=topic.pk, subject_title=topic.title,
        predecessor=first,
    )  # fmt: skip
    record_designation(
        actor=actor, scope=scope, holder=holder, kind=kind, level=first.level, batch=first.batch,
        official_title=_("%(title)s（立项编号 %(code)s）") % {"title": topic.title, "code": topic.code},
        source=_("结题验收通过"), valid_from=timezone.localdate(),
    )  # fmt: skip
