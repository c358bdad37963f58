"""The whole grid of a paper: every state, every action, every relation to the build, and the counter-case of each."""

import pytest

from portal.workflow.engine import decide
from portal.workflow.errors import DomainError
from projects.creation.models import PaperStatus as P
from projects.creation.process import PAPER_PROCESS, SCHOOL
from projects.selection.process import APPLICANT, CHAIR, DISTRICT, EXPERT, KEEPER

CHECKERS = {KEEPER, CHAIR}
# (state, action) → who may, and what comes of it. Everything else is refused.
ALLOWED = {
    (P.DRAFT, "submit"): ({SCHOOL}, P.SUBMITTED),
    (P.RETURNED, "submit"): ({SCHOOL}, P.SUBMITTED),
    (P.SUBMITTED, "recall"): ({SCHOOL}, P.DRAFT),
    (P.SUBMITTED, "return"): (CHECKERS, P.RETURNED),
    (P.SUBMITTED, "settle"): (CHECKERS, P.SETTLED),
    (P.SETTLED, "reopen"): (CHECKERS, P.RETURNED),
}


@pytest.mark.parametrize("role", [SCHOOL, KEEPER, CHAIR, DISTRICT, APPLICANT, EXPERT])
@pytest.mark.parametrize("action", sorted(PAPER_PROCESS.actions))
@pytest.mark.parametrize("state", P)
def test_every_cell_of_the_grid(state: P, action: str, role: str) -> None:
    roles, target = ALLOWED.get((state, action), (set(), None))
    if role in roles:
        assert decide(PAPER_PROCESS, source=state, action=action, roles={role}, comment="因为").target == target
        return
    with pytest.raises(DomainError) as refused:
        decide(PAPER_PROCESS, source=state, action=action, roles={role}, comment="因为")
    assert refused.value.code == ("forbidden" if (state, action) in ALLOWED else "no_transition")


@pytest.mark.parametrize("action", ["return", "settle"])
def test_a_check_says_why_and_is_never_made_by_who_handed_in(action: str) -> None:
    with pytest.raises(DomainError) as refused:
        decide(PAPER_PROCESS, source=P.SUBMITTED, action=action, roles={CHAIR}, comment=" ")
    assert refused.value.code == "comment_required"
    with pytest.raises(DomainError) as refused:
        decide(PAPER_PROCESS, source=P.SUBMITTED, action=action, roles={CHAIR}, comment="因为", is_maker=True)
    assert refused.value.code == "four_eyes"
