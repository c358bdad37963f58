"""Who may write what. Pure predicates; which rows are seen is the scope's business."""

from districts.access import Scope
from districts.models import Role
from schools.registry.models import School

from .models import Brand, Exhibit, OwnerKind

FILLERS = frozenset({Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK})


def can_fill(scope: Scope, school: School) -> bool:
    """The school registers its brands, courses and cases itself; nobody does it for the school."""
    return bool(scope.roles_at(school.pk) & FILLERS)


def can_keep_for(scope: Scope, school: School, owner_kind: str, organisation_id: int | None) -> bool:
    """The school keeps all of its brands, a branch secretary those of the branch."""
    if can_fill(scope, school):
        return True
    return owner_kind == OwnerKind.BRANCH and Role.BRANCH_SECRETARY in scope.roles_at(organisation_id)


def can_keep_brand(scope: Scope, brand: Brand) -> bool:
    """`brand.school` must be selected."""
    return can_keep_for(scope, brand.school, brand.owner_kind, brand.organisation_id)


def can_keep_exhibit(scope: Scope, exhibit: Exhibit) -> bool:
    """`exhibit.school` must be selected."""
    return can_fill(scope, exhibit.school)
