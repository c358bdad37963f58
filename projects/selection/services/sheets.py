"""Score sheets: declared, filled with autosave, submitted and locked; recused, replaced, unlocked; leaks reported."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection.models import (
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    BlindCopy,
    Conflict,
    ConflictKind,
    Criterion,
    LeakReport,
    Mark,
    Round,
    RoundStatus,
    StageKind,
)
from projects.selection.process import EXPERT, SHEET_PROCESS
from projects.selection.rules.access import roles_on_sheet
from projects.selection.rules.completeness import Gap, count_words, is_extreme
from projects.selection.rules.dates import require_open
from projects.selection.rules.result import plain
from projects.selection.selectors.conflicts import reads_case

from .panel import fill_seat

# What roles, dates and the checks read of a sheet.
SHEET = ("round__unit", "expert__office__user", "application__blind_copy")


@transaction.atomic
def declare_free(*, actor: User, scope: Scope, assignment_id: int) -> Assignment:
    """The expert says that nothing stands in the way; only then is the text opened."""
    sheet = lock_sheet(scope, assignment_id)
    if sheet.declared_at is None:
        sheet.declared_at = timezone.now()
        sheet.save(update_fields=["declared_at"])
    return sheet


@transaction.atomic
def save_mark(
    *, actor: User, scope: Scope, assignment_id: int, criterion: str, points: str, explanation: str | None = None
) -> Mark | None:
    """Store the points of one criterion (autosave); an empty text removes them. None when removed.

    DomainError `points` with the range, `locked`, `undeclared`, `suspended`, `closed`, `forbidden`.
    """
    given = {criterion: (points, explanation)}
    save_sheet(actor=actor, scope=scope, assignment_id=assignment_id, marks=given)
    return Mark.objects.filter(assignment=assignment_id, criterion__code=criterion).first()


@transaction.atomic
def save_sheet(
    *, actor: User, scope: Scope, assignment_id: int, marks: Mapping[str, tuple[str, str | None]],
    comment: str | None = None,
) -> Assignment:  # fmt: skip
    """Store what came of a sheet: criterion → (points, explanation or None to leave it), and the overall comment.

    All of it or nothing; the same number of queries however many criteria. DomainError as `save_mark`, `no_criterion`.
    """
    sheet = lock_sheet(scope, assignment_id, declared=True)
    known = {row.code: row for row in sheet.round.criteria.all()} if marks else {}
    if set(marks) - set(known):
        raise DomainError("no_criterion", _("评分标准里没有这一项。"))
    before = {mark.criterion_id: mark for mark in sheet.marks.all()} if marks else {}
    rows, removed = [], []
    for code, (points, explanation) in marks.items():
        criterion = known[code]
        old = before.get(criterion.pk)
        if not points.strip():
            removed.append(criterion.pk)
            continue
        text = (old.explanation if old else "") if explanation is None else explanation.strip()
        rows.append(
            Mark(assignment=sheet, criterion=criterion, points=_read_points(criterion, points), explanation=text)
        )
    if removed:
        sheet.marks.filter(criterion__in=removed).delete()
    if rows:
        Mark.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["assignment", "criterion"],
            update_fields=["points", "explanation", "saved_at"],
        )  # fmt: skip
    if comment is not None:
        sheet.comment = comment.strip()
        sheet.save(update_fields=["comment"])
    return sheet


def _read_points(criterion: Criterion, text: str) -> Decimal:
    refusal = DomainError(
        "points",
        _("“%(name)s”请填 0 至 %(most)s 之间的数，最多一位小数。")
        % {"name": criterion.title, "most": plain(criterion.maximum)},
        field=criterion.code,
    )
    try:
        value = Decimal(text.strip().translate(FULL_WIDTH))
    except InvalidOperation:
        raise refusal from None
    if not value.is_finite() or not 0 <= value <= criterion.maximum or value != round(value, 1):
        raise refusal
    return value


FULL_WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.")


@transaction.atomic
def save_comment(*, actor: User, scope: Scope, assignment_id: int, comment: str) -> Assignment:
    """Store the overall comment (autosave)."""
    return save_sheet(actor=actor, scope=scope, assignment_id=assignment_id, marks={}, comment=comment)


def list_sheet_gaps(sheet: Assignment) -> list[Gap]:
    """What still blocks the submission: criteria without points, extremes without a reason, a short comment."""
    marks = {mark.criterion_id: mark for mark in sheet.marks.all()}
    gaps = []
    for criterion in sheet.round.criteria.all():
        mark = marks.get(criterion.pk)
        if mark is None:
            gaps.append(Gap(criterion.code, criterion.title, _("还没有打分。")))
        elif is_extreme(criterion, mark.points) and not mark.explanation:
            gaps.append(Gap(criterion.code, criterion.title, _("给了很高或很低的分，请写明理由。")))
    words = count_words(sheet.comment)
    if words < sheet.round.comment_minimum:
        reason = _("现有 %(n)d 字，至少 %(least)d 字。") % {"n": words, "least": sheet.round.comment_minimum}
        gaps.append(Gap("comment", _("评语"), reason))
    return gaps


def submit_sheet(*, actor: User, scope: Scope, assignment_id: int, lock_version: int) -> Outcome[Assignment]:
    """Hand the sheet in; from then on it is locked. DomainError `incomplete` with `gaps`, `closed`, `suspended`."""

    def hand_in(sheet: Assignment, step: Transition) -> dict[str, Any]:
        check_open(sheet, declared=True)
        if gaps := list_sheet_gaps(sheet):
            raise DomainError("incomplete", _("还差 %d 项，补齐即可提交。") % len(gaps), gaps=gaps)
        sheet.submitted_at = timezone.now()
        return {}

    return _step(actor, scope, assignment_id, lock_version, "submit", consequence=hand_in)


@transaction.atomic
def recuse(*, actor: User, scope: Scope, assignment_id: int, lock_version: int, reason: str) -> Outcome[Assignment]:
    """The expert steps back from an item: no more access, a conflict on record, another expert in the seat."""
    outcome = _step(actor, scope, assignment_id, lock_version, "recuse", comment=reason)
    if not outcome.repeated:
        sheet = outcome.obj
        Conflict.objects.create(
            expert_id=sheet.expert_id, application_id=sheet.application_id, kind=ConflictKind.DECLARED,
            note=reason.strip()[:200],
        )  # fmt: skip
        fill_seat(sheet)
    return outcome


@transaction.atomic
def replace_expert(
    *, actor: User, scope: Scope, assignment_id: int, lock_version: int, reason: str
) -> tuple[Outcome[Assignment], Assignment | None]:
    """The chair takes an open item from an expert who is late and seats another; None if nobody is free."""
    outcome = _step(actor, scope, assignment_id, lock_version, "replace", comment=reason)
    if outcome.repeated:
        return outcome, Assignment.objects.filter(replaces=outcome.obj).first()
    return outcome, fill_seat(outcome.obj)


@transaction.atomic
def replace_late(*, actor: User, scope: Scope, round_id: int, expert_id: int, reason: str) -> tuple[int, int]:
    """Take every open item from an expert who is late: (items taken, seats that nobody could fill).

    DomainError `nothing_open`, and as `replace_expert`.
    """
    rows = Assignment.objects.select_for_update(of=("self",)).filter(
        round=round_id, expert=expert_id, status=AssignmentStatus.ASSIGNED,
        application__status=ApplicationStatus.EXPERT_REVIEW,
    )  # fmt: skip
    open_sheets = list(rows.order_by("pk"))
    if not open_sheets:
        raise DomainError("nothing_open", _("这名专家没有未交的材料。"), status=409)
    seated = [
        replace_expert(
            actor=actor, scope=scope, assignment_id=sheet.pk, lock_version=sheet.lock_version, reason=reason
        )[1]
        for sheet in open_sheets
    ]
    return len(seated), seated.count(None)


def unlock_sheet(
    *, actor: User, scope: Scope, assignment_id: int, lock_version: int, reason: str
) -> Outcome[Assignment]:
    """The chair gives a submitted sheet back, with a reason, while the review runs."""

    def check(sheet: Assignment, step: Transition) -> dict[str, Any]:
        # Locked, so that nothing is given back while the review is being closed on it.
        if Round.objects.select_for_update(of=("self",)).get(pk=sheet.round_id).status != RoundStatus.REVIEWING:
            raise DomainError("closed", _("评审已结束，评分表不能再打开。"), status=409)
        sheet.submitted_at = None
        return {}

    return _step(actor, scope, assignment_id, lock_version, "unlock", comment=reason, consequence=check)


@transaction.atomic
def report_leak(*, actor: User, scope: Scope, assignment_id: int, note: str) -> LeakReport:
    """An expert saw who it is: the item is closed for everybody until a keeper has hidden the words."""
    sheet = lock_sheet(scope, assignment_id, declared=True)
    if not note.strip():
        raise DomainError("note", _("请写明在哪一部分看到了什么。"), field="note")
    BlindCopy.objects.filter(application_id=sheet.application_id).update(suspended=True)
    return LeakReport.objects.create(assignment=sheet, note=note.strip()[:300])


def lock_sheet(scope: Scope, assignment_id: int, *, declared: bool = False) -> Assignment:
    """The expert's own open sheet, locked against a submission at the same moment."""
    sheet = Assignment.objects.select_for_update(of=("self",)).select_related(*SHEET).get(pk=assignment_id)
    if EXPERT not in roles_on_sheet(scope, sheet.expert, sheet.round):
        raise DomainError("forbidden", _("这份材料不在您的评审任务里。"), status=403)
    check_open(sheet, declared=declared)
    return sheet


