"""Who may set targets. Pure predicates over scope and unit."""

from districts.access import Scope
from districts.models import Level, Role, Unit

from .models import Direction, Indicator

SETTERS = (Role.CITY_ADMIN, Role.DISTRICT_ADMIN)
READERS = (*SETTERS, Role.CITY_STAFF, Role.INSPECTOR, Role.DISTRICT_REVIEWER)


def sees_targets(scope: Scope) -> bool:
    return bool(scope.roles & frozenset(READERS))


def may_set_targets(scope: Scope, unit: Unit) -> bool:
    """The city's administrator for the city and every district, a district's for the own one."""
    if unit.level not in (Level.CITY, Level.DISTRICT):
        return False
    at_city = Role.CITY_ADMIN in scope.roles and scope.sees_city
    return at_city or Role.DISTRICT_ADMIN in scope.roles_at(unit.pk)


def can_have_target(indicator: Indicator) -> bool:
    """Where neither more nor less is better there is nothing to aim at."""
    return not indicator.is_element and indicator.direction != Direction.NONE and not indicator.choices
