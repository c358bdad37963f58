"""Who appoints whom. A district administrator keeps the offices of the own district; the city keeps all."""

from .access import Scope, within
from .models import District, Level, Office, Role, Unit

CITY_ROLES = frozenset({Role.CITY_ADMIN, Role.CITY_STAFF, Role.EXPERT, Role.INSPECTOR, Role.API_CLIENT})
DISTRICT_ROLES = frozenset({Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER, Role.INSPECTOR, Role.API_CLIENT})
SCHOOL_ROLES = frozenset({Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK, Role.API_CLIENT})
ROLES_OF_LEVEL: dict[str, frozenset[Role]] = {
    Level.CITY: CITY_ROLES,
    Level.DISTRICT: DISTRICT_ROLES,
    Level.SCHOOL: SCHOOL_ROLES,
    Level.ORGANISATION: frozenset({Role.BRANCH_SECRETARY}),
}


def can_keep_offices(scope: Scope, unit: Unit) -> bool:
    """Whether offices at `unit` are kept by the holder of this scope."""
    if Role.CITY_ADMIN in scope.roles:
        return True
    return within(Unit.objects.filter(pk=unit.pk), as_keeper(scope)).exists()


def as_keeper(scope: Scope) -> Scope:
    """Only what the scope holds as district administrator."""
    return Scope(scope.user_id, tuple(grant for grant in scope.grants if grant.role == Role.DISTRICT_ADMIN))


def is_own(scope: Scope, office: Office) -> bool:
    return office.user_id == scope.user_id


def can_keep_district(scope: Scope, district: District) -> bool:
    """Zones and schools of a district: the city everywhere, a district administrator in the own district."""
    if can_keep_districts(scope):
        return True
    return district.pk in scope.unit_ids(Level.DISTRICT, {Role.DISTRICT_ADMIN})


def can_keep_districts(scope: Scope) -> bool:
    """Districts themselves come and go by decision above them: the city alone keeps their list."""
    return Role.CITY_ADMIN in scope.roles
