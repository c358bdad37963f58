"""The chair's pages: how far the panel is, the ranking with its pedigree, the whole computation for recomputing."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from projects.selection.models import (
    OPEN_OR_DONE,
    Application,
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    Attachment,
    BlindFile,
    Conflict,
    Decision,
    Expert,
    FileCheck,
    LeakReport,
    Mark,
    Outcome,
    Round,
)
from projects.selection.rules.result import Ranked, Sensitivity, Strictness, sensitivity

from .conflicts import city_readers
from .results import compute_ranking, compute_strictness


@dataclass(frozen=True, slots=True)
class ExpertLoad:
    """How far one expert is. `begun` of the open sheets have a mark."""

    expert: Expert
    assigned: int
    submitted: int
    begun: int

    @property
    def open(self) -> int:
        return self.assigned - self.submitted


@dataclass(frozen=True, slots=True)
class PanelPage:
    """Under review: experts with their load, items with too few seats, leaks and files that wait for a person."""

    experts: Sequence[ExpertLoad]
    # Keys of experts who came to an office that reads every case: they are barred, and must be replaced.
    readers: Collection[int]
    submitted: int
    total: int
    short: Sequence[Application]
    leaks: Sequence[LeakReport]
    files: Sequence[Attachment]
    conflicts: int

    @property
    def left(self) -> int:
        """Sheets that nobody has handed in yet."""
        return self.total - self.submitted


def list_loads(round_: Round) -> list[ExpertLoad]:
    """Experts who hold an item that is still in the review, those with most open sheets first. Two queries."""
    done = Q(status=AssignmentStatus.SUBMITTED)
    begun = Q(status=AssignmentStatus.ASSIGNED) & Exists(Mark.objects.filter(assignment=OuterRef("pk")))
    counts = (
        _live(round_)
        .values("expert")
        .annotate(assigned=Count("pk"), submitted=Count("pk", filter=done), begun=Count("pk", filter=begun))
        .order_by()
    )
    experts = Expert.objects.select_related("office__user").in_bulk([row["expert"] for row in counts])
    loads = [ExpertLoad(experts[r["expert"]], r["assigned"], r["submitted"], r["begun"]) for r in counts]
    return sorted(loads, key=lambda load: (-load.open, load.expert.pk))


def _live(round_: Round) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        round=round_, status__in=OPEN_OR_DONE, application__status=ApplicationStatus.EXPERT_REVIEW
    )


@dataclass(frozen=True, slots=True)
class ExpertPage:
    """One expert's sheets of the round by blind code; each has `filled`, the number of marks."""

    load: ExpertLoad
    sheets: Sequence[Assignment]
    criteria: int


def get_expert_page(*, round_: Round, expert_id: int) -> ExpertPage:
    """For the chair: what an expert has done, without a point. Http404 for somebody who holds nothing in the round."""
    load = next((load for load in list_loads(round_) if load.expert.pk == expert_id), None)
    if load is None:
        raise Http404
    rows = _live(round_).filter(expert=expert_id).annotate(filled=Count("marks"))
    sheets = rows.select_related("application", "replaces__expert__office__user").order_by("application__blind_code")
    return ExpertPage(load, list(sheets), round_.criteria.count())


