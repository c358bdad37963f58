"""The life of an assessment as data: the school enters, somebody else in the district confirms."""

from django.utils.translation import gettext_lazy as _

from districts.models import Role
from portal.workflow.engine import Process, Transition

from .models import AssessmentStatus as A

FILLERS = frozenset({Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK})
CHECKERS = frozenset({Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN})

SUBMIT, RECALL, SEND_BACK, CONFIRM, END = "submit", "recall", "return", "confirm", "end"

ASSESSMENT_PROCESS = Process(
    name="leaders.assessment",
    states=frozenset(A.values),
    initial=A.DRAFT,
    transitions=(
        Transition(A.DRAFT, SUBMIT, A.SUBMITTED, FILLERS),
        Transition(A.RETURNED, SUBMIT, A.SUBMITTED, FILLERS),
        Transition(A.SUBMITTED, RECALL, A.DRAFT, FILLERS),
        Transition(A.SUBMITTED, SEND_BACK, A.RETURNED, CHECKERS, comment_required=True, not_by=SUBMIT),
        Transition(A.SUBMITTED, CONFIRM, A.CONFIRMED, CHECKERS, not_by=SUBMIT),
        # The holder changed, or a proof fell away.
        Transition(A.CONFIRMED, END, A.ENDED, CHECKERS | {Role.SCHOOL_SECRETARY}, comment_required=True),
    ),
)

# What a step is called in the history of a post.
ACTION_WORDS = {
    SUBMIT: _("提交确认"), RECALL: _("撤回"), SEND_BACK: _("退回"), CONFIRM: _("确认"), END: _("终止认定"),
}  # fmt: skip
