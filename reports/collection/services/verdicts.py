"""What a reviewer does with a return cell by cell: keep verdicts, decide, approve many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope, within
from portal.accounts.models import User
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.services import Outcome
from reports.collection.models import FormField, Return, ReturnStatus, Verdict, VerdictDraft
from reports.collection.rules import may_review
from reports.collection.selectors.review import get_reviews
from reports.indicators.models import Origin

from .progress import approve_return, send_back_return

# code → (verdict, reason)
Verdicts = Mapping[str, tuple[str, str]]
AT_ONCE = 200


@transaction.atomic
def keep_verdicts(*, actor: User, scope: Scope, return_id: int, lock_version: int, verdicts: Verdicts) -> None:
    """暂存: the verdicts so far, without telling the school. StaleError when the return is no longer the one seen."""
    record = Return.objects.select_for_update(of=("self",)).select_related("school", "form").get(pk=return_id)
    if not may_review(scope, record):
        raise DomainError("forbidden", _("只有区县审核员可以审核。"), status=403)
    if record.lock_version != lock_version or record.status != ReturnStatus.SUBMITTED:
        raise StaleError(_("这张表刚被别人更新，您的结论没有写入。请查看最新内容后再办理。"), pk=return_id)
    cells = _reported_cells(record.form_id)
    rows = [
        VerdictDraft(
            return_record=record, indicator_id=cells[code], verdict=verdict, reason=reason.strip()[:2000], author=actor
        )
        for code, (verdict, reason) in verdicts.items()
        if code in cells
    ]
    VerdictDraft.objects.filter(return_record=record, indicator__in=[row.indicator_id for row in rows]).delete()
    VerdictDraft.objects.bulk_create(row for row in rows if row.verdict)


def decide_return(
    *, actor: User, scope: Scope, return_id: int, lock_version: int, verdicts: Verdicts
) -> Outcome[Return]:
    """送出结论: with a returned cell the form goes back, otherwise it passes.

    Raises DomainError `undecided` with `cells` while a cell has no verdict, and whatever the two steps raise.
    """
    form_id, version = Return.objects.values_list("form_id", "lock_version").get(pk=return_id)
    if version == lock_version:
        undecided = [c for c in _reported_cells(form_id) if not verdicts.get(c, ("", ""))[0]]
        if undecided:
            raise DomainError("undecided", _("还有 %d 格没有结论。") % len(undecided), cells=undecided)
    returned = {code: reason for code, (verdict, reason) in verdicts.items() if verdict == Verdict.RETURNED}
    if returned:
        return send_back_return(
            actor=actor, scope=scope, return_id=return_id, lock_version=lock_version, reasons=returned
        )
    return approve_return(actor=actor, scope=scope, return_id=return_id, lock_version=lock_version)


def _reported_cells(form_id: int) -> dict[str, int]:
    fields = FormField.objects.filter(form=form_id, indicator__origin=Origin.REPORTED).order_by("order")
    return dict(fields.values_list("indicator__code", "indicator_id"))


@dataclass(frozen=True, slots=True)
class BulkResult:
    """Schools that passed, and (school, why) for those that did not."""

    approved: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def approve_plain_returns(*, actor: User, scope: Scope, chosen: Sequence[tuple[int, int]]) -> BulkResult:
    """批量通过无提示的 n 所: `chosen` are (return, version) as the page showed them.

    Each return is approved in a transaction of its own, with all its rules; one that fails stops no other. Returns
    outside the scope, and those that have got a flag meanwhile, are refused. At most AT_ONCE.
    """
    versions = dict(chosen[:AT_ONCE])
    records = list(
        within(Return.objects.filter(pk__in=versions), scope)
        .select_related("form", "period", "school__district")
        .order_by("due_on", "submitted_at", "pk")
    )
    reviews = get_reviews(records=records)
    approved, refused = [], []
    for record in records:
        try:
            if not reviews[record.pk].is_plain:
                raise DomainError("flagged", _("有提示，请逐格审核。"))
            approve_return(actor=actor, scope=scope, return_id=record.pk, lock_version=versions[record.pk])
            approved.append(str(record.school))
        except DomainError as error:
            refused.append((str(record.school), error.message))
    return BulkResult(tuple(approved), tuple(refused))
