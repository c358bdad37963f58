"""Objections to a public notice: filed by anybody, closed with a reply; then, and only then, the designations."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.ui.formats import show_day
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection.codes import code_of, digest_of
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Objection,
    ObjectionStatus,
    PublicNotice,
    Round,
    StageKind,
)
from projects.selection.process import OBJECTION_PROCESS, ROUND_PROCESS
from projects.selection.rules.access import roles_on_round
from projects.selection.rules.dates import require_within

from .designations import designate
from .results import move_applications, refuse_vetoed


@transaction.atomic
def file_objection(
    *, notice_id: int, ticket: str, text: str, application_id: int | None = None, name: str = "", contact: str = ""
) -> str:
    """Take an objection from anybody; returns the 查询码, shown once. DomainError `closed`, `text`, `not_listed`."""
    # The row is locked so that an objection and the end of the notice cannot miss each other.
    notice = PublicNotice.objects.select_for_update().get(pk=notice_id)
    if not notice.starts_on <= timezone.localdate() <= notice.ends_on:
        raise DomainError("closed", _("现在不在公示期内，不再接收异议。可向发布单位直接反映。"), status=409)
    if len(text.strip()) < 10:
        raise DomainError("text", _("请写明具体事实，至少 10 个字。"), field="text")
    listed = Application.objects.filter(round=notice.round_id, status=ApplicationStatus.PUBLIC_NOTICE)
    if application_id is not None and not listed.filter(pk=application_id).exists():
        raise DomainError("not_listed", _("请从名单里选择。"), field="application")
    code = code_of(ticket)
    try:
        with transaction.atomic():
            Objection.objects.create(
                notice=notice, application_id=application_id, text=text.strip(), name=name.strip(),
                contact=contact.strip(), code_digest=digest_of(code), status=ObjectionStatus.OPEN,
            )  # fmt: skip
    except IntegrityError:
        return code
    return code


@transaction.atomic
def close_objection(
    *, actor: User, scope: Scope, objection_id: int, lock_version: int, upheld: bool, reply: str
) -> Outcome[Objection]:
    """Answer and close. Upheld against one case: the case is struck from the list. DomainError as the engine says."""

    def answer(objection: Objection, step: Transition) -> dict[str, Any]:
        objection.reply, objection.closed_at, objection.closed_by = reply.strip(), timezone.now(), actor
        return {}

    outcome = perform(
        actor=actor, process=OBJECTION_PROCESS, model=Objection, pk=objection_id,
        action="uphold" if upheld else "dismiss", lock_version=lock_version, comment=reply, consequence=answer,
        roles=lambda row: roles_on_round(scope, row.notice.round),
    )  # fmt: skip
    case = outcome.obj.application
    if upheld and not outcome.repeated and case is not None and case.status == ApplicationStatus.PUBLIC_NOTICE:
        move_applications(actor, scope, {case.pk}, "strike", reply)
    return outcome


@transaction.atomic
def end_due_notices() -> int:
    """Stamp the notices whose last day is over; returns how many. Safe to run at any time, twice too."""
    due = Q(closed_at=None, ends_on__lt=timezone.localdate())
    return PublicNotice.objects.filter(due).update(closed_at=timezone.now())


def announce_round(*, actor: User, scope: Scope, round_id: int, lock_version: int) -> Outcome[Round]:
    """The list stands: every case still on it becomes a designation from today.

    DomainError `closed` outside the stage of the announcement, `notice_running` before the last day is over,
    `objections_open` with their number, `vetoed` with names.
    """

    def run(round_: Round, step: Transition) -> dict[str, Any]:
        require_within(round_, StageKind.ANNOUNCEMENT)
        notice = PublicNotice.objects.select_for_update().get(round=round_)
        if timezone.localdate() <= notice.ends_on:
            raise DomainError(
                "notice_running", _("公示到 %s 24:00 才结束，期满后再公布。") % show_day(notice.ends_on), status=409
            )
        waiting = notice.objections.filter(status=ObjectionStatus.OPEN).count()
        if waiting:
            raise DomainError("objections_open", _("还有 %d 件异议没有办结，办结后才能公布。") % waiting, status=409)
        end_due_notices()
        refuse_vetoed(round_, Application.objects.filter(round=round_, status=ApplicationStatus.PUBLIC_NOTICE))
        listed = Application.objects.filter(round=round_, status=ApplicationStatus.PUBLIC_NOTICE)
        cases = move_applications(actor, scope, set(listed.values_list("pk", flat=True)), "announce")
        return {"designations": len(designate(actor=actor, round_=round_, applications=cases))}

    return perform(
        actor=actor, process=ROUND_PROCESS, model=Round, pk=round_id, action="announce", lock_version=lock_version,
        roles=lambda row: roles_on_round(scope, row), consequence=run,
    )  # fmt: skip
