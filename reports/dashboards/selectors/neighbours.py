"""What stands in the head of a unit's page: facts about it, and the units before and after it."""

from typing import Any

from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import District, Level, Region, Unit, Zone
from reports.dashboards.state import State
from schools.registry.models import School

from .schools import placements_of


def get_facts(*, unit: Unit, state: State) -> list[str]:
    """Short facts: 渝东北, 4 个片区，88 所学校."""
    if unit.level == Level.CITY:
        count = District.objects.filter(valid_to=None, is_direct=False).count()
        return [_("%d 个区县和市直属学校") % count]
    if unit.level == Level.SCHOOL:
        school = School.objects.get(pk=unit.pk)
        return [
            str(school.get_kind_display()),
            str(school.get_area_type_display()),
            str(school.get_ownership_display()),
        ]
    schools = _("%d 所学校") % placements_of(unit=unit, state=state).count()
    if unit.level != Level.DISTRICT:
        return [schools]
    region = District.objects.values_list("region", flat=True).get(pk=unit.pk)
    zones = Zone.objects.filter(district=unit.pk, valid_to=None).count()
    return [str(Region(region).label), _("%d 个片区") % zones + "，" + schools if zones else schools]


def get_neighbours(*, scope: Scope, unit: Unit) -> dict[str, Any]:
    """before, after: the districts beside this one in the order of codes, for those who see them all."""
    if unit.level != Level.DISTRICT or not scope.sees_city:
        return {}
    districts = list(District.objects.filter(valid_to=None).order_by("code"))
    at = next((n for n, d in enumerate(districts) if d.pk == unit.pk), None)
    if at is None:
        return {}
    return {
        "before": districts[at - 1] if at else None,
        "after": districts[at + 1] if at + 1 < len(districts) else None,
    }
