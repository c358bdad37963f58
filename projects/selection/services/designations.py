"""Titles: given by a round or recorded by hand, checked, accepted, renewed, withdrawn."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Journal
from districts.selectors.units import get_district_of
from portal.accounts.models import User
from portal.accounts.services import ALPHABET
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.selection import consequences, subjects
from projects.selection.calendar import add_months
from projects.selection.models import (
    HONOUR,
    SUBJECT_KINDS,
    Application,
    Designation,
    DesignationKind,
    DesignationLevel,
    DesignationStatus,
    Round,
    same_holder,
)
from projects.selection.process import DESIGNATION_PROCESS
from projects.selection.rules.access import roles_on_designation
from projects.selection.selectors.caps import get_cap

CODE_LENGTH = 12


def new_check_code() -> str:
    """Twelve characters that cannot be taken for one another on paper."""
    return "".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH)).upper()


def designate(*, actor: User, round_: Round, applications: Sequence[Application]) -> list[Designation]:
    """Designations of announced cases, in the caller's transaction. A trigger refuses while an objection is open."""
    kind, today = round_.designation_kind, timezone.localdate()
    level = DesignationLevel.CITY if round_.is_city else DesignationLevel.DISTRICT
    rows = [
        Designation(
            **_columns(case), **_dates(kind, today), kind=kind, level=level, batch=round_.title,
            official_title=round_.official_title, round=round_, application=case, district_id=case.district_id,
            recorded_by=actor, check_code=new_check_code(),
        )
        for case in applications
    ]  # fmt: skip
    Designation.objects.bulk_create(rows)
    _tell(rows, new=True)
    return rows


@transaction.atomic
def record_designation(
    *, actor: User, scope: Scope, holder: Designation, kind: DesignationKind, level: str, batch: str,
    official_title: str, source: str, valid_from: date, valid_to: date | None = None,
) -> Designation:  # fmt: skip
    """Enter a title that was given outside the portal, with its source. `holder`: an unsaved row with the holder.

    DomainError `source`, `date`, `already`, `over_cap`, `forbidden`.
    """
    holder.kind, holder.level, holder.batch, holder.official_title = kind, level, batch.strip(), official_title.strip()
    holder.district = get_district_of(holder.school_id)
    _find_subject(holder)
    if not roles_on_designation(scope, holder):
        raise DomainError("forbidden", _("区县登记本区县的称号，市级及以上由市教育工委登记。"), status=403)
    if not source.strip():
        raise DomainError("source", _("请写明文件名或文号。"), field="source")
    if valid_from > timezone.localdate():
        raise DomainError("date", _("授予日期不能晚于今天。"), field="valid_from")
    dates = _dates(kind, valid_from)
    if valid_to is not None:
        dates["valid_to"] = valid_to
    if dates["valid_to"] is not None and dates["valid_to"] <= valid_from:
        raise DomainError("date", _("到期日须晚于授予日期。"), field="valid_to")
    for name, value in dates.items():
        setattr(holder, name, value)
    _refuse_over_cap(holder)
    _refuse_again(holder)
    holder.source, holder.recorded_by, holder.check_code = source.strip(), actor, new_check_code()
    try:
        with transaction.atomic():
            holder.save()
    except IntegrityError as error:
        raise DomainError("already", _("这个称号已经登记过。")) from error
    _tell([holder], new=True)
    return holder


def _refuse_over_cap(row: Designation) -> None:
    """Before the database says it less plainly. The kind stays locked, as in `results.refuse_over_cap`."""
    kind = DesignationKind.objects.select_for_update(no_key=True).get(pk=row.kind_id)
    if row.level != DesignationLevel.CITY or row.predecessor_id is not None:
        return
    cap = get_cap(kind, row.valid_from.year)
    if cap is not None and not cap.left:
        raise DomainError(
            "over_cap",
            _("“%(kind)s”每年至多 %(most)d 个，%(year)d 年度已满，不能再登记。")
            % {"kind": kind, "most": cap.most, "year": cap.year},
            field="valid_from",
        )


def _refuse_again(row: Designation) -> None:
    """The same title from the same day, however its document is called. The kind is locked (`_refuse_over_cap`)."""
    same = Designation.objects.filter(kind=row.kind, level=row.level, valid_from=row.valid_from, **same_holder(row))
    if row.kind.code != HONOUR and same.exists():
        raise DomainError("already", _("这个称号已经登记过。"))


def _find_subject(holder: Designation) -> None:
    """A thing that is only named, and registered by its school under this name, is that very thing."""
    if holder.holder_kind in SUBJECT_KINDS and not holder.subject_id:
        known = {s.title: s.pk for s in subjects.list_subjects(holder.holder_kind, holder.school_id)}
        holder.subject_id = known.get(holder.subject_title, 0)


@transaction.atomic
def rename_subject(*, designation_id: int, name: str) -> Designation:
    """The thing behind a title is called otherwise: register, certificate and the page that verifies say so.

    For the room that keeps the thing, which asked whoever may agree to it; what it was called stands in its history
    there and in the audit. The document's own words (`official_title`) stay as they were published.
    """
    row = Designation.objects.select_for_update(of=("self",)).get(pk=designation_id)
    row.subject_title = name
    row.save(update_fields=["subject_title"])
    return row


