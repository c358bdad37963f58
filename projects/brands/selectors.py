"""How a brand, a course or a case fared in its rounds, for those who may know."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, QuerySet

from districts.access import Scope
from projects.selection.models import (
    Application,
    ApplicationStatus,
    AssignmentStatus,
    Criterion,
    Decision,
    Designation,
    HolderKind,
    Mark,
    RoundStatus,
)
from projects.selection.rules.access import roles_on_round
from projects.selection.selectors.cases import list_applications
from projects.selection.selectors.designations import list_designations
from schools.showcase.models import Brand, Exhibit


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion: the mean of what the experts gave, of how much."""

    title: str
    mean: Decimal
    maximum: Decimal


@dataclass(frozen=True, slots=True)
class Fare:
    """One round: the case, and once it may be told the score, the rank among how many, and the criteria."""

    case: Application
    score: Decimal | None
    rank: int | None
    among: int
    parts: Sequence[Part]


def list_fares(*, scope: Scope, kind: str, subject_id: int) -> list[Fare]:
    """The cases of a thing in the scope, newest round first. Four queries, however many rounds.

    Whoever runs the round knows a score as soon as it is decided; the holder's side, its district and the city know it
    once the round is announced. Nobody sees who gave which point.
    """
    rows = list_applications(scope=scope, filters={}).filter(holder_kind=kind, subject_id=subject_id)
    cases = list(rows.exclude(status=ApplicationStatus.WITHDRAWN))
    told = [case for case in cases if may_know_score(scope, case)]
    decisions = {row.application_id: row for row in Decision.objects.filter(application__in=told)}
    among = _count_decided({case.round_id for case in told})
    parts = _list_parts(told)
    return [
        Fare(
            case, decision.score if decision else None, decision.rank if decision else None,
            among.get(case.round_id, 0), parts.get(case.pk, []) if decision else [],
        )
        for case in cases
        for decision in [decisions.get(case.pk)]
    ]  # fmt: skip


def may_know_score(scope: Scope, case: Application) -> bool:
    """`case` is one that the scope sees; `round__unit` must be selected."""
    return case.round.status == RoundStatus.ANNOUNCED or bool(roles_on_round(scope, case.round))


def _count_decided(rounds: Iterable[int]) -> dict[int, int]:
    rows = Decision.objects.filter(application__round__in=rounds).order_by()
    return dict(rows.values_list("application__round").annotate(n=Count("pk")))


def _list_parts(cases: Sequence[Application]) -> dict[int, list[Part]]:
    """Case → its criteria in the order of the rubric, from submitted sheets."""
    criteria = Criterion.objects.filter(round__in={case.round_id for case in cases})
    known = {row.pk: row for row in criteria.order_by("round_id", "order", "pk")}
    order = {pk: n for n, pk in enumerate(known)}
    means = (
        Mark.objects.filter(assignment__application__in=cases, assignment__status=AssignmentStatus.SUBMITTED)
        .order_by()
        .values_list("assignment__application", "criterion")
        .annotate(mean=Avg("points"))
    )
    found: dict[int, list[Part]] = defaultdict(list)
    for case, criterion, mean in sorted(means, key=lambda row: order[row[1]]):
        found[case].append(Part(known[criterion].title, mean, known[criterion].maximum))
    return found


def list_titles(*, scope: Scope, kind: str, subject_id: int) -> QuerySet[Designation]:
    """Titles of the thing in the scope, newest first; ended ones too."""
    return list_designations(scope=scope, filters={}).filter(holder_kind=kind, subject_id=subject_id)


def kind_of(shown: Brand | Exhibit) -> HolderKind:
    return HolderKind.BRAND if isinstance(shown, Brand) else HolderKind(shown.kind)


def is_entered(shown: Brand | Exhibit) -> bool:
    """A case or a title of whatever state names it."""
    named = {"holder_kind": kind_of(shown), "subject_id": shown.pk}
    return Application.objects.filter(**named).exists() or Designation.objects.filter(**named).exists()
