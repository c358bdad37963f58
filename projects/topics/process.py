"""The life of a topic and of its papers. Roles are relations to the topic (see `rules`), not offices."""

from django.utils.translation import gettext_lazy as _

from portal.workflow.engine import Process, Transition
from projects.selection.process import CHAIR, KEEPER

from .models import RUNNING, Result
from .models import PaperKind as K
from .models import PaperStatus as P
from .models import TopicStatus as T

# ENGINE is nobody: what follows from a step of the selection engine (a title given, a title taken back).
SCHOOL, ENGINE = "school", "engine"
_school, _chair, _engine = frozenset({SCHOOL}), frozenset({CHAIR}), frozenset({ENGINE})
_keepers = frozenset({KEEPER, CHAIR})

DROP, AWARD, FUND, PROMOTE = "drop", "award", "fund", "promote"
CONTRACT, START, PASS_MIDTERM, CLOSE, FAIL = "contract", "open", "pass_midterm", "close", "fail"
CHANGE, EXTEND, TERMINATE = "change", "extend", "terminate"

TOPIC_PROCESS = Process(
    name="topics.topic",
    states=frozenset(T.values),
    initial=T.REGISTERED,
    transitions=(
        Transition(T.REGISTERED, DROP, T.DROPPED, _school, comment_required=True),
        Transition(T.REGISTERED, AWARD, T.FUNDED, _engine),
        Transition(T.FUNDED, FUND, T.FUNDED, _chair, comment_required=True),
        Transition(T.FUNDED, CONTRACT, T.CONTRACTED, _chair, comment_required=True),
        Transition(T.CONTRACTED, START, T.OPENED, _keepers, comment_required=True),
        Transition(T.OPENED, PASS_MIDTERM, T.MIDTERM, _keepers, comment_required=True),
        Transition(T.MIDTERM, CLOSE, T.CLOSED, _chair, comment_required=True),
        Transition(T.MIDTERM, FAIL, T.FAILED, _chair, comment_required=True),
        *(
            Transition(state, action, state, roles, comment_required=True)
            for state in (T.CONTRACTED, T.OPENED, T.MIDTERM)
            for action, roles in ((CHANGE, _keepers), (EXTEND, _chair))
        ),
        *(Transition(state, TERMINATE, T.TERMINATED, _chair | _engine, comment_required=True) for state in RUNNING),
        # A topic of a district that the city funds too.
        *(Transition(state, PROMOTE, state, _engine) for state in RUNNING),
    ),
)

SUBMIT, RECALL, SEND_BACK, SETTLE = "submit", "recall", "return", "settle"

PAPER_PROCESS = Process(
    name="topics.paper",
    states=frozenset(P.values),
    initial=P.DRAFT,
    transitions=(
        Transition(P.DRAFT, SUBMIT, P.SUBMITTED, _school),
        Transition(P.RETURNED, SUBMIT, P.SUBMITTED, _school),
        Transition(P.SUBMITTED, RECALL, P.DRAFT, _school),
        Transition(P.SUBMITTED, SEND_BACK, P.RETURNED, _keepers, comment_required=True, not_by=SUBMIT),
        Transition(P.SUBMITTED, SETTLE, P.SETTLED, _keepers, comment_required=True, not_by=SUBMIT),
    ),
)

PAPER_WORDS = {SUBMIT: _("提交"), RECALL: _("撤回"), SEND_BACK: _("退回修改"), SETTLE: _("办结")}
TOPIC_WORDS = {
    DROP: _("撤销登记"), AWARD: _("立项"), FUND: _("调整资助金额"), PROMOTE: _("转为市级立项"), CONTRACT: _("签任务书"),
    START: _("开题"), PASS_MIDTERM: _("中期通过"), CLOSE: _("结题"), FAIL: _("不予结题"), CHANGE: _("变更"),
    EXTEND: _("延期"), TERMINATE: _("终止"),
}  # fmt: skip

# The paper that is due in each state.
STAGE_OF: dict[str, K] = {T.FUNDED: K.CONTRACT, T.CONTRACTED: K.OPENING, T.OPENED: K.MIDTERM, T.MIDTERM: K.CLOSING}
# What may be asked for in each state, beside it.
REQUESTS_OF: dict[str, tuple[K, ...]] = {
    T.FUNDED: (K.TERMINATION,),
    **dict.fromkeys((T.CONTRACTED, T.OPENED, T.MIDTERM), (K.CHANGE, K.EXTENSION, K.TERMINATION)),
}
# What a check of each kind may find.
RESULTS: dict[str, tuple[Result, ...]] = {
    K.CONTRACT: (Result.AGREED,),
    K.OPENING: (Result.PASSED, Result.RECTIFY),
    K.MIDTERM: (Result.PASSED, Result.RECTIFY),
    K.CLOSING: (Result.PASSED, Result.RECTIFY, Result.FAILED),
    K.CHANGE: (Result.AGREED, Result.REFUSED),
    K.EXTENSION: (Result.AGREED, Result.REFUSED),
    K.TERMINATION: (Result.AGREED, Result.REFUSED),
}
# The topic's own step that follows from a finding; for all others it stays where it is.
STEPS: dict[tuple[str, str], str] = {
    (K.CONTRACT, Result.AGREED): CONTRACT,
    (K.OPENING, Result.PASSED): START,
    (K.MIDTERM, Result.PASSED): PASS_MIDTERM,
    (K.CLOSING, Result.PASSED): CLOSE,
    (K.CLOSING, Result.FAILED): FAIL,
    (K.CHANGE, Result.AGREED): CHANGE,
    (K.EXTENSION, Result.AGREED): EXTEND,
    (K.TERMINATION, Result.AGREED): TERMINATE,
}
# Money, the end and the term are the chair's to decide.
CHAIR_KINDS = frozenset({K.CONTRACT, K.CLOSING, K.EXTENSION, K.TERMINATION})
