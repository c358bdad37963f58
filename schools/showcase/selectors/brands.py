"""Reading brands. `active_on` is what the indicators count; a test holds the two against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from districts.access import Scope, get_within, within
from districts.models import District, Level, Role
from districts.selectors.search import matching
from schools.party.models import PartyOrganisation
from schools.registry.models import School
from schools.showcase.models import Brand, OwnerKind
from schools.showcase.rules import FILLERS

RELATED = ("school__district", "organisation", "group", "parent")


def active_on(day: date) -> Q:
    """In use on a day: begun, not ended, and its branch, where it has one, not dissolved."""
    return (
        Q(started_on__lte=day)
        & (Q(ended_on__isnull=True) | Q(ended_on__gt=day))
        & (Q(organisation__isnull=True) | Q(organisation__valid_to__isnull=True) | Q(organisation__valid_to__gt=day))
    )


def open_on(day: date) -> Q:
    """Schools that are there on a day."""
    return Q(valid_to__isnull=True) | Q(valid_to__gt=day)


def list_active(*, on: date) -> QuerySet[Brand]:
    """Brands that count on a day: in use, and at least one school that has them is there."""
    users = School.objects.filter(Q(pk=OuterRef("school")) | Q(group=OuterRef("group")), open_on(on))
    return Brand.objects.filter(active_on(on), Exists(users))


def list_brands(*, scope: Scope, filters: Mapping[str, str]) -> QuerySet[Brand]:
    """Brands in the scope with `shown`, the number of courses and cases in use.

    `filters`: district, school (codes; brands of a group belong to all its schools), group (code), owner (a kind),
    q (name, school, branch or pinyin), state (active, ended; all otherwise).
    """
    rows = within(Brand.objects.select_related(*RELATED), scope)
    for name, belongs in (("district", of_districts), ("school", of_schools)):
        if value := filters.get(name):
            rows = rows.filter(belongs([value]))
    if filters.get("group"):
        rows = rows.filter(group__code=filters["group"])
    if filters.get("owner") in OwnerKind.values:
        rows = rows.filter(owner_kind=filters["owner"])
    if text := filters.get("q", "").replace("\x00", "").strip():
        rows = rows.filter(_finds(text) | Q(organisation__name__icontains=text) | Q(group__name__icontains=text))
    if filters.get("state") in ("active", "ended"):
        active = Q(pk__in=list_active(on=timezone.localdate()).values("pk"))
        rows = rows.filter(active) if filters["state"] == "active" else rows.exclude(active)
    return _with_shown(rows).order_by("school__district__code", "school__code", "-started_on", "pk")


def _with_shown(rows: "QuerySet[Brand]") -> "QuerySet[Brand]":
    return rows.annotate(shown=Count("exhibits", filter=Q(exhibits__ended_on=None)))


def of_schools(codes: Sequence[str]) -> Q:
    """Brands of these schools, and of the groups that they are in."""
    return _belongs(School.objects.filter(code__in=codes))


def of_districts(codes: Sequence[str]) -> Q:
    """Brands of the schools of these districts, and of the groups that these are in."""
    return _belongs(School.objects.filter(district__code__in=codes))


def _belongs(schools: "QuerySet[School]") -> Q:
    groups = schools.filter(group__isnull=False).values("group")
    return Q(school__in=schools.values("pk")) | Q(group__in=groups)


def _finds(text: str) -> Q:
    """By name, by the school's name or code, and by pinyin or its initials of either."""
    key = text.lower().replace(" ", "")
    by_pinyin = Q(pinyin__contains=key) | Q(initials__startswith=key)
    return Q(name__icontains=text) | by_pinyin | matching(text, "school")


def get_brand(*, scope: Scope, pk: int) -> Brand:
    """One brand with its owner, and `shown` as in the list; Http404 outside the scope."""
    return get_within(_with_shown(Brand.objects.select_related(*RELATED, "school__group")), scope, pk=pk)


def list_parts(*, scope: Scope, brand: Brand) -> QuerySet[Brand]:
    """Brands that name this one as their parent, those in use first."""
    rows = within(Brand.objects.filter(parent=brand), scope).select_related("organisation", "school", "group")
    return rows.order_by("-ended_on", "started_on", "pk")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Schools with at least one brand in use, of all that there are."""

    having: int
    schools: int


def count_coverage(*, scope: Scope, district: str = "") -> Coverage:
    """Today, over the schools of the scope (of one district, if a code is given). The same as X14."""
    today = timezone.localdate()
    schools = within(School.objects.filter(open_on(today)), scope)
    if district:
        schools = schools.filter(district__code=district)
    own = Brand.objects.filter(Q(school=OuterRef("pk")) | Q(group=OuterRef("group")), active_on(today))
    found = schools.aggregate(schools=Count("pk"), having=Count("pk", filter=Exists(own)))
    return Coverage(found["having"], found["schools"])


def list_choosable_districts(*, scope: Scope) -> QuerySet[District]:
    return within(District.objects.filter(valid_to=None), scope).order_by("code")


def list_own_schools(*, scope: Scope) -> QuerySet[School]:
    """Schools for which this person registers brands: the own ones, and those of branches that the person leads."""
    own = Q(pk__in=scope.unit_ids(Level.SCHOOL, FILLERS))
    led = Q(party_organisations__in=scope.unit_ids(Level.ORGANISATION, {Role.BRANCH_SECRETARY}))
    rows = School.objects.filter(own | led, valid_to=None).distinct()
    return rows.select_related("district", "group").order_by("code")


def list_own_branches(*, scope: Scope, school: School) -> QuerySet[PartyOrganisation]:
    """Organisations of the school, in force, for whose brands this person may write."""
    rows = PartyOrganisation.objects.filter(school=school, valid_to=None)
    if not scope.roles_at(school.pk) & FILLERS:
        rows = rows.filter(pk__in=scope.unit_ids(Level.ORGANISATION, {Role.BRANCH_SECRETARY}))
    return rows.order_by("code")


def list_parents(school: School, *, besides: int = 0) -> QuerySet[Brand]:
    """Brands of the school under which another one may stand."""
    rows = Brand.objects.filter(school=school, organisation=None, parent=None, ended_on=None)
    return rows.exclude(pk=besides).order_by("started_on", "pk")


def list_usable(*, school_id: int, also: int | None = None) -> QuerySet[Brand]:
    """Brands that the school registered and that are in use: what it enters in rounds and hangs courses on.

    `also`: one that is chosen already, whatever became of it.
    """
    rows = Brand.objects.filter(active_on(timezone.localdate()) | Q(pk=also or 0), school=school_id)
    return rows.order_by("started_on", "pk")
