"""The steps of a return: submit, withdraw, send back, approve, reopen."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from reports.collection import consequences
from reports.collection.checks import check_all
from reports.collection.models import Return, Value, Verdict, VerdictDraft
from reports.collection.process import APPROVE, REOPEN, RETURN_PROCESS, SEND_BACK, SUBMIT, WITHDRAW
from reports.collection.rules import is_open_for_filling, roles_on
from reports.collection.selectors.between import find_conflicts
from reports.indicators.models import Origin

from .values import Cells, load_cells


def submit_return(*, actor: User, scope: Scope, return_id: int, lock_version: int) -> Outcome[Return]:
    """Hand the form in. Raises DomainError `incomplete` with `cells` (code → reason) while something blocks."""

    def hand_in(record: Return, step: Transition) -> dict[str, Any]:
        if not is_open_for_filling(record):
            raise DomainError("locked", _("报送期已过，请联系区县教育工委延期。"), status=409)
        if blocking := blocking_cells(record):
            raise DomainError("incomplete", _("还有 %d 格要办，办完即可提交。") % len(blocking), cells=blocking)
        now = timezone.now()
        record.submitted_at, record.submitted_by = now, actor
        record.first_submitted_at = record.first_submitted_at or now
        return {}

    return _step(actor, scope, return_id, lock_version, SUBMIT, consequence=hand_in)


def withdraw_return(*, actor: User, scope: Scope, return_id: int, lock_version: int) -> Outcome[Return]:
    """Take a form back before the district has decided, and while it can still be handed in again (else `closed`)."""

    def refuse_when_over(record: Return, step: Transition) -> dict[str, Any]:
        if not record.is_in_window:
            raise DomainError("closed", _("报送期已过，撤回后就不能再提交。有错请联系区县教育工委退回要改的格。"))
        return {}

    return _step(actor, scope, return_id, lock_version, WITHDRAW, consequence=refuse_when_over)


def send_back_return(
    *, actor: User, scope: Scope, return_id: int, lock_version: int, reasons: Mapping[str, str]
) -> Outcome[Return]:
    """Return single cells, each with its reason (code → text); only these reopen, the others count as passed."""
    reasons = {code: text.strip() for code, text in reasons.items()}

    def mark_cells(record: Return, step: Transition) -> dict[str, Any]:
        cells = load_cells(record)
        _refuse_own_figures(cells, actor)
        if unknown := sorted(set(reasons) - {c for c, i in cells.fields.items() if i.origin == Origin.REPORTED}):
            raise DomainError("unknown_cell", _("这张表里没有可退回的格 %s。") % "、".join(unknown))
        if not reasons or not all(reasons.values()):
            raise DomainError("comment_required", _("请选择要退回的格，并逐格写明原因。"))
        _set_verdicts(record, actor, reasons)
        extended = add_working_days(timezone.localdate(), settings.RETURN_EXTENSION_DAYS)
        record.closes_on = max(record.closes_on, extended)
        return {"cells": reasons}

    return _step(
        actor, scope, return_id, lock_version, SEND_BACK, comment="；".join(reasons.values()), consequence=mark_cells
    )


def approve_return(*, actor: User, scope: Scope, return_id: int, lock_version: int) -> Outcome[Return]:
    """Approve: the values become facts in this very transaction, and the roll-up is told."""

    def accept(record: Return, step: Transition) -> dict[str, Any]:
        cells = load_cells(record)
        _refuse_own_figures(cells, actor)
        _refuse_conflicts(cells)
        record.approved_at, record.approved_by = timezone.now(), actor
        record.values.exclude(verdict=Verdict.PASSED).update(
            verdict=Verdict.PASSED, verdict_reason="", verdict_by=actor, verdict_at=record.approved_at
        )
        return {}

    with transaction.atomic():
        outcome = _step(actor, scope, return_id, lock_version, APPROVE, consequence=accept)
        if not outcome.repeated:
            for run in consequences.on_approved:
                run(outcome.obj)
    return outcome


def reopen_return(
    *, actor: User, scope: Scope, return_id: int, lock_version: int, reason: str, codes: list[str] | None = None
) -> Outcome[Return]:
    """Open an approved form again, all its cells or some, with a reason. Its facts are taken back meanwhile."""

    def open_cells(record: Return, step: Transition) -> dict[str, Any]:
        cells = load_cells(record)
        chosen = [c for c in (codes or cells.fields) if c in cells.fields and cells.fields[c].origin == Origin.REPORTED]
        if not chosen:
            raise DomainError("unknown_cell", _("请选择要重新开放的格。"))
        _set_verdicts(record, actor, dict.fromkeys(chosen, reason.strip()))
        record.approved_at = record.approved_by = None
        record.closes_on = max(record.closes_on, add_working_days(timezone.localdate(), settings.RETURN_EXTENSION_DAYS))
        return {"cells": chosen}

    with transaction.atomic():
        outcome = _step(actor, scope, return_id, lock_version, REOPEN, comment=reason, consequence=open_cells)
        if not outcome.repeated:
            for run in consequences.on_withdrawn:
                run(outcome.obj)
    return outcome


def blocking_cells(record: Return) -> dict[str, str]:
    """What stands in the way of submission: code → reason, in the order of the form."""
    cells = load_cells(record)
    blocking: dict[str, str] = {}
    for code, indicator in cells.fields.items():
        value = cells.values.get(code)
        if indicator.origin != Origin.REPORTED:
            continue
        if (value is None or value.number is None) and code in cells.required and not (value and value.remark):
            blocking[code] = _("待填。确实不掌握的，留空并写明原因。")
        elif (
            value is not None
            and value.verdict == Verdict.RETURNED
            and value.updated_at <= (value.verdict_at or value.updated_at)
        ):
            blocking[code] = _("被退回，请改正，或在说明里写明为什么不改。")
    for finding in check_all(cells.fields.values(), cells.numbers, cells.fields):
        if finding.blocks:
            blocking.setdefault(finding.code, finding.message)
    for conflict in find_conflicts(record=record, fields=cells.fields, numbers=cells.numbers):
        if conflict.blocks:
            blocking.setdefault(conflict.code, conflict.message)
    return {code: blocking[code] for code in cells.fields if code in blocking}


def add_working_days(day: date, count: int) -> date:
    """The day after `count` weekdays. Public holidays are not known here; the window only gets longer by them."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _refuse_own_figures(cells: Cells, actor: User) -> None:
    """Four eyes also for figures that the district imported on a school's behalf (docs/adr/0020)."""
    if any(value.updated_by_id == actor.pk for value in cells.values.values()):
        raise DomainError("four_eyes", _("表里有您导入或填写的数，不能由您审核，请由另一位审核员办理。"), status=403)


