"""Reading the register of schools."""

from collections.abc import Mapping

from django.db.models import QuerySet

from districts.access import Scope, get_within, within
from districts.models import Affiliation, District, Zone
from districts.selectors.search import matching
from schools.registry.models import School, SchoolGroup

FILTERS = {
    "district": "district__code",
    "kind": "kind",
    "area": "area_type",
    "ownership": "ownership",
    "group": "group__code",
}


def list_schools(*, scope: Scope, filters: Mapping[str, str] | None = None) -> QuerySet[School]:
    """Schools in the scope with district, zone and group.

    `filters`: district, kind, area, ownership, group (codes), q (name or initials), closed (any text: closed ones).
    """
    chosen = filters or {}
    rows = within(School.objects.select_related("district", "zone", "group"), scope)
    rows = rows.filter(valid_to__isnull=not chosen.get("closed"))
    for name, lookup in FILTERS.items():
        if chosen.get(name):
            rows = rows.filter(**{lookup: chosen[name]})
    if text := chosen.get("q", "").strip():
        fitting = rows.filter(matching(text))
        rows = fitting if fitting.exists() else rows.filter(matching(text, forgiving=True))
    return rows.order_by("district__code", "code")


def get_school(*, scope: Scope, code: str) -> School:
    """The school with its district, zone, group; Http404 outside the scope."""
    rows = School.objects.select_related("district", "zone__district", "group", "location_district")
    return get_within(rows, scope, code=code)


def list_affiliations(school: School) -> QuerySet[Affiliation]:
    """Where the school belonged, latest first."""
    return Affiliation.objects.filter(unit_id=school.pk).select_related("district", "zone").order_by("-valid_from")


def list_districts(*, scope: Scope) -> QuerySet[District]:
    """Current districts in the scope, for choosing."""
    return within(District.objects.filter(valid_to=None), scope).order_by("code")


def list_current_districts() -> QuerySet[District]:
    return District.objects.filter(valid_to=None).order_by("code")


def list_zones(district: District | None = None) -> QuerySet[Zone]:
    rows = Zone.objects.filter(valid_to=None).select_related("district").order_by("code")
    return rows.filter(district=district) if district else rows


def list_groups(*, scope: Scope | None = None) -> QuerySet[SchoolGroup]:
    """Groups there are, for choosing; with a scope only those that it sees a school of."""
    rows = SchoolGroup.objects.filter(valid_to=None).order_by("name")
    return rows if scope is None else within(rows, scope)
