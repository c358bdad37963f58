from collections.abc import Sequence

from districts.access import Scope
from districts.models import Role
from portal.audit.models import Change
from schools.registry.models import School

KEEPERS = frozenset({Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK, Role.DISTRICT_ADMIN})


def can_keep_organisations(scope: Scope, school: School) -> bool:
    """The school itself, its district's administrator, and the city."""
    return bool(scope.roles_at(school.pk, school.district_id) & KEEPERS) or Role.CITY_ADMIN in scope.roles


def sees_members(scope: Scope, school: School) -> bool:
    """Counts of members are open to the school and its district; whoever sees the whole city is outside (ADR 0021)."""
    return not scope.sees_city and bool(scope.roles_at(school.pk, school.district_id) - {Role.EXPERT})


def private_columns_of(changes: Sequence[Change]) -> dict[int, tuple[str, ...]]:
    """Of a change of an organisation the city reads everything but how many members there were and are."""
    return {change.pk: ("full_members", "probationary_members") for change in changes}
