"""The life of a return as data."""

from districts.models import Role
from portal.workflow.engine import Process, Transition

from .models import ReturnStatus

FILLERS = frozenset({Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK})
REVIEWERS = frozenset({Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN})
OPENERS = REVIEWERS | {Role.CITY_ADMIN}

SUBMIT, WITHDRAW, SEND_BACK, APPROVE, REOPEN = "submit", "withdraw", "return", "approve", "reopen"

RETURN_PROCESS = Process(
    name="collection.return",
    states=frozenset(ReturnStatus.values),
    initial=ReturnStatus.DRAFT,
    transitions=(
        Transition(ReturnStatus.DRAFT, SUBMIT, ReturnStatus.SUBMITTED, FILLERS),
        Transition(ReturnStatus.RETURNED, SUBMIT, ReturnStatus.SUBMITTED, FILLERS),
        Transition(ReturnStatus.SUBMITTED, WITHDRAW, ReturnStatus.DRAFT, FILLERS),
        Transition(
            ReturnStatus.SUBMITTED, SEND_BACK, ReturnStatus.RETURNED, REVIEWERS, comment_required=True, not_by=SUBMIT
        ),
        Transition(ReturnStatus.SUBMITTED, APPROVE, ReturnStatus.APPROVED, REVIEWERS, not_by=SUBMIT),
        Transition(ReturnStatus.APPROVED, REOPEN, ReturnStatus.RETURNED, OPENERS, comment_required=True),
    ),
)
