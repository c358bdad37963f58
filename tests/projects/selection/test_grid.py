"""The whole grid of every process of a selection: each state, each action, each relation, and the counter-case of each.

The tables are written anew here, from the specification: what is not in them is refused.
"""

from itertools import product

import pytest

from portal.workflow.engine import Process, decide
from portal.workflow.errors import DomainError
from projects.selection.models import ApplicationStatus as A
from projects.selection.models import AssignmentStatus as S
from projects.selection.models import DesignationStatus as D
from projects.selection.models import ListStatus as L
from projects.selection.models import ObjectionStatus as N
from projects.selection.models import RoundStatus as R
from projects.selection.process import (
    APPLICANT,
    APPLICATION_PROCESS,
    CHAIR,
    DESIGNATION_PROCESS,
    DISTRICT,
    EXPERT,
    KEEPER,
    LIST_PROCESS,
    OBJECTION_PROCESS,
    ROUND_PROCESS,
    SHEET_PROCESS,
)

ROLES = (APPLICANT, DISTRICT, KEEPER, CHAIR, EXPERT, "")
# (state, action) → who may, what comes of it, whether a reason is asked for.
Cells = dict[tuple[str, str], tuple[set[str], str, bool]]
ROUND: Cells = {
    (R.DRAFT, "publish"): ({CHAIR}, R.OPEN, False),
    (R.DRAFT, "cancel"): ({CHAIR}, R.CANCELLED, True),
    (R.OPEN, "cancel"): ({CHAIR}, R.CANCELLED, True),
    (R.OPEN, "draw"): ({CHAIR}, R.REVIEWING, False),
    (R.REVIEWING, "close_review"): ({CHAIR}, R.DELIBERATING, False),
    (R.DELIBERATING, "publish_decisions"): ({CHAIR}, R.NOTICE, False),
    (R.NOTICE, "announce"): ({CHAIR}, R.ANNOUNCED, False),
}
CHECKERS = {DISTRICT, KEEPER, CHAIR}
# Until the list is final everybody may leave; nobody who is out already can leave again.
LEAVING = (
    A.DRAFT, A.SUBMITTED, A.RETURNED, A.DISTRICT_REVIEW, A.RECOMMENDED, A.EXPERT_REVIEW, A.SHORTLISTED, A.PUBLIC_NOTICE,
)  # fmt: skip
APPLICATION: Cells = {
    (A.DRAFT, "submit"): ({APPLICANT}, A.SUBMITTED, False),
    (A.RETURNED, "submit"): ({APPLICANT}, A.SUBMITTED, False),
    (A.SUBMITTED, "recall"): ({APPLICANT}, A.RETURNED, False),
    (A.SUBMITTED, "accept"): (CHECKERS, A.DISTRICT_REVIEW, False),
    (A.SUBMITTED, "send_back"): (CHECKERS, A.RETURNED, True),
    (A.DISTRICT_REVIEW, "send_back"): (CHECKERS, A.RETURNED, True),
    (A.SUBMITTED, "refuse"): (CHECKERS, A.INELIGIBLE, True),
    (A.DISTRICT_REVIEW, "refuse"): (CHECKERS, A.INELIGIBLE, True),
    (A.DISTRICT_REVIEW, "recommend"): ({DISTRICT}, A.RECOMMENDED, False),
    (A.DISTRICT_REVIEW, "pass_over"): ({DISTRICT, CHAIR}, A.DECLINED, False),
    (A.RECOMMENDED, "reopen"): ({KEEPER, CHAIR}, A.DISTRICT_REVIEW, True),
    (A.DECLINED, "reopen"): ({KEEPER, CHAIR}, A.DISTRICT_REVIEW, True),
    (A.DISTRICT_REVIEW, "admit"): ({CHAIR}, A.EXPERT_REVIEW, False),
    (A.RECOMMENDED, "admit"): ({CHAIR}, A.EXPERT_REVIEW, False),
    (A.EXPERT_REVIEW, "shortlist"): ({CHAIR}, A.SHORTLISTED, False),
    (A.EXPERT_REVIEW, "decline"): ({CHAIR}, A.DECLINED, False),
    (A.SHORTLISTED, "notify"): ({CHAIR}, A.PUBLIC_NOTICE, False),
    (A.PUBLIC_NOTICE, "announce"): ({CHAIR}, A.ANNOUNCED, False),
    (A.PUBLIC_NOTICE, "strike"): ({CHAIR}, A.STRUCK, True),
    **{(state, "withdraw"): ({APPLICANT}, A.WITHDRAWN, True) for state in LEAVING},
}
LIST: Cells = {
    (L.DRAFT, "send"): ({DISTRICT}, L.SENT, False),
    (L.SENT, "reopen"): ({KEEPER, CHAIR}, L.DRAFT, True),
}
SHEET: Cells = {
    (S.ASSIGNED, "submit"): ({EXPERT}, S.SUBMITTED, False),
    (S.ASSIGNED, "recuse"): ({EXPERT}, S.RECUSED, True),
    (S.ASSIGNED, "replace"): ({CHAIR}, S.REPLACED, True),
    (S.SUBMITTED, "unlock"): ({CHAIR}, S.ASSIGNED, True),
}
OBJECTION: Cells = {
    (N.OPEN, "uphold"): ({CHAIR}, N.UPHELD, True),
    (N.OPEN, "dismiss"): ({CHAIR}, N.DISMISSED, True),
}
CHECKED = {KEEPER, CHAIR}
DESIGNATION: Cells = {
    (D.CULTIVATING, "pass_midterm"): (CHECKED, D.PASSED_MIDTERM, True),
    (D.CULTIVATING, "rectify"): (CHECKED, D.RECTIFYING, True),
    (D.RECTIFYING, "pass_midterm"): (CHECKED, D.PASSED_MIDTERM, True),
    **{(s, "accept"): ({CHAIR}, D.ACCEPTED, True) for s in (D.CULTIVATING, D.PASSED_MIDTERM, D.DELAYED)},
    **{(s, "fail"): ({CHAIR}, D.FAILED, True) for s in (D.CULTIVATING, D.PASSED_MIDTERM, D.DELAYED)},
    **{(s, "delay"): ({CHAIR}, D.DELAYED, True) for s in (D.CULTIVATING, D.PASSED_MIDTERM)},
    (D.ACTIVE, "renew"): ({CHAIR}, D.ACTIVE, True),
    **{
        (s, "withdraw"): ({CHAIR}, D.WITHDRAWN, True)
        for s in (D.CULTIVATING, D.RECTIFYING, D.PASSED_MIDTERM, D.DELAYED, D.ACTIVE)
    },
}
GRIDS: dict[str, tuple[Process, Cells]] = {
    "round": (ROUND_PROCESS, ROUND), "application": (APPLICATION_PROCESS, APPLICATION), "list": (LIST_PROCESS, LIST),
    "sheet": (SHEET_PROCESS, SHEET), "objection": (OBJECTION_PROCESS, OBJECTION),
    "designation": (DESIGNATION_PROCESS, DESIGNATION),
}  # fmt: skip
CELLS = [
    (name, state, action)
    for name, (process, _cells) in GRIDS.items()
    for state, action in product(sorted(process.states), sorted(process.actions))
]


