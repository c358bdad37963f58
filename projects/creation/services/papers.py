"""A paper from its first line to the desk of whoever checks it."""

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
from projects.creation import process
from projects.creation.duties import EARLY_DAYS, PLAN_AGAIN_DAYS, with_duties
from projects.creation.models import EDITABLE, OPEN, Goal, Milestone, Paper, PaperKind, PaperStatus
from projects.creation.process import PAPER_PROCESS
from projects.creation.rules import is_own, roles_on_build
from projects.creation.sections import SECTIONS, list_gaps
from projects.selection.models import Designation, DesignationStatus

EARLY = (PaperKind.MIDTERM, PaperKind.ACCEPTANCE)


@dataclass(frozen=True, slots=True)
class GoalLine:
    title: str
    baseline: str
    target: str


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    measure: str
    due_on: date


@transaction.atomic
def begin_paper(*, actor: User, scope: Scope, designation_id: int) -> Paper:
    """The draft of whatever is due next in the build; a second click finds the first one's draft.

    DomainError `forbidden`, `nothing_due`, `not_yet` (too early for a report).
    """
    build = Designation.objects.select_for_update(of=("self",)).get(pk=designation_id)
    if not is_own(scope, build):
        raise DomainError("forbidden", _("材料由学校书记或填报员填写。"), status=403)
    open_paper = Paper.objects.filter(designation=build, status__in=OPEN).first()
    if open_paper is not None:
        return open_paper
    row: Any = with_duties(Designation.objects.filter(pk=build.pk)).get()
    if not row.next_kind or row.next_due is None:
        raise DomainError("nothing_due", _("这个称号的建设已经结束，没有要报的材料。"), status=409)
    opens = row.next_due - timedelta(days=EARLY_DAYS)
    if row.next_kind in EARLY and timezone.localdate() < opens:
        raise DomainError("not_yet", _("%s起可以填写。") % show_day(opens), status=409)
    return Paper.objects.create(
        designation=build, kind=row.next_kind, due_on=row.next_due, status=PaperStatus.DRAFT, saved_by=actor
    )


