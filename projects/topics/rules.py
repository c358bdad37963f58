"""Who may do what with a topic. Pure predicates; rows outside the scope never get here."""

from districts.access import Scope
from districts.models import Role
from projects.selection.process import CHAIR, KEEPER
from projects.selection.rules.access import FILLERS, keeper_roles

from .models import Paper, Topic
from .process import CHAIR_KINDS, SCHOOL


def is_own(scope: Scope, topic: Topic) -> bool:
    """The school writes; for a branch's topic also the branch secretary."""
    if scope.roles_at(topic.school_id) & FILLERS:
        return True
    return topic.organisation_id is not None and Role.BRANCH_SECRETARY in scope.roles_at(topic.organisation_id)


def keepers_of(scope: Scope, topic: Topic) -> frozenset[str]:
    """KEEPER and CHAIR of the unit that funds the topic; nobody's before. `unit` must be selected."""
    return keeper_roles(scope, topic.unit.level, topic.unit_id or 0) if topic.unit is not None else frozenset()


def roles_on_topic(scope: Scope, topic: Topic) -> frozenset[str]:
    own = frozenset({SCHOOL}) if is_own(scope, topic) else frozenset()
    return own | keepers_of(scope, topic)


def roles_to_settle(scope: Scope, paper: Paper) -> frozenset[str]:
    """Relations for settling: what only the chair decides, no other keeper does. `topic__unit` must be selected."""
    roles = roles_on_topic(scope, paper.topic)
    return roles if paper.kind not in CHAIR_KINDS or CHAIR in roles else roles - {KEEPER}


def can_register(scope: Scope) -> bool:
    return bool(scope.roles & (FILLERS | {Role.BRANCH_SECRETARY}))


def can_revise_regulation(scope: Scope) -> bool:
    return scope.sees_city and Role.CITY_ADMIN in scope.roles


def can_link(scope: Scope, topic: Topic) -> bool:
    """The school, and whoever funds the topic, say where it is applied. `unit` must be selected."""
    return is_own(scope, topic) or bool(keepers_of(scope, topic))
