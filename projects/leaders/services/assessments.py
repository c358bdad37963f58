"""An assessment from its first line to the district's confirmation, and its end."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.batches import perform_many
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.seen import saw_latest
from portal.workflow.services import Outcome, perform
from projects.leaders import process
from projects.leaders.models import Assessment, AssessmentStatus, GapPlan
from projects.leaders.models.assessments import EDITABLE, OPEN
from projects.leaders.process import ASSESSMENT_PROCESS
from projects.leaders.rules import can_fill, roles_at_school
from projects.selection.calendar import add_months
from schools.party.models import PartyOrganisation

from .notes import leave_notes
from .standards import standard_on


@transaction.atomic
def save_assessment(
    *, actor: User, scope: Scope, organisation: PartyOrganisation, assessed_on: date, party_kind: str,
    party_proof: str, work_kind: str, work_proof: str, seen: str = "",
) -> Assessment:  # fmt: skip
    """Write the draft of a post, a new one or the one that is open. `seen`: `saved_at` as the form carried it.

    DomainError `forbidden`, `date`, `kind`, `proof`, `waiting` (409); StaleError if somebody wrote meanwhile.
    """
    if not can_fill(scope, organisation.school):
        raise DomainError("forbidden", _("认定由学校书记或填报员填写。"), status=403)
    if assessed_on > timezone.localdate():
        raise DomainError("date", _("认定日期不能晚于今天。"), field="assessed_on")
    row = Assessment.objects.select_for_update().filter(organisation=organisation, status__in=OPEN).first()
    row = row or Assessment(organisation=organisation, school=organisation.school, status=AssessmentStatus.DRAFT)
    if row.status not in EDITABLE:
        raise DomainError("waiting", _("认定正在等县级确认，请先撤回再修改。"), status=409)
    if row.pk and not saw_latest(seen, row.saved_at):
        raise StaleError(_("这份认定刚被别人改过，您填的没有写入。请核对最新内容后再保存。"))
    row.standard = standard_on(assessed_on)
    row.assessed_on, row.saved_by = assessed_on, actor
    row.party_kind, row.party_proof = _side(row.standard.party_kinds, party_kind, party_proof, "party")
    row.work_kind, row.work_proof = _side(row.standard.work_kinds, work_kind, work_proof, "work")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise StaleError(_("别人刚为这个职务开始了认定，请刷新后再填。")) from error
    return row


def _side(kinds: list[str], kind: str, proof: str, side: str) -> tuple[str, str]:
    """One side as it is stored: both empty when it is not reached."""
    kind, proof = kind.strip(), proof.strip()
    if not kind and not proof:
        return "", ""
    if not kind:
        raise DomainError("kind", _("已写依据，请选是哪一种证明；未达到的，请清空依据。"), field=f"{side}_kind")
    if kind not in kinds:
        raise DomainError("kind", _("现行标准里没有这种证明，请重新选择。"), field=f"{side}_kind")
    if not proof:
        raise DomainError("proof", _("请写明证书、文件的名称和编号。"), field=f"{side}_proof")
    return kind, proof


def submit_assessment(*, actor: User, scope: Scope, assessment_id: int, lock_version: int) -> Outcome[Assessment]:
    """Hand it to the district. DomainError `plan_missing`: a post that does not meet the standard needs a plan."""

    def planned(row: Assessment, step: Transition) -> dict[str, Any]:
        if not row.meets and not GapPlan.objects.filter(organisation=row.organisation_id, closed_on=None).exists():
            raise DomainError("plan_missing", _("还没有达标。请先填写培养措施和完成期限，再提交确认。"))
        return {"meets": row.meets}

    return _step(actor, scope, assessment_id, lock_version, process.SUBMIT, consequence=planned)


def recall_assessment(*, actor: User, scope: Scope, assessment_id: int, lock_version: int) -> Outcome[Assessment]:
    """Take it back to go on writing, as long as nobody confirmed it."""
    return _step(actor, scope, assessment_id, lock_version, process.RECALL)


def return_assessment(
    *, actor: User, scope: Scope, assessment_id: int, lock_version: int, reason: str
) -> Outcome[Assessment]:
    """Back to the school, with what is to be changed."""
    return _step(actor, scope, assessment_id, lock_version, process.SEND_BACK, reason)


@transaction.atomic
def end_assessment(
    *, actor: User, scope: Scope, assessment_id: int, lock_version: int, reason: str
) -> Outcome[Assessment]:
    """From today on it no longer counts: the holder changed, or a proof fell away."""

    def end(row: Assessment, step: Transition) -> dict[str, Any]:
        row.ended_on = timezone.localdate()
        return {}

    outcome = _step(actor, scope, assessment_id, lock_version, process.END, reason, end)
    if not outcome.repeated:
        leave_notes([outcome.obj.school_id])
    return outcome


@transaction.atomic
def confirm_assessments(*, actor: User, scope: Scope, versions: Mapping[int, int]) -> list[Assessment]:
    """Confirm all of these or none; `versions`: assessment → lock_version as the page showed it.

    A second click finds the first one's result. DomainError `nothing`, `forbidden`, `four_eyes`; StaleError.
    """
    if not versions:
        raise DomainError("nothing", _("请先勾选要确认的认定。"))

    def give_term(row: Assessment) -> None:
        row.valid_to = add_months(row.assessed_on, row.standard.term_months)

    rows = perform_many(
        actor=actor, process=ASSESSMENT_PROCESS, model=Assessment, pks=list(versions), versions=versions,
        action=process.CONFIRM, roles=lambda row: roles_at_school(scope, row.school), related=["school", "standard"],
        consequence=give_term, writes=["valid_to"],
    )  # fmt: skip
    leave_notes(row.school_id for row in rows)
    return rows


def _step(
    actor: User, scope: Scope, assessment_id: int, lock_version: int, action: str, comment: str = "",
    consequence: Any = None,
) -> Outcome[Assessment]:  # fmt: skip
    return perform(
        actor=actor, process=ASSESSMENT_PROCESS, model=Assessment, pk=assessment_id, action=action,
        lock_version=lock_version, roles=lambda row: roles_at_school(scope, row.school), comment=comment,
        consequence=consequence,
    )  # fmt: skip
