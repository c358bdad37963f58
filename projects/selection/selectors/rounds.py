"""Reading rounds: what a scope may see, and the page of one round."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from districts.access import Scope
from districts.models import District, Level, Role, Unit
from projects.programmes.models import Programme
from projects.selection.models import (
    Application,
    ApplicationStatus,
    DesignationKind,
    DistrictList,
    ListStatus,
    Recommendation,
    Round,
    RoundStatus,
    Stage,
)

RELATED = ("unit", "programme", "designation_kind", "needs_designation", "feeds")


def list_rounds(*, scope: Scope, status: str = "") -> QuerySet[Round]:
    """Rounds in the scope, newest first; each has `cases`, the number of submitted applications of the whole round."""
    rows = visible_rounds(scope).select_related(*RELATED)
    if status in RoundStatus.values:
        rows = rows.filter(status=status)
    handed_in = ~Q(applications__status__in=[ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN])
    return rows.annotate(cases=Count("applications", filter=handed_in)).order_by("-id")


def visible_rounds(scope: Scope) -> QuerySet[Round]:
    """A city round for every office, a district's for that district and the city; drafts for those who run them."""
    rows = Round.objects.all()
    if not scope.sees_city:
        units = scope.unit_ids(Level.DISTRICT) | districts_of_schools(scope)
        own = Q(unit__in=scope.unit_ids(Level.DISTRICT, {Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER}))
        rows = rows.filter(own | (~Q(status=RoundStatus.DRAFT) & (Q(unit__level=Level.CITY) | Q(unit__in=units))))
        rows = rows if scope else rows.none()
    elif not scope.roles & {Role.CITY_ADMIN, Role.CITY_STAFF}:
        rows = rows.exclude(status=RoundStatus.DRAFT)
    return rows


def districts_of_schools(scope: Scope) -> frozenset[int]:
    """Where the scope's schools and organisations stand today; one query, none without them."""
    inside = scope.unit_ids(Level.SCHOOL) | scope.unit_ids(Level.ORGANISATION)
    if not inside:
        return frozenset()
    found = District.objects.filter(Q(schools__in=inside) | Q(schools__party_organisations__in=inside))
    return frozenset(found.values_list("pk", flat=True))


def get_round(*, scope: Scope, pk: int) -> Round:
    """The round with unit, programme and kind; Http404 for whom it does not exist."""
    found = visible_rounds(scope).select_related(*RELATED).prefetch_related("stages").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_round_by_code(*, scope: Scope, code: str) -> Round:
    """The round with its form and rubric, and `cases` as in `list_rounds`; Http404 for whom it does not exist."""
    rows = list_rounds(scope=scope).prefetch_related("stages", "questions", "criteria")
    found = rows.filter(code=code).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on the time line: done, now or ahead."""

    stage: Stage
    state: str

    @property
    def last_moment(self) -> datetime:
        return self.stage.closes_at


def list_steps(round_: Round) -> list[Step]:
    now = timezone.now()
    steps = []
    for stage in round_.stages.all():
        state = "done" if stage.closes_at <= now else "now" if stage.opens_at <= now else "ahead"
        steps.append(Step(stage, state))
    return steps


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One district: what it was given and has, and what it did with it."""

    district: District
    allotted: int
    places: int
    applied: int
    waiting: int
    recommended: int
    reserves: int
    sent: bool


def list_quota(*, scope: Scope, round_: Round) -> list[QuotaRow]:
    """A row for every district with places or applications, in the scope. A constant number of queries."""
    allotted = _counts(round_.places.exclude(allotted_to=None).values_list("allotted_to"))
    places = _counts(round_.places.exclude(district=None).values_list("district"))
    cases = Application.objects.filter(round=round_).exclude(status=ApplicationStatus.DRAFT)
    applied = _counts(cases.exclude(status=ApplicationStatus.WITHDRAWN).values_list("district"))
    waiting = _counts(cases.filter(status=ApplicationStatus.SUBMITTED).values_list("district"))
    listed = Recommendation.objects.filter(round=round_)
    chosen = _counts(listed.filter(is_reserve=False).values_list("district"))
    reserves = _counts(listed.filter(is_reserve=True).values_list("district"))
    sent = set(DistrictList.objects.filter(round=round_, status=ListStatus.SENT).values_list("district", flat=True))
    shown = set(allotted) | set(places) | set(applied)
    if not scope.sees_city:
        shown &= scope.unit_ids(Level.DISTRICT)
    return [
        QuotaRow(
            d, allotted.get(d.pk, 0), places.get(d.pk, 0), applied.get(d.pk, 0), waiting.get(d.pk, 0),
            chosen.get(d.pk, 0), reserves.get(d.pk, 0), d.pk in sent,
        )
        for d in District.objects.filter(pk__in=shown).order_by("code")
    ]  # fmt: skip


def _counts(rows: QuerySet) -> dict[int, int]:
    """`values_list` of one key → how many rows have it."""
    return dict(rows.order_by().annotate(n=Count("pk")))


def count_pool(round_: Round) -> int:
    """Places that belong to no district now."""
    return round_.places.filter(district=None).count()


def count_states(round_: Round) -> dict[str, int]:
    rows = Application.objects.filter(round=round_).order_by().values_list("status")
    return dict(rows.annotate(n=Count("pk")))


def list_moves(round_: Round) -> QuerySet:
    """Places that changed hands, with the reason, latest first."""
    moved = round_.places.exclude(moved_at=None).exclude(district=F("allotted_to"))
    return moved.select_related("allotted_to", "district", "moved_by").order_by("-moved_at", "number")


def list_own_units(scope: Scope) -> QuerySet[Unit]:
    """Units for which the scope may draft rounds: the city, or its districts."""
    if scope.sees_city and scope.roles & {Role.CITY_ADMIN, Role.CITY_STAFF}:
        return Unit.objects.filter(level=Level.CITY)
    units = scope.unit_ids(Level.DISTRICT, {Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER})
    return Unit.objects.filter(pk__in=units)


def kept_rounds(scope: Scope) -> QuerySet[Round]:
    """Rounds that the scope runs, as keeper or chair."""
    return Round.objects.filter(unit__in=list_own_units(scope))


def list_programmes() -> QuerySet[Programme]:
    return Programme.objects.all()


def list_kind_options() -> QuerySet[DesignationKind]:
    return DesignationKind.objects.order_by("title")


def list_quota_districts() -> QuerySet[District]:
    return District.objects.filter(valid_to=None).order_by("code")
