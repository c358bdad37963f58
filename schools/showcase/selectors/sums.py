"""Brands and coverage by district: the same definitions as the list and X13, X14, said in sums."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from districts.access import Scope, within
from districts.models import District
from schools.registry.models import School
from schools.showcase.models import Brand, OwnerKind

from .brands import active_on, list_own_schools, open_on


@dataclass(frozen=True, slots=True)
class DistrictSum:
    """A district of the scope: brands in use by owner, and how many of its schools have one."""

    district: District
    of_schools: int
    of_branches: int
    of_groups: int
    having: int
    schools: int

    @property
    def brands(self) -> int:
        return self.of_schools + self.of_branches + self.of_groups

    @property
    def coverage(self) -> float | None:
        """In per cent; None for a district without schools."""
        return 100 * self.having / self.schools if self.schools else None


def list_sums(*, scope: Scope) -> list[DistrictSum]:
    """Today, by district of the school (a group's brand in every district of its schools). Four queries."""
    today = timezone.localdate()
    schools = within(School.objects.filter(open_on(today)), scope)
    own = Brand.objects.filter(Q(school=OuterRef("pk")) | Q(group=OuterRef("group")), active_on(today))
    rows = schools.order_by().values("district").annotate(n=Count("pk"), having=Count("pk", filter=Exists(own)))
    covered = {row["district"]: (row["having"], row["n"]) for row in rows}
    ids = schools.values("pk")
    counted = (
        Brand.objects.filter(active_on(today), group=None, school__in=ids)
        .order_by()
        .values_list("school__district", "owner_kind")
        .annotate(n=Count("pk"))
    )
    found: Counter[tuple[int, str]] = Counter({(place, kind): n for place, kind, n in counted})
    shared = Brand.objects.filter(active_on(today), group__isnull=False)
    members = shared.filter(group__schools__in=ids).values_list("pk", "group__schools__district")
    pairs = members.union(shared.filter(school__in=ids).values_list("pk", "school__district"))
    found.update((place, OwnerKind.GROUP) for _brand, place in set(pairs) if place in covered)
    districts = within(District.objects.filter(pk__in=covered), scope).order_by("code")
    return [
        DistrictSum(
            district, found[district.pk, OwnerKind.SCHOOL], found[district.pk, OwnerKind.BRANCH],
            found[district.pk, OwnerKind.GROUP], *covered[district.pk],
        )
        for district in districts
    ]  # fmt: skip


def list_orphans(*, scope: Scope) -> Sequence[Brand]:
    """Brands of the schools for which this person writes whose branch is no more: they count nowhere."""
    rows = Brand.objects.filter(
        school__in=list_own_schools(scope=scope), ended_on=None, organisation__valid_to__lte=timezone.localdate()
    )
    return list(within(rows.select_related("organisation"), scope).order_by("school__code", "pk"))
