"""The whole grid of an assessment: every state, every action, every role, and the counter-case of each."""

import pytest

from districts.models import Role
from portal.workflow.engine import decide
from portal.workflow.errors import DomainError
from projects.leaders.models import AssessmentStatus as A
from projects.leaders.process import ASSESSMENT_PROCESS

SCHOOL = {Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK}
DISTRICT = {Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN}
# (state, action) → who may, and what comes of it. Everything else is refused.
ALLOWED = {
    (A.DRAFT, "submit"): (SCHOOL, A.SUBMITTED),
    (A.RETURNED, "submit"): (SCHOOL, A.SUBMITTED),
    (A.SUBMITTED, "recall"): (SCHOOL, A.DRAFT),
    (A.SUBMITTED, "return"): (DISTRICT, A.RETURNED),
    (A.SUBMITTED, "confirm"): (DISTRICT, A.CONFIRMED),
    (A.CONFIRMED, "end"): (DISTRICT | {Role.SCHOOL_SECRETARY}, A.ENDED),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", sorted(ASSESSMENT_PROCESS.actions))
@pytest.mark.parametrize("state", A)
def test_every_cell_of_the_grid(state: A, action: str, role: Role) -> None:
    roles, target = ALLOWED.get((state, action), (set(), None))
    if role in roles:
        assert decide(ASSESSMENT_PROCESS, source=state, action=action, roles={role}, comment="因为").target == target
        return
    with pytest.raises(DomainError) as refused:
        decide(ASSESSMENT_PROCESS, source=state, action=action, roles={role}, comment="因为")
    assert refused.value.code == ("forbidden" if (state, action) in ALLOWED else "no_transition")


@pytest.mark.parametrize(("state", "action"), [(A.SUBMITTED, "return"), (A.CONFIRMED, "end")])
def test_what_hurts_needs_a_reason(state: A, action: str) -> None:
    with pytest.raises(DomainError) as refused:
        decide(ASSESSMENT_PROCESS, source=state, action=action, roles={Role.DISTRICT_REVIEWER}, comment=" ")
    assert refused.value.code == "comment_required"