def get_panel(*, round_: Round) -> PanelPage:
    loads = list_loads(round_)
    seats = Count("assignments", filter=Q(assignments__status__in=OPEN_OR_DONE))
    items = Application.objects.filter(round=round_, status=ApplicationStatus.EXPERT_REVIEW).annotate(seats=seats)
    leaks = LeakReport.objects.filter(assignment__round=round_, settled_at=None)
    waiting = BlindFile.objects.filter(
        attachment__version__application__round=round_, state__in=[FileCheck.LEAKING, FileCheck.UNREADABLE]
    )
    users = {load.expert.office.user_id: load.expert.pk for load in loads}
    return PanelPage(
        loads, {users[user] for user in city_readers(users)},
        sum(load.submitted for load in loads), sum(load.assigned for load in loads),
        list(items.filter(seats__lt=round_.panel_size).order_by("blind_code")),
        list(leaks.select_related("assignment__application__school")),
        list(
            Attachment.objects.filter(blind__in=waiting)
            .select_related("blind", "version__application")
            .order_by("version__application__blind_code", "pk")
        ),
        Conflict.objects.filter(application__round=round_).values("expert", "application").distinct().count(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    application: Application
    decision: Decision
    ranked: Ranked | None
    enters: tuple[str, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomePage:
    """`selected`: how many are on the list, or hold the title; those struck from it are not counted."""

    rows: Sequence[OutcomeRow]
    strictness: Sequence[tuple[str, Strictness]]
    sensitivity: Sequence[Sensitivity]
    selected: int
    cut: Decimal | None


def was_scored(round_: Round) -> bool:
    """Whether a decision on scores is kept: batches of before the portal were only recorded here."""
    return Decision.objects.filter(application__round=round_).exists()


def list_announced(*, round_: Round) -> list[Application]:
    """The cases of the round that hold its title, district by district, each with `designation`. One query."""
    rows = Application.objects.filter(round=round_, status=ApplicationStatus.ANNOUNCED).select_related(
        "school__district", "organisation", "office__unit", "district", "recommendation", "designation"
    )
    return list(rows.order_by("district__code", "school__code", "pk"))


def get_outcome(*, round_: Round) -> OutcomePage:
    """Decisions in their rank, what another mean would change, and how strict each expert was.

    Whoever left the round, before the review closed or after it, is before nobody: the cut counts those who stand.
    """
    ranking = dict(compute_ranking(round_))
    decided = Decision.objects.filter(application__round=round_)
    standing = set(
        decided.exclude(application__status=ApplicationStatus.WITHDRAWN).values_list("application", flat=True)
    )
    ordered = sorted((row for pk, row in ranking.items() if pk in standing), key=lambda row: row.rank)
    other = sensitivity(ordered, cut=round_.target)
    decisions = decided.select_related(
        "application__school__district", "application__organisation", "application__office__unit",
        "application__district", "changed_by",
    )  # fmt: skip
    rows = [
        OutcomeRow(
            d.application, d, ranking.get(d.application_id),
            tuple(s.rule for s in other if d.application.blind_code in s.enter),
            tuple(s.rule for s in other if d.application.blind_code in s.leave),
        )
        for d in decisions
    ]  # fmt: skip
    strict = compute_strictness(round_)
    experts = Expert.objects.filter(pk__in=[row.expert for row in strict]).select_related("office__user")
    names = {str(expert.pk): str(expert) for expert in experts}
    cut = ordered[round_.target - 1].score if 0 < round_.target <= len(ordered) else None
    return OutcomePage(
        rows, [(names.get(s.expert, s.expert), s) for s in strict], other,
        sum(row.decision.outcome == Outcome.SELECT and not _is_struck(row.application) for row in rows), cut,
    )  # fmt: skip


def _is_struck(application: Application) -> bool:
    return application.status in (ApplicationStatus.STRUCK, ApplicationStatus.WITHDRAWN)


COMPUTATION_HEAD = ("材料", "专家", "指标", "得分", "满分", "权重", "理由")


def computation_rows(round_: Round) -> Iterator[list[Any]]:
    """Every point of every sheet that the closed review counted, with maximum and weight: enough to rank anew.

    What was given for a case that left before that is in no ranking, and not here either.
    """
    sheets = (
        Assignment.objects.filter(round=round_, status=AssignmentStatus.SUBMITTED, application__decision__isnull=False)
        .select_related("application")
        .prefetch_related(Prefetch("marks"), "marks__criterion")
        .order_by("application__blind_code", "expert_id")
    )
    for sheet in sheets:
        for mark in sorted(sheet.marks.all(), key=lambda m: m.criterion.order):
            criterion = mark.criterion
            weight = criterion.weight if criterion.weight is not None else criterion.maximum
            yield [
                sheet.application.blind_code, f"专家{sheet.expert_id}", criterion.code, float(mark.points),
                float(criterion.maximum), float(weight), mark.explanation,
            ]  # fmt: skip


def computation_notes(round_: Round) -> list[str]:
    """The rules in words, for the head of the exported table."""
    titles = dict(round_.criteria.values_list("code", "title"))
    ties = "、".join(
        [
            *(f"{titles.get(code, code)}（{code}）" for code in round_.tie_rule),
            "中位数",
            "抽签（SHA-256 种子|材料号，小者在前）",
        ]
    )
    return [
        f"批次：{round_.title}（{round_.code}）　抽取种子：{round_.seed}",
        "单份总分＝Σ 得分÷满分×权重，四舍五入到四位小数。",
        f"满 {round_.trim_from} 份时去掉最高、最低各 {round_.trim} 份后取平均。",
        f"同分依次比较：{ties}。",
    ]