def _refuse_conflicts(cells: Cells) -> None:
    """Another form may have been handed in since the submission: figures that contradict it do not become facts."""
    found = find_conflicts(record=cells.record, fields=cells.fields, numbers=cells.numbers)
    conflicts = [conflict for conflict in found if conflict.blocks]
    if conflicts:
        raise DomainError(
            "conflict",
            _("%s请退回这一格，或先更正另一张表。") % conflicts[0].message,
            status=409,
            cells={c.code: c.message for c in conflicts},
        )


def _set_verdicts(record: Return, actor: User, reasons: Mapping[str, str]) -> None:
    now = timezone.now()
    record.values.update(verdict=Verdict.PASSED, verdict_reason="", verdict_by=actor, verdict_at=now)
    fields = {f.indicator.code: f.indicator for f in record.form.fields.select_related("indicator")}
    known = {v.indicator.code for v in record.values.select_related("indicator")}
    Value.objects.bulk_create(
        [Value(return_record=record, indicator=fields[code]) for code in reasons if code not in known]
    )
    for code, reason in reasons.items():
        record.values.filter(indicator__code=code).update(
            verdict=Verdict.RETURNED, verdict_reason=reason, verdict_by=actor, verdict_at=now
        )


def _step(
    actor: User,
    scope: Scope,
    return_id: int,
    lock_version: int,
    action: str,
    *,
    comment: str = "",
    consequence: Any = None,
) -> Outcome[Return]:
    """One step; verdicts that were only kept are gone with it, in the same transaction."""

    def settle(record: Return, step: Transition) -> dict[str, Any] | None:
        payload: dict[str, Any] | None = consequence(record, step) if consequence else None
        VerdictDraft.objects.filter(return_record=record).delete()
        return payload

    return perform(
        actor=actor,
        process=RETURN_PROCESS,
        model=Return,
        pk=return_id,
        action=action,
        lock_version=lock_version,
        roles=lambda record: roles_on(scope, record),
        comment=comment,
        consequence=settle,
        related=("form", "period", "school"),
    )
