"""Relations of a scope to rounds and applications: the roles that the processes name. Pure predicates."""

from districts.access import Scope
from districts.models import Level, Role
from projects.selection.models import Application, Designation, Expert, HolderKind, Round, Veto
from projects.selection.process import APPLICANT, CHAIR, DISTRICT, EXPERT, KEEPER
from schools.registry.models import School

FILLERS = frozenset({Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK})
SUBMITTERS = frozenset({Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK, Role.BRANCH_SECRETARY})
DISTRICT_ROLES = frozenset({Role.DISTRICT_ADMIN, Role.DISTRICT_REVIEWER})
# Whoever may run a round somewhere.
KEEPERS = DISTRICT_ROLES | {Role.CITY_ADMIN, Role.CITY_STAFF}


def keeper_roles(scope: Scope, level: str, unit_id: int) -> frozenset[str]:
    """KEEPER and CHAIR for whoever runs what belongs to this unit: the city, or a district with its own rounds."""
    if level == Level.CITY:
        held = scope.roles if scope.sees_city else frozenset()
        chair, keeper = Role.CITY_ADMIN in held, Role.CITY_STAFF in held
    else:
        held = scope.roles_at(unit_id)
        chair, keeper = Role.DISTRICT_ADMIN in held, Role.DISTRICT_REVIEWER in held
    return frozenset(([CHAIR, KEEPER] if chair else []) + ([KEEPER] if keeper else []))


def roles_on_round(scope: Scope, round_: Round) -> frozenset[str]:
    """KEEPER, CHAIR. `round_.unit` must be selected."""
    return keeper_roles(scope, round_.unit.level, round_.unit_id)


def is_holder_side(scope: Scope, held: Application) -> bool:
    """Whether the scope speaks for the holder: its school, its organisation, or the very post."""
    if held.holder_kind == HolderKind.POST and held.office_id in {grant.office_id for grant in scope.grants}:
        return True
    if scope.roles_at(held.school_id) & FILLERS:
        return True
    return held.organisation_id is not None and Role.BRANCH_SECRETARY in scope.roles_at(held.organisation_id)


def roles_on_application(scope: Scope, application: Application) -> frozenset[str]:
    """Every relation of the scope to the application. `round__unit` must be selected."""
    roles = set(roles_on_round(scope, application.round))
    if is_holder_side(scope, application):
        roles.add(APPLICANT)
    if scope.roles_at(application.district_id) & DISTRICT_ROLES:
        roles.add(DISTRICT)
    return frozenset(roles)


def roles_on_list(scope: Scope, round_: Round, district_id: int) -> frozenset[str]:
    roles = set(roles_on_round(scope, round_))
    if scope.roles_at(district_id) & DISTRICT_ROLES:
        roles.add(DISTRICT)
    return frozenset(roles)


def roles_on_sheet(scope: Scope, expert: Expert, round_: Round) -> frozenset[str]:
    """EXPERT only through the very office of the register entry; CHAIR of the round."""
    own = {EXPERT} if expert.office_id in {grant.office_id for grant in scope.grants} else set()
    return frozenset(own) | roles_on_round(scope, round_)


def roles_on_designation(scope: Scope, designation: Designation) -> frozenset[str]:
    """A district keeps its own titles, the city those of the city and above."""
    if designation.level == "district":
        return keeper_roles(scope, Level.DISTRICT, designation.district_id)
    return keeper_roles(scope, Level.CITY, 0)


def can_record_veto(scope: Scope, school: School) -> bool:
    """The city anywhere, a district for its own schools."""
    return bool(keeper_roles(scope, Level.CITY, 0) or keeper_roles(scope, Level.DISTRICT, school.district_id))


def can_lift_veto(scope: Scope, veto: Veto) -> bool:
    """What the city recorded is the city's to lift. `veto.school` must be selected."""
    if veto.of_city:
        return bool(keeper_roles(scope, Level.CITY, 0))
    return can_record_veto(scope, veto.school)
