"""Whose changes somebody may look into: the units and persons inside the offices that carry this right."""

from datetime import date

from django.db.models import Q

from districts.access import Grant, Scope, within
from districts.models import Office, Role, Unit
from districts.selectors.search import search_units, visible_units
from portal.accounts.models import User
from portal.audit.selectors import Filters

READERS = frozenset({Role.CITY_ADMIN, Role.DISTRICT_ADMIN, Role.INSPECTOR})


def as_reader(scope: Scope) -> Scope:
    """Only what the scope holds in an office that may read the changes."""
    return Scope(scope.user_id, tuple(grant for grant in scope.grants if grant.role in READERS))


def visible_changes(*, scope: Scope) -> Q | None:
    """The condition on changes for this reader; None for the whole city.

    A change belongs to its unit. Changes of an account have no unit: whoever sees an office of the person sees them.
    """
    reader = as_reader(scope)
    if reader.sees_city:
        return None
    units = visible_units(reader).values("pk")
    people = within(Office.objects.all(), reader).values("user_id")
    return Q(unit_id__in=units) | Q(unit_id__isnull=True, person_id__in=people)


def read_filters(
    *, scope: Scope, unit: str = "", person: str = "", subject: str = "", kind: str = "",
    since: date | None = None, until: date | None = None,
) -> Filters:  # fmt: skip
    """Typed filters become keys. A unit by name, code or pinyin stands for all below it; a person by name or login."""
    reader = as_reader(scope)
    return Filters(
        subject=subject,
        kind=kind,
        unit_ids=_unit_ids(reader, unit.strip()) if unit.strip() else None,
        people=_people(person.strip()) if person.strip() else None,
        since=since,
        until=until,
    )


def _unit_ids(reader: Scope, text: str) -> list[int]:
    """What the text finds and everything under it, as an inspector of these units would see it."""
    found = search_units(scope=reader, text=text, limit=50)
    below = Scope(None, tuple(Grant(0, Role.INSPECTOR, unit.level, unit.pk) for unit in found))
    return list(visible_units(below).values_list("pk", flat=True))


def _people(text: str) -> list[int]:
    named = User.objects.filter(Q(display_name__icontains=text) | Q(username__icontains=text))
    return list(named.values_list("pk", flat=True)[:200])


def unit_names(ids: set[int]) -> dict[int, str]:
    return dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))
