"""延期: more time for one school, or for all schools of a district that have not handed in."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Level
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from reports.collection.models import Extension, Return, ReturnStatus
from reports.collection.process import REVIEWERS
from reports.collection.rules import may_review

from .progress import add_working_days

OPEN = (ReturnStatus.DRAFT, ReturnStatus.RETURNED)
LONGEST = timedelta(days=366)


def propose_extension(record: Return) -> date:
    """A day to begin with: the one that stands, or as many working days from today as a point return gives."""
    return max(record.closes_on, add_working_days(timezone.localdate(), settings.RETURN_EXTENSION_DAYS))


@transaction.atomic
def extend_return(*, actor: User, scope: Scope, return_id: int, until: date, reason: str) -> Return:
    """Move the last day on which a school may hand in. The due day stays: being late is still to be seen."""
    record = Return.objects.select_for_update(of=("self",)).select_related("school").get(pk=return_id)
    if not may_review(scope, record):
        raise DomainError("forbidden", _("只有区县审核员可以延期。"), status=403)
    if record.status not in OPEN:
        raise DomainError("not_open", _("这张表已提交或已通过，不需延期。"), status=409)
    words = _checked(until, reason)
    record.closes_on = record.extended_to = until
    record.save(update_fields=["closes_on", "extended_to"])
    Extension.objects.create(
        form_id=record.form_id, period_id=record.period_id, district_id=record.school.district_id,
        return_record=record, until=until, reason=words, returns=1, actor=actor,
    )  # fmt: skip
    return record


@transaction.atomic
def extend_district(*, actor: User, scope: Scope, form_code: str, period_code: str, until: date, reason: str) -> int:
    """The same for every school of the actor's districts that has not handed in; returns how many got more time.

    A school that already has longer keeps it. Two statements a district.
    """
    districts = scope.unit_ids(Level.DISTRICT, REVIEWERS)
    if not districts:
        raise DomainError("forbidden", _("只有区县审核员可以延期。"), status=403)
    words = _checked(until, reason)
    total = 0
    for district in sorted(districts):
        waiting = Return.objects.filter(
            form__code=form_code, period__code=period_code, school__district=district, status__in=OPEN,
            closes_on__lt=until,
        )  # fmt: skip
        first = waiting.values_list("form_id", "period_id").first()
        moved = waiting.update(closes_on=until, extended_to=until)
        if first and moved:
            Extension.objects.create(
                form_id=first[0], period_id=first[1], district_id=district, until=until, reason=words, returns=moved,
                actor=actor,
            )  # fmt: skip
        total += moved
    if not total:
        raise DomainError("nobody", _("没有需要延期的学校：都已提交，或期限已经不早于这一天。"))
    return total


def _checked(until: date, reason: str) -> str:
    today = timezone.localdate()
    if until < today:
        raise DomainError("past", _("延期的日子不能早于今天。"), field="until")
    if until > today + LONGEST:
        raise DomainError("too_far", _("延期不能超过一年，请核对年份。"), field="until")
    words = reason.replace("\0", "").strip()[:200]
    if not words:
        raise DomainError("comment_required", _("请写明延期的原因，学校能看到。"), field="reason")
    return words
