"""培养措施: planned, changed while it is open, and closed with what came of it."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.leaders.models import GapPlan
from projects.leaders.rules import can_plan
from schools.party.models import PartyOrganisation


@transaction.atomic
def plan_gap(*, actor: User, scope: Scope, organisation: PartyOrganisation, measures: str, due_on: date) -> GapPlan:
    """Write the open plan of a post, or change it. DomainError `forbidden`, `measures`, `date`."""
    _allow(scope, organisation)
    today = timezone.localdate()
    if len(measures.strip()) < 10:
        raise DomainError("measures", _("请写明怎样培养、由谁负责，至少 10 个字。"), field="measures")
    if due_on <= today:
        raise DomainError("date", _("完成期限须晚于今天。"), field="due_on")
    row = GapPlan.objects.select_for_update().filter(organisation=organisation, closed_on=None).first()
    row = row or GapPlan(organisation=organisation, school=organisation.school, made_by=actor, made_on=today)
    row.measures, row.due_on = measures.strip(), due_on
    row.save()
    return row


@transaction.atomic
def close_plan(*, actor: User, scope: Scope, plan_id: int, outcome: str) -> GapPlan:
    """The plan is over. A second click changes nothing. DomainError `forbidden`, `outcome`."""
    row = GapPlan.objects.select_for_update(of=("self",)).select_related("organisation__school").get(pk=plan_id)
    _allow(scope, row.organisation)
    if row.closed_on is not None:
        return row
    if not outcome.strip():
        raise DomainError("outcome", _("请写明结果。"), field="outcome")
    row.closed_on, row.outcome = timezone.localdate(), outcome.strip()
    row.save()
    return row


def _allow(scope: Scope, organisation: PartyOrganisation) -> None:
    if not can_plan(scope, organisation.school):
        raise DomainError("forbidden", _("培养措施由学校或区县填写。"), status=403)
