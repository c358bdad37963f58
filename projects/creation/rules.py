"""Who may do what in a build. Pure predicates; rows outside the scope never get here."""

from districts.access import Scope
from districts.models import Role
from projects.selection.models import Designation, DesignationStatus
from projects.selection.rules.access import FILLERS, roles_on_designation

from .models import Paper, PaperKind, PaperStatus
from .process import SCHOOL


def is_own(scope: Scope, build: Designation) -> bool:
    """The school writes; for a branch's build also the branch secretary."""
    if scope.roles_at(build.school_id) & FILLERS:
        return True
    return build.organisation_id is not None and Role.BRANCH_SECRETARY in scope.roles_at(build.organisation_id)


def roles_on_build(scope: Scope, build: Designation) -> frozenset[str]:
    """SCHOOL, and KEEPER or CHAIR of the level (city or district) that keeps the designation."""
    own = frozenset({SCHOOL}) if is_own(scope, build) else frozenset()
    return own | roles_on_designation(scope, build)


def can_reopen(scope: Scope, paper: Paper) -> bool:
    """An agreed plan, by whoever checks it, until the mid-term check has settled something on its ground."""
    return (
        paper.kind == PaperKind.PLAN
        and paper.status == PaperStatus.SETTLED
        and paper.designation.status == DesignationStatus.CULTIVATING
        and can_check(scope, paper.designation)
    )


def can_check(scope: Scope, build: Designation) -> bool:
    return bool(roles_on_designation(scope, build))
