"""The engine, and the life of a return as a grid of state × action × role."""

from itertools import product

import pytest

from districts.models import Role
from portal.workflow.engine import Process, Transition, decide
from portal.workflow.errors import DomainError
from reports.collection.models import ReturnStatus
from reports.collection.process import RETURN_PROCESS

SCHOOL = {Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK}
DISTRICT = {Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN}
# The whole specification: whatever is not here is refused.
ALLOWED = {
    ("draft", "submit"): ("submitted", SCHOOL),
    ("returned", "submit"): ("submitted", SCHOOL),
    ("submitted", "withdraw"): ("draft", SCHOOL),
    ("submitted", "return"): ("returned", DISTRICT),
    ("submitted", "approve"): ("approved", DISTRICT),
    ("approved", "reopen"): ("returned", DISTRICT | {Role.CITY_ADMIN}),
}
GRID = list(product(ReturnStatus.values, sorted(RETURN_PROCESS.actions), Role.values))


@pytest.mark.parametrize(("state", "action", "role"), GRID)
def test_every_state_action_and_role(state: str, action: str, role: str) -> None:
    target, roles = ALLOWED.get((state, action), ("", set()))
    if role in roles:
        assert decide(RETURN_PROCESS, source=state, action=action, roles={role}, comment="原因").target == target
    else:
        with pytest.raises(DomainError) as refusal:
            decide(RETURN_PROCESS, source=state, action=action, roles={role}, comment="原因")
        assert refusal.value.code == ("forbidden" if roles else "no_transition")


@pytest.mark.parametrize(("state", "action"), [("submitted", "return"), ("approved", "reopen")])
def test_what_sends_work_back_needs_a_reason(state: str, action: str) -> None:
    with pytest.raises(DomainError, match="原因") as refusal:
        decide(RETURN_PROCESS, source=state, action=action, roles=Role.values, comment="  ")
    assert refusal.value.code == "comment_required"


@pytest.mark.parametrize("action", ["approve", "return"])
def test_the_maker_is_not_the_checker(action: str) -> None:
    with pytest.raises(DomainError) as refusal:
        decide(RETURN_PROCESS, source="submitted", action=action, roles=Role.values, comment="x", is_maker=True)
    assert refusal.value.code == "four_eyes"


def test_a_process_with_two_ways_for_one_action_is_refused() -> None:
    twice = (Transition("a", "go", "b", frozenset()), Transition("a", "go", "a", frozenset()))
    with pytest.raises(ValueError, match="two transitions"):
        Process("broken", frozenset("ab"), "a", twice)


def test_a_process_with_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown state"):
        Process("broken", frozenset("a"), "a", (Transition("a", "go", "b", frozenset()),))
