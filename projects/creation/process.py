"""The life of a paper. What a check decides about the title is a step of the designation (selection.process)."""

from django.utils.translation import gettext_lazy as _

from portal.workflow.engine import Process, Transition
from projects.selection.process import CHAIR, KEEPER

from .models import PaperKind as K
from .models import PaperStatus as P
from .models import Result

SCHOOL = "school"
_school = frozenset({SCHOOL})
_checkers = frozenset({KEEPER, CHAIR})

SUBMIT, RECALL, SEND_BACK, SETTLE, REOPEN = "submit", "recall", "return", "settle", "reopen"

PAPER_PROCESS = Process(
    name="creation.paper",
    states=frozenset(P.values),
    initial=P.DRAFT,
    transitions=(
        Transition(P.DRAFT, SUBMIT, P.SUBMITTED, _school),
        Transition(P.RETURNED, SUBMIT, P.SUBMITTED, _school),
        Transition(P.SUBMITTED, RECALL, P.DRAFT, _school),
        Transition(P.SUBMITTED, SEND_BACK, P.RETURNED, _checkers, comment_required=True, not_by=SUBMIT),
        Transition(P.SUBMITTED, SETTLE, P.SETTLED, _checkers, comment_required=True, not_by=SUBMIT),
        # Plans only (services.papers): what a check found about a title is the record on which it stands.
        Transition(P.SETTLED, REOPEN, P.RETURNED, _checkers, comment_required=True),
    ),
)

ACTION_WORDS = {
    SUBMIT: _("提交"),
    RECALL: _("撤回"),
    SEND_BACK: _("退回修改"),
    SETTLE: _("办结"),
    REOPEN: _("重新开放"),
}

# What a check of each kind may find.
RESULTS: dict[str, tuple[Result, ...]] = {
    K.PLAN: (Result.AGREED,),
    K.MIDTERM: (Result.PASSED, Result.RECTIFY),
    K.RECTIFICATION: (Result.PASSED, Result.RECTIFY),
    K.ACCEPTANCE: (Result.PASSED, Result.DELAYED, Result.FAILED),
}