def outcome(process: Process, state: str, action: str, roles: set[str], comment: str = "因为") -> str:
    """The state that comes of it, or the code of the refusal."""
    try:
        return str(decide(process, source=state, action=action, roles=roles, comment=comment).target)
    except DomainError as refusal:
        return f"! {refusal.code}"


@pytest.mark.parametrize(("name", "state", "action"), CELLS)
def test_every_cell_of_the_grid(name: str, state: str, action: str) -> None:
    process, cells = GRIDS[name]
    roles, target, reasoned = cells.get((state, action), (set(), "", False))
    for role in ROLES:
        expected = f"{target}" if role in roles else "! forbidden" if roles else "! no_transition"
        assert outcome(process, state, action, {role}) == expected, role
        if role in roles:
            without = "! comment_required" if reasoned else f"{target}"
            assert outcome(process, state, action, {role}, comment=" ") == without, role
    assert outcome(process, state, action, set()) == ("! forbidden" if roles else "! no_transition")


@pytest.mark.parametrize("name", GRIDS)
def test_the_tables_here_name_every_step_that_there_is_and_no_other(name: str) -> None:
    process, cells = GRIDS[name]
    steps = {(t.source, t.action): (set(t.roles), t.target, t.comment_required) for t in process.transitions}
    assert steps == cells


@pytest.mark.parametrize("name", GRIDS)
def test_what_is_over_stays_over(name: str) -> None:
    """States without a way out are those that the specification calls final."""
    process, cells = GRIDS[name]
    final = process.states - {state for state, _action in cells}
    assert final == {
        "round": {R.ANNOUNCED, R.CANCELLED},
        "application": {A.ANNOUNCED, A.STRUCK, A.INELIGIBLE, A.WITHDRAWN},
        "list": set(), "sheet": {S.RECUSED, S.REPLACED}, "objection": {N.UPHELD, N.DISMISSED},
        "designation": {D.ACCEPTED, D.FAILED, D.WITHDRAWN},
    }[name]  # fmt: skip


def test_who_handed_in_never_checks_eligibility() -> None:
    step = APPLICATION_PROCESS.find(A.SUBMITTED, "accept")
    assert step is not None
    assert step.not_by == "submit"
    with pytest.raises(DomainError) as refused:
        decide(APPLICATION_PROCESS, source=A.SUBMITTED, action="accept", roles={DISTRICT}, is_maker=True)
    assert refused.value.code == "four_eyes"
