"""A paper or request from its first line to the desk of whoever settles it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.ui.formats import show_day
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.seen import saw_latest
from portal.workflow.services import Outcome, perform
from projects.selection.calendar import add_months
from projects.topics import process
from projects.topics.models import (
    EDITABLE,
    OPEN,
    RUNNING,
    BudgetLine,
    ChangedPart,
    Output,
    Paper,
    PaperKind,
    PaperStatus,
    Result,
    Topic,
)
from projects.topics.process import PAPER_PROCESS, REQUESTS_OF, STAGE_OF
from projects.topics.rules import is_own, roles_on_topic
from projects.topics.sections import SECTIONS, list_gaps

from .topics import lock_topic

# A report may be begun so many days before it is due.
EARLY_DAYS = 90
EARLY = (PaperKind.MIDTERM, PaperKind.CLOSING)
VALUE_LIMITS: dict[str, int] = {
    ChangedPart.TITLE: 100, ChangedPart.LEADER: 30, ChangedPart.MEMBERS: 3, ChangedPart.SUMMARY: 2000,
    ChangedPart.PROMISED: 1000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spending:
    item: str
    amount: int


@dataclass(frozen=True, slots=True)
class Product:
    kind: str
    title: str
    done_on: date
    source: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a request asks for: `part` and `value` of a change, the day `wanted` of an extension."""

    part: str = ""
    value: str = ""
    wanted: date | None = None


@transaction.atomic
def begin_paper(*, actor: User, scope: Scope, topic_id: int, kind: str) -> Paper:
    """The draft of the paper that is due, or of a request; a second click finds the first one's draft.

    DomainError `forbidden`, `not_now` (not in this state), `not_yet` (too early for a report), `extended` (no more).
    """
    topic = lock_topic(topic_id)
    if not is_own(scope, topic):
        raise DomainError("forbidden", _("材料由承担学校的书记或填报员填写。"), status=403)
    open_paper = Paper.objects.filter(topic=topic, kind=kind, status__in=OPEN).first()
    if open_paper is not None:
        return open_paper
    is_stage = STAGE_OF.get(topic.status) == kind
    if not is_stage and kind not in REQUESTS_OF.get(topic.status, ()):
        raise DomainError("not_now", _("课题现在的进度不需要这份材料，请刷新页面查看最新进展。"), status=409)
    due = topic.next_due if is_stage else None
    if kind in EARLY and due is not None and timezone.localdate() < (opens := due - timedelta(days=EARLY_DAYS)):
        raise DomainError("not_yet", _("%s起可以填写。") % show_day(opens), status=409)
    if kind == PaperKind.EXTENSION:
        refuse_extended(topic)
    return Paper.objects.create(topic=topic, kind=kind, due_on=due, status=PaperStatus.DRAFT, saved_by=actor)


def refuse_extended(topic: Topic) -> None:
    """DomainError `extended` when the rules allow no further extension. `regulation` must be selected."""
    granted = Paper.objects.filter(topic=topic, kind=PaperKind.EXTENSION, result=Result.AGREED).count()
    times = topic.regulation.extension_times if topic.regulation else 0
    if granted >= times:
        raise DomainError("extended", _("按规则最多延期 %(times)d 次，已延期 %(granted)d 次。") % {
            "times": times, "granted": granted,
        }, status=409)  # fmt: skip


@transaction.atomic
def save_paper(
    *, actor: User, scope: Scope, paper_id: int, seen: str, texts: Mapping[str, str], budget: Sequence[Spending] = (),
    outputs: Sequence[Product] = (), request: Request | None = None,
) -> Paper:  # fmt: skip
    """Write the texts of a paper, the budget of a contract, the outputs of a closing, what a request asks for.

    `seen`: `saved_at` as the form carried it. DomainError `forbidden`, `locked`, `too_long`, `value`, `wanted`;
    StaleError if somebody else wrote meanwhile.
    """
    paper = _lock_editable(scope, paper_id)
    if not saw_latest(seen, paper.saved_at):
        raise StaleError(_("这份材料刚被别人改过，您填的没有写入。请核对最新内容后再保存。"))
    for section in SECTIONS[paper.kind]:
        text = texts.get(section.field, "").strip()
        if len(text) > section.maximum:
            raise DomainError(
                "too_long", _("最多 %(most)d 字，现在 %(now)d 字。") % {"most": section.maximum, "now": len(text)},
                field=section.field,
            )  # fmt: skip
        setattr(paper, section.field, text)
    if request is not None:
        _write_request(paper, request)
    paper.saved_by = actor
    paper.save()
    if paper.kind == PaperKind.CONTRACT:
        paper.budget.all().delete()
        BudgetLine.objects.bulk_create(
            BudgetLine(paper=paper, order=n, item=line.item, amount=line.amount) for n, line in enumerate(budget)
        )
    if paper.kind == PaperKind.CLOSING:
        paper.outputs.all().delete()
        Output.objects.bulk_create(
            Output(paper=paper, order=n, kind=o.kind, title=o.title, source=o.source, done_on=o.done_on)
            for n, o in enumerate(outputs)
        )
    return paper