def pass_midterm(
    *, actor: User, scope: Scope, designation_id: int, lock_version: int, finding: str
) -> Outcome[Designation]:
    """The mid-term check is passed, at once or after rectification."""

    def passed(row: Designation, step: Transition) -> dict[str, Any]:
        row.midterm_passed_on = timezone.localdate()
        return {}

    return _step(actor, scope, designation_id, lock_version, "pass_midterm", finding, passed)


def order_rectification(
    *, actor: User, scope: Scope, designation_id: int, lock_version: int, finding: str
) -> Outcome[Designation]:
    """The mid-term check asks for rectification."""
    return _step(actor, scope, designation_id, lock_version, "rectify", finding)


@transaction.atomic
def accept_designation(
    *, actor: User, scope: Scope, designation_id: int, lock_version: int, finding: str
) -> tuple[Outcome[Designation], Designation | None]:
    """The build is accepted: it ends, and what its kind becomes begins today. None if the kind becomes nothing.

    DomainError `midterm_missing` when a mid-term check is due by the kind and was not passed.
    """

    def end(row: Designation, step: Transition) -> dict[str, Any]:
        if row.kind.midterm_months and row.midterm_passed_on is None:
            raise DomainError("midterm_missing", _("中期检查还没有通过，不能验收。"))
        row.ended_on = timezone.localdate()
        return {}

    outcome = _step(actor, scope, designation_id, lock_version, "accept", finding, end)
    row = outcome.obj
    if outcome.repeated or row.kind.becomes is None:
        return outcome, Designation.objects.filter(predecessor=row).first()
    successor = Designation(
        **_columns(row), **_dates(row.kind.becomes, timezone.localdate()), kind=row.kind.becomes, level=row.level,
        batch=row.batch, official_title=row.official_title, district_id=row.district_id, predecessor=row,
        source=_("期满验收通过"), recorded_by=actor, check_code=new_check_code(),
    )  # fmt: skip
    successor.save()
    _tell([successor], new=True)
    return outcome, successor


def delay_acceptance(
    *, actor: User, scope: Scope, designation_id: int, lock_version: int, finding: str, until: date
) -> Outcome[Designation]:
    """The acceptance is put off once; the term goes on until then."""

    def put_off(row: Designation, step: Transition) -> dict[str, Any]:
        return _extend(row, until)

    return _step(actor, scope, designation_id, lock_version, "delay", finding, put_off)


def fail_acceptance(
    *, actor: User, scope: Scope, designation_id: int, lock_version: int, finding: str
) -> Outcome[Designation]:
    """The build is not accepted: it stops counting today."""
    return _step(actor, scope, designation_id, lock_version, "fail", finding, _end_today)


def renew_designation(
    *, actor: User, scope: Scope, designation_id: int, lock_version: int, finding: str, until: date
) -> Outcome[Designation]:
    """After a review the title goes on until another day."""
    return _step(actor, scope, designation_id, lock_version, "renew", finding, lambda row, step: _extend(row, until))


def withdraw_designation(
    *, actor: User, scope: Scope, designation_id: int, lock_version: int, reason: str
) -> Outcome[Designation]:
    """Take the title back, with a reason that its page shows; it stops counting today."""
    return _step(actor, scope, designation_id, lock_version, "withdraw", reason, _end_today)


def _end_today(row: Designation, step: Transition) -> dict[str, Any]:
    row.ended_on = timezone.localdate()
    return {}


def _extend(row: Designation, until: date) -> dict[str, Any]:
    if row.valid_to is None or until <= max(row.valid_to, timezone.localdate()):
        raise DomainError("date", _("新的到期日须晚于原到期日和今天。"), field="until")
    before, row.valid_to = row.valid_to, until
    return {"from": before.isoformat(), "to": until.isoformat()}


def _columns(held: Application | Designation) -> dict[str, Any]:
    """The holder's columns for a new row."""
    return {f"{k}_id" if k in ("school", "organisation", "office") else k: v for k, v in same_holder(held).items()}


def _dates(kind: DesignationKind, start: date) -> dict[str, Any]:
    return {
        "valid_from": start,
        "valid_to": add_months(start, kind.term_months) if kind.term_months else None,
        "midterm_due": add_months(start, kind.midterm_months) if kind.midterm_months else None,
        "status": DesignationStatus.CULTIVATING if kind.is_built else DesignationStatus.ACTIVE,
    }


def _tell(rows: Sequence[Designation], *, new: bool) -> None:
    """Hooks in this transaction, and a note for the roll-up: what counts has changed."""
    for row in rows:
        for run in consequences.on_designated if new else consequences.on_designation_changed:
            run(row)
    Journal.objects.bulk_create([Journal(topic="school.designation", unit_id=row.school_id) for row in rows])


def _step(
    actor: User, scope: Scope, designation_id: int, lock_version: int, action: str, comment: str,
    consequence: Any = None,
) -> Outcome[Designation]:  # fmt: skip
    with transaction.atomic():
        outcome = perform(
            actor=actor, process=DESIGNATION_PROCESS, model=Designation, pk=designation_id, action=action,
            lock_version=lock_version, roles=lambda row: roles_on_designation(scope, row), comment=comment,
            consequence=consequence,
        )  # fmt: skip
        if not outcome.repeated:
            _tell([outcome.obj], new=False)
    return outcome
