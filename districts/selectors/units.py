"""The units of the city, for whoever may see them."""

from collections.abc import Iterable

from django.db.models import QuerySet

from districts.access import Scope
from districts.models import Affiliation, City, District, Level, Unit


def get_city() -> City:
    """The one city of the installation."""
    return City.objects.get()


def list_own_units(*, scope: Scope, level: str, roles: Iterable[str] | None = None) -> QuerySet[Unit]:
    """Units of a level in which the scope holds an office itself (with one of `roles`, if given)."""
    return Unit.objects.filter(pk__in=scope.unit_ids(level, roles)).order_by("code")


def get_district_of(school_id: int) -> District:
    """The district that a school belongs to today."""
    return District.objects.get(memberships__unit_id=school_id, memberships__valid_to=None)


def list_above(unit: Unit) -> list[Unit]:
    """Units between the city and this one, from above: the district and zone of a school, the district of a zone."""
    if unit.level == Level.ZONE:
        return [Unit.objects.get(as_district__zones=unit.pk)]
    if unit.level != Level.SCHOOL:
        return []
    place = Affiliation.objects.select_related("district", "zone").filter(unit=unit.pk, valid_to=None).first()
    return [step for step in (place.district, place.zone) if step] if place else []


def list_district_units() -> QuerySet[Unit]:
    """Every district there is or ever was; their codes are no secret."""
    return Unit.objects.filter(level=Level.DISTRICT)
