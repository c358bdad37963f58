"""What a check finds. The title's own steps are taken by the engine; the paper keeps the finding beside them."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.engine import Transition
from portal.workflow.errors import DomainError
from portal.workflow.services import Outcome, perform
from projects.creation import process
from projects.creation.models import WITH_DAY, Paper, PaperKind, Result
from projects.creation.process import PAPER_PROCESS, RESULTS
from projects.creation.rules import roles_on_build
from projects.selection.models import Designation
from projects.selection.services import designations as engine

from .papers import lock_paper


@transaction.atomic
def settle_paper(
    *, actor: User, scope: Scope, paper_id: int, lock_version: int, result: str, finding: str,
    until: date | None = None,
) -> Outcome[Paper]:  # fmt: skip
    """Settle a paper with a finding, and take the step of the designation that follows from it.

    `until`: the day by which to rectify, or the new day of acceptance. A second click finds the first one's result.
    DomainError `result`, `until`, and whatever the engine refuses (then the paper stays as it was).
    """
    paper = lock_paper(paper_id)
    build = paper.designation

    def note(row: Paper, step: Transition) -> dict[str, Any]:
        if result not in RESULTS[row.kind]:
            raise DomainError("result", _("请选择结论。"), field="result")
        row.result, row.finding, row.settled_on = result, finding.strip(), timezone.localdate()
        row.until = _day(build, result, until)
        return {"kind": row.kind, "result": result, "until": row.until.isoformat() if row.until else None}

    outcome = perform(
        actor=actor, process=PAPER_PROCESS, model=Paper, pk=paper_id, action=process.SETTLE,
        lock_version=lock_version, roles=lambda row: roles_on_build(scope, row.designation), comment=finding,
        consequence=note,
    )  # fmt: skip
    if not outcome.repeated:
        _move_title(actor, scope, build, outcome.obj)
    return outcome


def _day(build: Designation, result: str, until: date | None) -> date | None:
    """The day that belongs to the result; none for results without one, whatever was typed."""
    if result not in WITH_DAY:
        return None
    if until is None or until <= timezone.localdate():
        raise DomainError("until", _("请填一个今天以后的日期。"), field="until")
    if result == Result.RECTIFY and build.valid_to is not None and until >= build.valid_to:
        raise DomainError("until", _("整改须在期满验收以前完成。"), field="until")
    return until


def _move_title(actor: User, scope: Scope, build: Designation, paper: Paper) -> None:
    """The engine's step for this result. A plan has none; a second order to rectify only sets another day."""
    given: dict[str, Any] = {
        "actor": actor, "scope": scope, "designation_id": build.pk, "lock_version": build.lock_version,
        "finding": paper.finding,
    }  # fmt: skip
    if paper.kind in (PaperKind.MIDTERM, PaperKind.RECTIFICATION):
        if paper.result == Result.PASSED:
            engine.pass_midterm(**given)
        elif paper.kind == PaperKind.MIDTERM:
            engine.order_rectification(**given)
    elif paper.kind == PaperKind.ACCEPTANCE:
        if paper.result == Result.PASSED:
            engine.accept_designation(**given)
        elif paper.result == Result.DELAYED:
            engine.delay_acceptance(**given, until=_whole(paper.until))
        else:
            engine.fail_acceptance(**given)


def _whole(day: date | None) -> date:
    if day is None:
        raise ValueError("a delay without a day is refused before it is written")
    return day
