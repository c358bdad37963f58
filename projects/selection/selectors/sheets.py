"""What an expert may see: own assignments by blind code, and the redacted copy. No name is read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.http import Http404
from django.utils.translation import gettext as _

from districts.access import Scope
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    Attachment,
    Conflict,
    Criterion,
    Mark,
    RoundStatus,
    StageKind,
)
from projects.selection.rules.completeness import is_extreme
from projects.selection.rules.dates import find_stage, is_open
from projects.selection.rules.result import plain

from .conflicts import reads_case

# Everything of an application that an expert's page needs; the rest is not even fetched.
ONLY = ("pk", "blind_code", "status", "round")


def list_own_sheets(*, scope: Scope) -> list[Assignment]:
    """Assignments of the own offices in rounds under review: open, done and recused, by round and code.

    Each has `points` (Decimal or None), the sum of what was given so far.
    """
    rows = (
        _own(scope)
        .filter(round__status=RoundStatus.REVIEWING)
        .exclude(status=AssignmentStatus.REPLACED)
        .annotate(points=Sum("marks__points"), filled=Count("marks"))
        .order_by("round_id", "application__blind_code")
    )
    return list(rows)


def count_open_sheets(*, scope: Scope) -> int:
    """How many sheets wait for the expert, for the navigation."""
    rows = _own(scope).filter(round__status=RoundStatus.REVIEWING, status=AssignmentStatus.ASSIGNED)
    return rows.filter(application__status=ApplicationStatus.EXPERT_REVIEW).count()


def _own(scope: Scope) -> QuerySet[Assignment]:
    offices = [grant.office_id for grant in scope.grants]
    blind = Prefetch("application", Application.objects.only(*ONLY).prefetch_related("blind_copy"))
    return (
        Assignment.objects.filter(expert__office__in=offices)
        .select_related("round", "expert")
        .prefetch_related(blind, "round__stages")
    )


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One criterion with its anchors (word, from, to, chosen) and what was given."""

    criterion: Criterion
    mark: Mark | None
    anchors: Sequence[tuple[str, str, str, bool]]
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class BlindFileRow:
    """A file by its place in the item: its key would tell when, and so by whom, it was uploaded."""

    number: int
    label: str
    size: int


@dataclass(frozen=True, slots=True)
class ScorePage:
    sheet: Assignment
    code: str
    content: Sequence[dict[str, Any]] | None
    files: Sequence[BlindFileRow]
    items: Sequence[ScoreItem]
    given: Decimal
    possible: Decimal
    missing: int
    may_score: bool
    suspended: bool


def get_sheet(*, scope: Scope, pk: int) -> Assignment:
    """An own assignment; Http404 for anybody else's, PermissionDenied when a conflict or another office bars it."""
    sheet = _own(scope).select_related("round", "expert__office__user").filter(pk=pk).first()
    if sheet is None:
        raise Http404
    barred = Conflict.objects.filter(expert=sheet.expert_id, application=sheet.application_id).exists()
    if barred or sheet.status in (AssignmentStatus.RECUSED, AssignmentStatus.REPLACED):
        raise PermissionDenied
    if reads_case(sheet.expert, sheet.application):
        raise PermissionDenied(_("您现在的任职可以查阅这份申报材料，按规定须回避。请联系组织单位更换专家。"))
    return sheet


def get_score_page(*, sheet: Assignment) -> ScorePage:
    """The item as the expert reads and scores it; `content` is None before the declaration and while suspended."""
    application = sheet.application
    under_review = sheet.round.status == RoundStatus.REVIEWING and is_open(find_stage(sheet.round, StageKind.REVIEW))
    suspended = application.blind_copy.suspended
    standing = application.status == ApplicationStatus.EXPERT_REVIEW
    readable = sheet.declared_at is not None and not suspended and standing and under_review
    marks = {mark.criterion_id: mark for mark in sheet.marks.all()}
    items = [_item(criterion, marks.get(criterion.pk)) for criterion in sheet.round.criteria.all()]
    done = [item for item in items if item.mark is not None]
    return ScorePage(
        sheet, application.blind_code, application.blind_copy.content if readable else None,
        list_blind_files(sheet) if readable else [], items,
        sum((item.mark.points for item in done if item.mark), Decimal(0)),
        sum((item.criterion.maximum for item in done), Decimal(0)), len(items) - len(done),
        readable and sheet.status == AssignmentStatus.ASSIGNED, suspended,
    )  # fmt: skip


def _item(criterion: Criterion, mark: Mark | None) -> ScoreItem:
    bounds = [Decimal(str(start)) for start, _word in criterion.anchors] + [criterion.maximum + 1]
    anchors = []
    for (_start, word), low, following in zip(criterion.anchors, bounds, bounds[1:], strict=False):
        chosen = mark is not None and low <= mark.points < following
        anchors.append((word, plain(low), plain(following - 1), chosen))
    return ScoreItem(criterion, mark, anchors, mark is not None and is_extreme(criterion, mark.points))


def list_blind_files(sheet: Assignment) -> list[BlindFileRow]:
    """Files that passed the check or were cleared, under neutral names; numbers stay when more are cleared."""
    return [BlindFileRow(number, _label(number, a), _shown(a).size) for number, a in _files(sheet)]


def _label(number: int, attachment: Attachment) -> str:
    return f"附件{number}.{attachment.name.rpartition('.')[2]}"


def _files(sheet: Assignment) -> list[tuple[int, Attachment]]:
    """Number in the item → file, of those that may be shown."""
    latest = sheet.application.versions.filter(frozen_at__isnull=False).order_by("-number").values("pk")[:1]
    rows = Attachment.objects.filter(version__in=latest).select_related("blind").order_by("question", "pk")
    return [(number, row) for number, row in enumerate(rows, 1) if hasattr(row, "blind") and row.blind.may_be_shown]


def _shown(attachment: Attachment) -> Any:
    return attachment.blind.clean_copy or attachment.file


def get_blind_file(*, sheet: Assignment, number: int) -> tuple[str, Any, str]:
    """(name, file, media type) of a file that the expert may open: the cleaned copy if there is one. Http404 else."""
    if get_score_page(sheet=sheet).content is None:
        raise Http404
    attachment = dict(_files(sheet)).get(number)
    if attachment is None:
        raise Http404
    name = f"材料{sheet.application.blind_code}-{_label(number, attachment)}"
    return name, _shown(attachment), attachment.media_type


def next_sheet(*, scope: Scope, after: Assignment) -> Assignment | None:
    """The open sheet of the expert whose item has the fewest submitted sheets, so that work spreads evenly."""
    done = Count(
        "application__assignments",
        filter=Q(application__assignments__status=AssignmentStatus.SUBMITTED),
        distinct=True,
    )
    rows = _own(scope).filter(round=after.round, status=AssignmentStatus.ASSIGNED).exclude(pk=after.pk)
    rows = rows.filter(application__status=ApplicationStatus.EXPERT_REVIEW)
    return rows.annotate(done=done).order_by("done", "application__blind_code").first()
