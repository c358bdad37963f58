"""Reading courses and cases."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from districts.access import Scope, get_within, within
from districts.models import Level
from districts.selectors.search import matching
from schools.registry.models import School
from schools.showcase.models import Brand, Exhibit, Reach
from schools.showcase.rules import FILLERS

RELATED = ("school__district", "brand")


def list_exhibits(*, scope: Scope, filters: Mapping[str, str], kind: str = "") -> QuerySet[Exhibit]:
    """Courses or cases in the scope; both without a `kind`.

    `filters`: district, school (codes), q (name, school, publication or pinyin), state (active, ended; all
    otherwise), reach (a Reach), published (yes, no).
    """
    rows = within(Exhibit.objects.select_related(*RELATED), scope)
    if kind:
        rows = rows.filter(kind=kind)
    for name, lookup in (("district", "school__district__code"), ("school", "school__code")):
        if filters.get(name):
            rows = rows.filter(**{lookup: filters[name]})
    if filters.get("reach") in Reach.values:
        rows = rows.filter(reach=filters["reach"], published_on__isnull=False)
    if filters.get("published") in ("yes", "no"):
        rows = rows.filter(published_on__isnull=filters["published"] == "no")
    if text := filters.get("q", "").replace("\x00", "").strip():
        key = text.lower().replace(" ", "")
        rows = rows.filter(
            Q(name__icontains=text) | Q(publication__icontains=text) | Q(pinyin__contains=key)
            | Q(initials__startswith=key) | matching(text, "school")
        )  # fmt: skip
    if filters.get("state") in ("active", "ended"):
        rows = rows.filter(ended_on__isnull=filters["state"] == "active")
    return rows.order_by("school__district__code", "school__code", "-started_on", "pk")


def get_exhibit(*, scope: Scope, pk: int) -> Exhibit:
    """One course or case with its school; Http404 outside the scope."""
    return get_within(Exhibit.objects.select_related(*RELATED), scope, pk=pk)


def list_of_brand(*, scope: Scope, brand: Brand) -> QuerySet[Exhibit]:
    rows = within(Exhibit.objects.filter(brand=brand).select_related("school"), scope)
    return rows.order_by("-ended_on", "kind", "-started_on", "pk")


def list_filling_schools(*, scope: Scope) -> QuerySet[School]:
    """Schools for which this person registers courses and cases."""
    rows = School.objects.filter(pk__in=scope.unit_ids(Level.SCHOOL, FILLERS), valid_to=None)
    return rows.select_related("district").order_by("code")


def list_usable_exhibits(*, school_id: int, kind: str) -> QuerySet[Exhibit]:
    """Courses or cases of the school that are in use: what it may enter in a round."""
    return Exhibit.objects.filter(school=school_id, kind=kind, ended_on=None).order_by("started_on", "pk")