def check_open(sheet: Assignment, *, declared: bool) -> None:
    """DomainError `locked`, `closed`, `withdrawn`, `suspended`, `reads_case` (403), `undeclared`."""
    if sheet.status != AssignmentStatus.ASSIGNED:
        raise DomainError("locked", _("评分表已提交或已收回，不能再改。"), status=409)
    if sheet.round.status != RoundStatus.REVIEWING:
        raise DomainError("closed", _("评审已结束。"), status=409)
    if sheet.application.status != ApplicationStatus.EXPERT_REVIEW:
        raise DomainError("withdrawn", _("申报单位已退出，这份材料不再评审。"), status=409)
    require_open(sheet.round, StageKind.REVIEW)
    if sheet.application.blind_copy.suspended:
        raise DomainError("suspended", _("有专家报告这份材料泄露了身份，正在处理，暂停评审。"), status=409)
    if reads_case(sheet.expert, sheet.application):
        raise DomainError(
            "reads_case",
            _("您现在的任职可以查阅这份申报材料，按规定须回避，不能再评。请联系组织单位更换专家。"),
            status=403,
        )
    if declared and sheet.declared_at is None:
        raise DomainError("undeclared", _("请先确认与本件没有需要回避的关系。"), status=403)


def _step(
    actor: User, scope: Scope, assignment_id: int, lock_version: int, action: str, *, comment: str = "",
    consequence: Any = None,
) -> Outcome[Assignment]:  # fmt: skip
    return perform(
        actor=actor, process=SHEET_PROCESS, model=Assignment, pk=assignment_id, action=action,
        lock_version=lock_version, roles=lambda row: roles_on_sheet(scope, row.expert, row.round), comment=comment,
        consequence=consequence, related=SHEET,
    )  # fmt: skip
