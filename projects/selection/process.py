"""The three lives as data. Roles here are relations to the row (see `rules.access`), not offices."""

from django.utils.translation import gettext_lazy as _

from portal.workflow.engine import Process, Transition

from .models import ApplicationStatus as A
from .models import AssignmentStatus as S
from .models import DesignationStatus as D
from .models import ListStatus, ObjectionStatus
from .models import RoundStatus as R

APPLICANT, DISTRICT, KEEPER, CHAIR, EXPERT = "applicant", "district", "keeper", "chair", "expert"
_applicant, _district, _chair, _expert = (frozenset({role}) for role in (APPLICANT, DISTRICT, CHAIR, EXPERT))
_keepers = frozenset({KEEPER, CHAIR})
# Who checks whether a case may stand.
CHECKERS = frozenset({DISTRICT, KEEPER, CHAIR})

ROUND_PROCESS = Process(
    name="selection.round",
    states=frozenset(R.values),
    initial=R.DRAFT,
    transitions=(
        Transition(R.DRAFT, "publish", R.OPEN, _chair),
        Transition(R.DRAFT, "cancel", R.CANCELLED, _chair, comment_required=True),
        Transition(R.OPEN, "cancel", R.CANCELLED, _chair, comment_required=True),
        Transition(R.OPEN, "draw", R.REVIEWING, _chair),
        Transition(R.REVIEWING, "close_review", R.DELIBERATING, _chair),
        Transition(R.DELIBERATING, "publish_decisions", R.NOTICE, _chair),
        Transition(R.NOTICE, "announce", R.ANNOUNCED, _chair),
    ),
)

WITHDRAWABLE = (
    A.DRAFT, A.SUBMITTED, A.RETURNED, A.DISTRICT_REVIEW, A.RECOMMENDED, A.EXPERT_REVIEW, A.SHORTLISTED, A.PUBLIC_NOTICE,
)  # fmt: skip

APPLICATION_PROCESS = Process(
    name="selection.application",
    states=frozenset(A.values),
    initial=A.DRAFT,
    transitions=(
        Transition(A.DRAFT, "submit", A.SUBMITTED, _applicant),
        Transition(A.RETURNED, "submit", A.SUBMITTED, _applicant),
        Transition(A.SUBMITTED, "recall", A.RETURNED, _applicant),
        Transition(A.SUBMITTED, "accept", A.DISTRICT_REVIEW, CHECKERS, not_by="submit"),
        Transition(A.SUBMITTED, "send_back", A.RETURNED, CHECKERS, comment_required=True),
        Transition(A.DISTRICT_REVIEW, "send_back", A.RETURNED, CHECKERS, comment_required=True),
        Transition(A.SUBMITTED, "refuse", A.INELIGIBLE, CHECKERS, comment_required=True),
        Transition(A.DISTRICT_REVIEW, "refuse", A.INELIGIBLE, CHECKERS, comment_required=True),
        Transition(A.DISTRICT_REVIEW, "recommend", A.RECOMMENDED, _district),
        Transition(A.DISTRICT_REVIEW, "pass_over", A.DECLINED, _district | _chair),
        Transition(A.RECOMMENDED, "reopen", A.DISTRICT_REVIEW, _keepers, comment_required=True),
        Transition(A.DECLINED, "reopen", A.DISTRICT_REVIEW, _keepers, comment_required=True),
        # A district's own round has no recommendation: it admits what is eligible.
        Transition(A.DISTRICT_REVIEW, "admit", A.EXPERT_REVIEW, _chair),
        Transition(A.RECOMMENDED, "admit", A.EXPERT_REVIEW, _chair),
        Transition(A.EXPERT_REVIEW, "shortlist", A.SHORTLISTED, _chair),
        Transition(A.EXPERT_REVIEW, "decline", A.DECLINED, _chair),
        Transition(A.SHORTLISTED, "notify", A.PUBLIC_NOTICE, _chair),
        Transition(A.PUBLIC_NOTICE, "announce", A.ANNOUNCED, _chair),
        Transition(A.PUBLIC_NOTICE, "strike", A.STRUCK, _chair, comment_required=True),
        *(Transition(state, "withdraw", A.WITHDRAWN, _applicant, comment_required=True) for state in WITHDRAWABLE),
    ),
)

# What a step is called in the history of a case.
ACTION_WORDS = {
    "submit": _("提交申报"), "recall": _("撤回修改"), "accept": _("资格通过"), "send_back": _("退回修改"),
    "refuse": _("资格不符"), "recommend": _("区县推荐"), "pass_over": _("未推荐"), "reopen": _("重新开放名单"),
    "admit": _("进入盲评"), "shortlist": _("拟入选"), "decline": _("未入选"), "notify": _("公示"),
    "announce": _("公布"), "strike": _("取消入选"), "withdraw": _("退出"),
}  # fmt: skip

LIST_PROCESS = Process(
    name="selection.list",
    states=frozenset(ListStatus.values),
    initial=ListStatus.DRAFT,
    transitions=(
        Transition(ListStatus.DRAFT, "send", ListStatus.SENT, _district),
        Transition(ListStatus.SENT, "reopen", ListStatus.DRAFT, _keepers, comment_required=True),
    ),
)

SHEET_PROCESS = Process(
    name="selection.sheet",
    states=frozenset(S.values),
    initial=S.ASSIGNED,
    transitions=(
        Transition(S.ASSIGNED, "submit", S.SUBMITTED, _expert),
        Transition(S.ASSIGNED, "recuse", S.RECUSED, _expert, comment_required=True),
        Transition(S.SUBMITTED, "unlock", S.ASSIGNED, _chair, comment_required=True),
        Transition(S.ASSIGNED, "replace", S.REPLACED, _chair, comment_required=True),
    ),
)

OBJECTION_PROCESS = Process(
    name="selection.objection",
    states=frozenset(ObjectionStatus.values),
    initial=ObjectionStatus.OPEN,
    transitions=(
        Transition(ObjectionStatus.OPEN, "uphold", ObjectionStatus.UPHELD, _chair, comment_required=True),
        Transition(ObjectionStatus.OPEN, "dismiss", ObjectionStatus.DISMISSED, _chair, comment_required=True),
    ),
)

LIVING = (D.CULTIVATING, D.RECTIFYING, D.PASSED_MIDTERM, D.DELAYED, D.ACTIVE)

DESIGNATION_PROCESS = Process(
    name="selection.designation",
    states=frozenset(D.values),
    initial=D.CULTIVATING,
    transitions=(
        Transition(D.CULTIVATING, "pass_midterm", D.PASSED_MIDTERM, _keepers, comment_required=True),
        Transition(D.CULTIVATING, "rectify", D.RECTIFYING, _keepers, comment_required=True),
        Transition(D.RECTIFYING, "pass_midterm", D.PASSED_MIDTERM, _keepers, comment_required=True),
        *(
            Transition(state, action, target, _chair, comment_required=True)
            for state in (D.CULTIVATING, D.PASSED_MIDTERM, D.DELAYED)
            for action, target in (("accept", D.ACCEPTED), ("delay", D.DELAYED), ("fail", D.FAILED))
            if (state, action) != (D.DELAYED, "delay")
        ),
        Transition(D.ACTIVE, "renew", D.ACTIVE, _chair, comment_required=True),
        *(Transition(state, "withdraw", D.WITHDRAWN, _chair, comment_required=True) for state in LIVING),
    ),
)
