"""Studios: opened by a school for a secretary's post, filled with sessions, closed with an outcome."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Office
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.leaders.models import Pairing, Session, Studio, StudioLevel
from projects.leaders.rules import SECRETARIES, can_fill, can_keep_studio
from schools.registry.models import School

from .notes import leave_notes


@transaction.atomic
def open_studio(
    *, actor: User, scope: Scope, school: School, host: Office, name: str, theme: str, opened_on: date,
    level: str = StudioLevel.SCHOOL, named_by: str = "",
) -> Studio:  # fmt: skip
    """A studio of the school; one of the district's or the city's says which document named it.

    DomainError `forbidden`, `host` (no secretary in office), `date`, `named_by`, `taken`.
    """
    if not can_fill(scope, school):
        raise DomainError("forbidden", _("工作室由学校书记或填报员登记。"), status=403)
    today = timezone.localdate()
    in_office = host.valid_from <= opened_on and (host.valid_to is None or host.valid_to > today)
    if host.role not in SECRETARIES or not in_office:
        raise DomainError("host", _("主持人须是成立时已在任的党组织书记。"), field="host")
    if opened_on > today:
        raise DomainError("date", _("成立日期不能晚于今天。"), field="opened_on")
    if level != StudioLevel.SCHOOL and not named_by.strip():
        raise DomainError("named_by", _("区县级、市级工作室请写明命名文件。"), field="named_by")
    try:
        with transaction.atomic():
            row = Studio.objects.create(
                school=school, host=host, name=name.strip(), theme=theme.strip(), opened_on=opened_on, made_by=actor,
                level=level, named_by=named_by.strip() if level != StudioLevel.SCHOOL else "",
            )  # fmt: skip
    except IntegrityError as error:
        raise _refusal(str(error)) from error
    leave_notes([school.pk])
    return row


def _refusal(cause: str) -> DomainError:
    """What the database refused, in words."""
    if "name_once" in cause:
        return DomainError("taken", _("本校已有同名的工作室。"), field="name")
    if "one_open_a_host" in cause:
        return DomainError("taken", _("这位书记已有在办的工作室，请先结束原来的。"), field="host")
    return DomainError("host", _("主持人须是本校的党组织书记。"), field="host")


@transaction.atomic
def close_studio(*, actor: User, scope: Scope, studio_id: int, outcome: str, on: date) -> Studio:
    """End a studio on a day, with what it brought; pairings that still run end with it. A second click changes nothing.

    DomainError `forbidden`, `outcome`, `date`.
    """
    row = _locked(scope, studio_id)
    if row.closed_on is not None:
        return row
    if not outcome.strip():
        raise DomainError("outcome", _("请写明工作室的成果，留作档案。"), field="outcome")
    running = Pairing.objects.filter(studio=row, ended_on=None)
    used = row.sessions.filter(held_on__gt=on).exists() or running.filter(started_on__gte=on).exists()
    if used or not row.opened_on < on <= timezone.localdate():
        raise DomainError("date", _("结束日期须晚于成立、结对和最后一次活动的日期，不能晚于今天。"), field="on")
    row.closed_on, row.outcome = on, outcome.strip()
    row.save()
    running.update(ended_on=on, outcome=_("随工作室结束"))
    leave_notes([row.school_id])
    return row


@transaction.atomic
def record_session(
    *, actor: User, scope: Scope, studio_id: int, held_on: date, topic: str, mode: str, attendance: int
) -> Session:
    """One session that was held. DomainError `forbidden`, `closed`, `date`, `month` (31 already), `twice`."""
    row = _locked(scope, studio_id)
    if held_on > timezone.localdate() or held_on < row.opened_on:
        raise DomainError("date", _("活动日期须在工作室成立之后，不能晚于今天。"), field="held_on")
    if row.closed_on is not None and held_on >= row.closed_on:
        raise DomainError("closed", _("那一天工作室已经结束。"), field="held_on")
    try:
        with transaction.atomic():
            session = Session.objects.create(
                studio=row, held_on=held_on, topic=topic.strip(), mode=mode, attendance=attendance, recorded_by=actor
            )
    except IntegrityError as error:
        if "leaders_session_once" in str(error):
            raise DomainError("twice", _("这一天的这个主题已经记过。"), field="topic") from error
        raise DomainError("month", _("一个工作室每月最多 31 场，这个月已满。"), field="held_on") from error
    leave_notes([row.school_id])
    return session


@transaction.atomic
def remove_session(*, actor: User, scope: Scope, session_id: int) -> Studio:
    """Take back a session that was recorded by mistake; the record of changes keeps it."""
    session = Session.objects.select_related("studio").get(pk=session_id)
    studio = _locked(scope, session.studio_id)
    session.delete()
    leave_notes([studio.school_id])
    return studio


def _locked(scope: Scope, studio_id: int) -> Studio:
    row = Studio.objects.select_for_update(of=("self",)).select_related("school").get(pk=studio_id)
    if not can_keep_studio(scope, row):
        raise DomainError("forbidden", _("工作室由主持人和所在学校记录。"), status=403)
    return row
