"""From the closed review to published decisions: computed once, held, changed with a reason, published together."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.batches import perform_many
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection import calendar
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Assignment,
    AssignmentStatus,
    Decision,
    DesignationKind,
    PublicNotice,
    Round,
    RoundStatus,
    StageKind,
)
from projects.selection.models import Outcome as Verdict
from projects.selection.process import APPLICATION_PROCESS, CHAIR, ROUND_PROCESS
from projects.selection.rules.access import roles_on_application, roles_on_round
from projects.selection.rules.dates import require_within
from projects.selection.selectors.caps import cap_of_round
from projects.selection.selectors.eligibility import list_vetoed
from projects.selection.selectors.results import compute_ranking

from .notes import leave_notes


def close_review(
    *, actor: User, scope: Scope, round_id: int, lock_version: int, accept_short: bool = False
) -> Outcome[Round]:
    """End the scoring, freeze scores and ranks, propose the first `target`. Nothing is published yet.

    DomainError `closed` unless the review or the deliberation runs; `sheets_open`; `seats_empty` when an item has fewer
    sheets than the panel size, unless `accept_short`.
    """

    def run(round_: Round, step: Transition) -> dict[str, Any]:
        require_within(round_, StageKind.REVIEW, StageKind.DELIBERATION)
        waiting = Assignment.objects.filter(
            round=round_, status=AssignmentStatus.ASSIGNED, application__status=ApplicationStatus.EXPERT_REVIEW
        ).count()
        if waiting:
            raise DomainError("sheets_open", _("还有 %d 份评分表没有提交。可催办，或更换逾期的专家。") % waiting)
        items = Application.objects.filter(round=round_, status=ApplicationStatus.EXPERT_REVIEW).annotate(
            sheets=Count("assignments", filter=Q(assignments__status=AssignmentStatus.SUBMITTED))
        )
        short = items.filter(sheets__lt=1 if accept_short else round_.panel_size).count()
        if short:
            raise DomainError("seats_empty", _("有 %d 份材料的评分不足。请补派专家，或确认按现有评分计算。") % short)
        standing = {item.pk for item in items}
        ranking = [(pk, row) for pk, row in compute_ranking(round_) if pk in standing]
        Decision.objects.bulk_create(
            [
                Decision(
                    application_id=pk, score=row.score, rank=number, sheets=row.sheets,
                    outcome=Verdict.SELECT if number <= round_.target else Verdict.DECLINE,
                )
                for number, (pk, row) in enumerate(ranking, 1)
            ]
        )  # fmt: skip
        return {"items": len(ranking)}

    return _round_step(actor, scope, round_id, lock_version, "close_review", run)


@transaction.atomic
def change_decision(*, actor: User, scope: Scope, application_id: int, outcome: str, reason: str) -> Decision:
    """The deliberation decides against the rank, with a reason.

    DomainError `no_case`, `reason`, `published`, `closed` outside the stage.
    """
    rows = Decision.objects.select_for_update(of=("self",)).select_related("application__round__unit")
    decision = rows.filter(application_id=application_id).first()
    if decision is None:
        raise DomainError("no_case", _("没有这份申报的结论，请刷新后再定。"), status=404)
    round_ = decision.application.round
    if CHAIR not in roles_on_round(scope, round_):
        raise DomainError("forbidden", _("只有组织单位的管理员可以改动审议结论。"), status=403)
    if round_.status != RoundStatus.DELIBERATING:
        raise DomainError("published", _("审议已结束，结论不能再改。"), status=409)
    require_within(round_, StageKind.DELIBERATION)
    if not reason.strip():
        raise DomainError("reason", _("请写明集体审议的理由。"), field="reason")
    decision.outcome, decision.reason, decision.changed_by = Verdict(outcome), reason.strip(), actor
    decision.save(update_fields=["outcome", "reason", "changed_by"])
    return decision


def publish_decisions(
    *, actor: User, scope: Scope, round_id: int, lock_version: int, number: str, issuer: str, starts_on: date,
    title: str = "", intro: str = "",
) -> Outcome[Round]:  # fmt: skip
    """Publish all decisions together, and open the public notice from `starts_on` for the round's working days.

    The deliberation decides it and the notice begins with it: one of the two stages must run. DomainError `closed`,
    `over_target`, `over_cap`, `nobody`, `vetoed`, `date`, `number_taken`.
    """

    def run(round_: Round, step: Transition) -> dict[str, Any]:
        require_within(round_, StageKind.DELIBERATION, StageKind.NOTICE)
        decisions = Decision.objects.filter(
            application__round=round_, application__status=ApplicationStatus.EXPERT_REVIEW
        )
        chosen = set(decisions.filter(outcome=Verdict.SELECT).values_list("application_id", flat=True))
        if not chosen:
            raise DomainError("nobody", _("没有一个拟入选，不能公示。"))
        if len(chosen) > round_.target:
            raise DomainError(
                "over_target",
                _("拟入选 %(n)d 个，超过计划的 %(target)d 个。") % {"n": len(chosen), "target": round_.target},
            )
        refuse_over_cap(round_, len(chosen))
        refuse_vetoed(round_, Application.objects.filter(pk__in=chosen))
        rest = set(decisions.exclude(outcome=Verdict.SELECT).values_list("application_id", flat=True))
        notice = _open_notice(round_, number=number, issuer=issuer, starts_on=starts_on, title=title, intro=intro)
        for pks, action in ((chosen, "shortlist"), (rest, "decline"), (chosen, "notify")):
            move_applications(actor, scope, pks, action)
        return {"notice": notice.number, "selected": len(chosen)}

    return _round_step(actor, scope, round_id, lock_version, "publish_decisions", run)


def refuse_over_cap(round_: Round, chosen: int) -> None:
    """DomainError `over_cap` when the city would give more titles of the kind in the year than it may.

    The kind is locked until the end of the transaction: a second chair who decides now waits, and then counts these.
    """
    DesignationKind.objects.select_for_update(no_key=True).get(pk=round_.designation_kind_id)
    cap = cap_of_round(round_)
    if cap is not None and chosen > cap.left:
        raise DomainError(
            "over_cap",
            _("“%(kind)s”每年至多 %(most)d 个：%(year)d 年度已有 %(given)d 个，本批拟入选 %(n)d 个，多出 %(over)d 个。"
              "请在审议结果里减少后再公布。") % {
                "kind": round_.designation_kind, "most": cap.most, "year": cap.year, "given": cap.given, "n": chosen,
                "over": chosen - cap.left,
            },
            status=409,
        )  # fmt: skip


def refuse_vetoed(round_: Round, cases: QuerySet[Application]) -> None:
    """DomainError `vetoed` with names when a school on the list has come under a veto since it applied."""
    if not round_.bars_vetoed:
        return
    found = list_vetoed(cases.select_related("school", "organisation", "office__unit"))
    if found:
        names = "、".join(f"{case.holder_name}（{reason}）" for case, reason in found)
        raise DomainError("vetoed", _("这些单位在一票否决期内，不能入选：%s。") % names, status=409)


def _open_notice(round_: Round, *, number: str, issuer: str, starts_on: date, title: str, intro: str) -> PublicNotice:
    if starts_on < timezone.localdate():
        raise DomainError("date", _("公示不能从过去的日子开始。"), field="starts_on")
    if PublicNotice.objects.filter(number=number).exists():
        raise DomainError("number_taken", _("这个公示编号已被使用，请换一个。"), field="number")
    ends_on = calendar.last_of(starts_on, round_.notice_days)
    known = calendar.is_known(starts_on) and calendar.is_known(ends_on)
    return PublicNotice.objects.create(
        round=round_, number=number, issuer=issuer.strip(), published_at=timezone.now(), starts_on=starts_on,
        ends_on=ends_on, working_days=round_.notice_days,
        title=title.strip() or _("关于%s的公示") % round_.official_title,
        intro=intro.strip() or _("经申报、推荐、专家评审、集体审议，形成以下拟入选名单，现予公示。"),
        calendar_note="" if known else _("该时段的法定节假日安排尚未公布，按周一至周五计算工作日。"),
    )  # fmt: skip


def move_applications(actor: User, scope: Scope, pks: set[int], action: str, comment: str = "") -> list[Application]:
    """The same step for many cases, as the keeper of their round."""
    moved = perform_many(
        actor=actor, process=APPLICATION_PROCESS, model=Application, pks=pks, action=action, comment=comment,
        roles=lambda row: roles_on_application(scope, row), related=("round__unit",),
    )  # fmt: skip
    leave_notes(moved)
    return moved


def _round_step(
    actor: User, scope: Scope, round_id: int, lock_version: int, action: str, consequence: Any
) -> Outcome[Round]:
    return perform(
        actor=actor, process=ROUND_PROCESS, model=Round, pk=round_id, action=action, lock_version=lock_version,
        roles=lambda row: roles_on_round(scope, row), consequence=consequence,
    )  # fmt: skip
