"""Who may write what. Pure predicates; which rows are seen is the scope's business."""

from districts.access import Scope
from districts.models import Role
from schools.registry.models import School

from .models import Studio
from .process import CHECKERS, FILLERS

SECRETARIES = (Role.SCHOOL_SECRETARY, Role.BRANCH_SECRETARY)


def roles_at_school(scope: Scope, school: School) -> frozenset[str]:
    """Roles held at the school or at the district that it belongs to today."""
    return scope.roles_at(school.pk, school.district_id)


def can_fill(scope: Scope, school: School) -> bool:
    """The school enters its assessments, plans, studios and pairings."""
    return bool(scope.roles_at(school.pk) & FILLERS)


def can_check(scope: Scope, school: School) -> bool:
    """The district confirms; it may also plan how a gap is closed."""
    return bool(scope.roles_at(school.district_id) & CHECKERS)


def can_plan(scope: Scope, school: School) -> bool:
    return can_fill(scope, school) or can_check(scope, school)


def can_keep_studio(scope: Scope, studio: Studio) -> bool:
    """The school, and the very post that hosts the studio."""
    return can_fill(scope, studio.school) or studio.host_id in {grant.office_id for grant in scope.grants}


def can_revise_standard(scope: Scope) -> bool:
    return Role.CITY_ADMIN in scope.roles