def _write_request(paper: Paper, request: Request) -> None:
    if paper.kind == PaperKind.CHANGE:
        value = request.value.strip()
        if request.part and len(value) > VALUE_LIMITS[request.part]:
            raise DomainError("value", _("最多 %d 字。") % VALUE_LIMITS[request.part], field="value")
        if request.part == ChangedPart.MEMBERS and value and not (value.isdigit() and int(value) > 0):
            raise DomainError("value", _("课题组人数请写一个数字。"), field="value")
        paper.part, paper.value = request.part, value
    if paper.kind == PaperKind.EXTENSION:
        if request.wanted is not None:
            check_extension(paper.topic, request.wanted, field="wanted")
        paper.wanted = request.wanted


def check_extension(topic: Topic, day: date, *, field: str) -> None:
    """DomainError `wanted`: the new closing day lies after the old one, and not further than the rules allow."""
    last = latest_extension(topic)
    if topic.due_on is None or last is None or not topic.due_on < day <= last:
        raise DomainError(
            "wanted",
            _("新的结题日期须晚于现在的 %(now)s，按规则最晚 %(last)s。")
            % {"now": show_day(topic.due_on), "last": show_day(last)},
            field=field,
        )


def latest_extension(topic: Topic) -> date | None:
    """The last day that an extension may reach; None for topics that are not funded. `regulation` selected."""
    if topic.due_on is None or topic.regulation is None:
        return None
    return add_months(topic.due_on, topic.regulation.extension_months)


def submit_paper(*, actor: User, scope: Scope, paper_id: int, lock_version: int) -> Outcome[Paper]:
    """Hand it in. DomainError `incomplete` with everything that is missing, `over` (the topic ended meanwhile)."""

    def complete(paper: Paper, step: Transition) -> dict[str, Any]:
        require_running(paper.topic)
        if gaps := list_gaps(paper, paper.topic, list(paper.budget.all()), list(paper.outputs.all())):
            raise DomainError("incomplete", "".join(gaps))
        return {"kind": paper.kind, "due_on": paper.due_on.isoformat() if paper.due_on else None}

    return _step(actor, scope, paper_id, lock_version, process.SUBMIT, consequence=complete)


def recall_paper(*, actor: User, scope: Scope, paper_id: int, lock_version: int) -> Outcome[Paper]:
    """Take it back to go on writing, as long as nobody settled it."""
    return _step(actor, scope, paper_id, lock_version, process.RECALL)


def return_paper(*, actor: User, scope: Scope, paper_id: int, lock_version: int, reason: str) -> Outcome[Paper]:
    """Back to the school, with what is to be changed."""
    return _step(actor, scope, paper_id, lock_version, process.SEND_BACK, reason)


def lock_paper(paper_id: int) -> Paper:
    """The paper, its topic locked first: checks and writing take their locks in the same order."""
    lock_topic(Paper.objects.values_list("topic_id", flat=True).get(pk=paper_id))
    rows = Paper.objects.select_for_update(of=("self",))
    return rows.select_related("topic__unit", "topic__regulation", "topic__school").get(pk=paper_id)


def require_editable(paper: Paper) -> None:
    """DomainError `locked`, `over`."""
    if paper.status not in EDITABLE:
        raise DomainError("locked", _("材料已经提交，撤回后才能修改。"), status=409)
    require_running(paper.topic)


def require_running(topic: Topic) -> None:
    if topic.status not in RUNNING:
        raise DomainError("over", _("课题已经结束，材料不再办理。"), status=409)


def _lock_editable(scope: Scope, paper_id: int) -> Paper:
    paper = lock_paper(paper_id)
    if not is_own(scope, paper.topic):
        raise DomainError("forbidden", _("材料由承担学校的书记或填报员填写。"), status=403)
    require_editable(paper)
    return paper


def _step(
    actor: User, scope: Scope, paper_id: int, lock_version: int, action: str, comment: str = "",
    consequence: Any = None,
) -> Outcome[Paper]:  # fmt: skip
    with transaction.atomic():
        lock_paper(paper_id)
        return perform(
            actor=actor, process=PAPER_PROCESS, model=Paper, pk=paper_id, action=action, lock_version=lock_version,
            roles=lambda paper: roles_on_topic(scope, paper.topic), comment=comment, consequence=consequence,
        )  # fmt: skip
