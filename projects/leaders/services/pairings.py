"""结对带教: begun with goals, ended with an outcome. People are posts, or teachers by number."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.leaders.models import Pairing, Studio
from projects.leaders.people import Person, is_same
from projects.leaders.rules import can_fill, can_keep_studio

from .notes import leave_notes


@transaction.atomic
def begin_pairing(
    *, actor: User, scope: Scope, mentor: Person, mentee: Person, goals: str, started_on: date,
    studio: Studio | None = None,
) -> Pairing:  # fmt: skip
    """Two people from a day on. In a studio the mentor is its host, whoever `mentor` names.

    DomainError `forbidden`, `same` (mentor and mentee are one person), `date`, `closed`, `already`.
    """
    if studio is not None:
        mentor = Person(studio.school, office=studio.host)
    if not (can_keep_studio(scope, studio) if studio else can_fill(scope, mentor.school)):
        raise DomainError("forbidden", _("结对由带教人所在学校登记。"), status=403)
    if is_same(mentor, mentee):
        raise DomainError("same", _("带教人和学员不能是同一个人。"), field="mentee")
    if started_on > timezone.localdate():
        raise DomainError("date", _("结对日期不能晚于今天。"), field="started_on")
    if studio is not None and (studio.closed_on is not None or started_on < studio.opened_on):
        raise DomainError("closed", _("工作室在那一天没有开办。"), field="started_on")
    try:
        with transaction.atomic():
            row = Pairing.objects.create(
                studio=studio, school=mentor.school, mentor_office=mentor.office, mentor_number=mentor.number,
                mentee_school=mentee.school, mentee_office=mentee.office, mentee_number=mentee.number,
                goals=goals.strip(), started_on=started_on, made_by=actor,
            )  # fmt: skip
    except IntegrityError as error:
        raise DomainError("already", _("这两个人正在结对，不必重复登记。"), field="mentee") from error
    leave_notes([row.school_id])
    return row


@transaction.atomic
def end_pairing(*, actor: User, scope: Scope, pairing_id: int, outcome: str, on: date) -> Pairing:
    """The pair is over. A second click changes nothing. DomainError `forbidden`, `outcome`, `date`."""
    row = Pairing.objects.select_for_update(of=("self",)).select_related("school", "studio__school").get(pk=pairing_id)
    if not (can_keep_studio(scope, row.studio) if row.studio else can_fill(scope, row.school)):
        raise DomainError("forbidden", _("结对由带教人所在学校登记。"), status=403)
    if row.ended_on is not None:
        return row
    if not outcome.strip():
        raise DomainError("outcome", _("请写明带教的成效。"), field="outcome")
    if not row.started_on < on <= timezone.localdate():
        raise DomainError("date", _("结束日期须晚于结对日期，不能晚于今天。"), field="on")
    row.ended_on, row.outcome = on, outcome.strip()
    row.save()
    leave_notes([row.school_id])
    return row
