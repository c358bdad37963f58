"""The whole grid of a topic and of its papers: every state, every action, every relation, and each counter-case."""

import pytest

from portal.workflow.engine import Process, decide
from portal.workflow.errors import DomainError
from projects.selection.process import APPLICANT, CHAIR, DISTRICT, EXPERT, KEEPER
from projects.topics.models import PaperStatus as P
from projects.topics.models import TopicStatus as T
from projects.topics.process import ENGINE, PAPER_PROCESS, SCHOOL, TOPIC_PROCESS

ROLES = [SCHOOL, KEEPER, CHAIR, ENGINE, DISTRICT, APPLICANT, EXPERT]
KEEPERS = {KEEPER, CHAIR}
RUNNING = (T.FUNDED, T.CONTRACTED, T.OPENED, T.MIDTERM)
# (state, action) → who may, and what comes of it. Everything else is refused.
TOPIC = {
    (T.REGISTERED, "drop"): ({SCHOOL}, T.DROPPED),
    (T.REGISTERED, "award"): ({ENGINE}, T.FUNDED),
    (T.FUNDED, "fund"): ({CHAIR}, T.FUNDED),
    (T.FUNDED, "contract"): ({CHAIR}, T.CONTRACTED),
    (T.CONTRACTED, "open"): (KEEPERS, T.OPENED),
    (T.OPENED, "pass_midterm"): (KEEPERS, T.MIDTERM),
    (T.MIDTERM, "close"): ({CHAIR}, T.CLOSED),
    (T.MIDTERM, "fail"): ({CHAIR}, T.FAILED),
    **{(state, "change"): (KEEPERS, state) for state in RUNNING[1:]},
    **{(state, "extend"): ({CHAIR}, state) for state in RUNNING[1:]},
    **{(state, "terminate"): ({CHAIR, ENGINE}, T.TERMINATED) for state in RUNNING},
    **{(state, "promote"): ({ENGINE}, state) for state in RUNNING},
}
PAPER = {
    (P.DRAFT, "submit"): ({SCHOOL}, P.SUBMITTED),
    (P.RETURNED, "submit"): ({SCHOOL}, P.SUBMITTED),
    (P.SUBMITTED, "recall"): ({SCHOOL}, P.DRAFT),
    (P.SUBMITTED, "return"): (KEEPERS, P.RETURNED),
    (P.SUBMITTED, "settle"): (KEEPERS, P.SETTLED),
}


def cell(process: Process, allowed: dict, state: str, action: str, role: str) -> None:  # type: ignore[type-arg]
    roles, target = allowed.get((state, action), (set(), None))
    if role in roles:
        assert decide(process, source=state, action=action, roles={role}, comment="因为").target == target
        return
    with pytest.raises(DomainError) as refused:
        decide(process, source=state, action=action, roles={role}, comment="因为")
    assert refused.value.code == ("forbidden" if (state, action) in allowed else "no_transition")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", sorted(TOPIC_PROCESS.actions))
@pytest.mark.parametrize("state", T)
def test_every_cell_of_a_topic(state: T, action: str, role: str) -> None:
    cell(TOPIC_PROCESS, TOPIC, state, action, role)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", sorted(PAPER_PROCESS.actions))
@pytest.mark.parametrize("state", P)
def test_every_cell_of_a_paper(state: P, action: str, role: str) -> None:
    cell(PAPER_PROCESS, PAPER, state, action, role)


@pytest.mark.parametrize("key", sorted(TOPIC))
def test_whoever_decides_says_why_and_the_engine_need_not(key: tuple[str, str]) -> None:
    state, action = key
    roles, target = TOPIC[key]  # type: ignore[index]
    if action in ("award", "promote"):
        assert decide(TOPIC_PROCESS, source=state, action=action, roles=roles).target == target
        return
    with pytest.raises(DomainError) as refused:
        decide(TOPIC_PROCESS, source=state, action=action, roles=roles, comment=" ")
    assert refused.value.code == "comment_required"


@pytest.mark.parametrize("action", ["return", "settle"])
def test_a_finding_says_why_and_is_never_made_by_who_handed_in(action: str) -> None:
    with pytest.raises(DomainError) as refused:
        decide(PAPER_PROCESS, source=P.SUBMITTED, action=action, roles={CHAIR}, comment=" ")
    assert refused.value.code == "comment_required"
    with pytest.raises(DomainError) as refused:
        decide(PAPER_PROCESS, source=P.SUBMITTED, action=action, roles={CHAIR}, comment="因为", is_maker=True)
    assert refused.value.code == "four_eyes"