@transaction.atomic
def save_paper(
    *, actor: User, scope: Scope, paper_id: int, seen: str, texts: Mapping[str, str],
    goals: Sequence[GoalLine] = (), milestones: Sequence[MilestoneLine] = (), achieved: Mapping[int, str] | None = None,
) -> Paper:  # fmt: skip
    """Write the texts of a paper; of a plan also its lines, of material for acceptance what came of each goal.

    `seen`: `saved_at` as the form carried it. `achieved`: key of a goal of the plan → what was reached.
    DomainError `forbidden`, `locked`, `too_long`; StaleError if somebody else wrote meanwhile.
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
    paper.saved_by = actor
    paper.save()
    if paper.kind == PaperKind.PLAN:
        _replace_lines(paper, goals, milestones)
    if paper.kind == PaperKind.ACCEPTANCE and achieved:
        _note_achieved(paper, achieved)
    return paper


def _replace_lines(paper: Paper, goals: Sequence[GoalLine], milestones: Sequence[MilestoneLine]) -> None:
    """A measure that keeps its words keeps what was done, in a plan that was opened again."""
    done = {row.measure: (row.done_on, row.note) for row in paper.milestones.filter(done_on__isnull=False)}
    paper.goals.all().delete()
    paper.milestones.all().delete()
    Goal.objects.bulk_create(
        Goal(paper=paper, order=n, title=g.title, baseline=g.baseline, target=g.target) for n, g in enumerate(goals)
    )
    Milestone.objects.bulk_create(
        Milestone(paper=paper, order=n, measure=m.measure, due_on=m.due_on, done_on=day, note=note)
        for n, m in enumerate(milestones)
        for day, note in [done.get(m.measure, (None, ""))]
    )


def _note_achieved(paper: Paper, achieved: Mapping[int, str]) -> None:
    rows = list(plan_goals(paper))
    for goal in rows:
        goal.achieved = achieved.get(goal.pk, goal.achieved).strip()
    Goal.objects.bulk_update(rows, ["achieved"])


def plan_goals(paper: Paper) -> Sequence[Goal]:
    """The goals of the plan of the same build; of a plan, its own."""
    return list(Goal.objects.filter(paper__designation=paper.designation_id, paper__kind=PaperKind.PLAN))


def submit_paper(*, actor: User, scope: Scope, paper_id: int, lock_version: int) -> Outcome[Paper]:
    """Hand it in. DomainError `incomplete` with everything that is missing; whatever `perform` says."""

    def complete(paper: Paper, step: Transition) -> dict[str, Any]:
        if gaps := list_gaps(paper, plan_goals(paper), list(paper.milestones.all())):
            raise DomainError("incomplete", "".join(gaps))
        return {"kind": paper.kind, "due_on": paper.due_on.isoformat()}

    return _step(actor, scope, paper_id, lock_version, process.SUBMIT, consequence=complete)


def recall_paper(*, actor: User, scope: Scope, paper_id: int, lock_version: int) -> Outcome[Paper]:
    """Take it back to go on writing, as long as nobody settled it."""
    return _step(actor, scope, paper_id, lock_version, process.RECALL)


def return_paper(*, actor: User, scope: Scope, paper_id: int, lock_version: int, reason: str) -> Outcome[Paper]:
    """Back to the school, with what is to be changed."""
    return _step(actor, scope, paper_id, lock_version, process.SEND_BACK, reason)


def reopen_plan(*, actor: User, scope: Scope, paper_id: int, lock_version: int, reason: str) -> Outcome[Paper]:
    """An agreed plan goes back to the school, with a reason; what was found stays in its steps.

    Measures keep what was done. The school has PLAN_AGAIN_DAYS to hand it in again.
    DomainError `not_plan`, `too_late` (the mid-term check is over), `open_paper` (another paper is being written or
    waits); whatever `perform` says.
    """

    def open_again(paper: Paper, step: Transition) -> dict[str, Any]:
        if paper.kind != PaperKind.PLAN:
            raise DomainError("not_plan", _("只有建设计划可以重新开放，检查结论不能收回。"), status=409)
        if paper.designation.status != DesignationStatus.CULTIVATING:
            raise DomainError("too_late", _("中期检查以后计划不再重新开放，调整请写进后面的材料。"), status=409)
        if Paper.objects.filter(designation=paper.designation_id, status__in=OPEN).exists():
            raise DomainError("open_paper", _("另一份材料正在办理，办结以后才能重新开放计划。"), status=409)
        found = {"finding": paper.finding, "settled_on": f"{paper.settled_on}", "brand": paper.brand}
        paper.result, paper.finding, paper.settled_on = "", "", None
        paper.due_on = timezone.localdate() + timedelta(days=PLAN_AGAIN_DAYS)
        return found

    return _step(actor, scope, paper_id, lock_version, process.REOPEN, reason, open_again)


def lock_paper(paper_id: int) -> Paper:
    """The paper, its build locked first: checks and writing take their locks in the same order."""
    build_id = Paper.objects.values_list("designation_id", flat=True).get(pk=paper_id)
    Designation.objects.select_for_update(of=("self",)).get(pk=build_id)
    return Paper.objects.select_for_update(of=("self",)).select_related("designation").get(pk=paper_id)


def _lock_editable(scope: Scope, paper_id: int) -> Paper:
    paper = lock_paper(paper_id)
    if not is_own(scope, paper.designation):
        raise DomainError("forbidden", _("材料由学校书记或填报员填写。"), status=403)
    require_editable(paper)
    return paper


def require_editable(paper: Paper) -> None:
    if paper.status not in EDITABLE:
        raise DomainError("locked", _("材料已经提交，撤回后才能修改。"), status=409)


def _step(
    actor: User, scope: Scope, paper_id: int, lock_version: int, action: str, comment: str = "",
    consequence: Any = None,
) -> Outcome[Paper]:  # fmt: skip
    with transaction.atomic():
        lock_paper(paper_id)
        return perform(
            actor=actor, process=PAPER_PROCESS, model=Paper, pk=paper_id, action=action, lock_version=lock_version,
            roles=lambda paper: roles_on_build(scope, paper.designation), comment=comment, consequence=consequence,
        )  # fmt: skip


@transaction.atomic
def finish_milestone(*, actor: User, scope: Scope, milestone_id: int, done_on: date, note: str) -> Milestone:
    """A measure of an agreed plan is done; saying so again corrects day and note.

    DomainError `forbidden`, `not_agreed`, `date`, `note`.
    """
    row = Milestone.objects.select_for_update(of=("self",)).select_related("paper__designation").get(pk=milestone_id)
    if not is_own(scope, row.paper.designation):
        raise DomainError("forbidden", _("进展由学校书记或填报员填写。"), status=403)
    if row.paper.status != PaperStatus.SETTLED or row.paper.designation.ended_on is not None:
        raise DomainError("not_agreed", _("计划同意以后、建设结束以前填写进展。"), status=409)
    if not row.paper.designation.valid_from <= done_on <= timezone.localdate():
        raise DomainError("date", _("完成日期须在授予之后，不能晚于今天。"), field="done_on")
    if not note.strip():
        raise DomainError("note", _("请写一句完成情况。"), field="note")
    row.done_on, row.note = done_on, note.strip()
    row.save()
    return row
