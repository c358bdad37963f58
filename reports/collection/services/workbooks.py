"""Excel import in two steps: prepare (read, compare, keep) and confirm (write all of it or nothing).

    book = read_workbook(data)                                       reports.collection.workbooks.reading
    batch = prepare_import(actor=…, scope=…, form=…, period=…, data=…, filename=…, district=…)
    confirm_import(actor=…, scope=…, batch_id=batch.pk)

Both take a fixed number of statements, whatever the number of schools: values are compared in memory by the same
checks as on the page, kept as one JSON document, and written from it by one statement inside PostgreSQL.
"""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import Scope, get_within
from districts.models import District
from portal.accounts.models import User
from portal.workflow.errors import DomainError, StaleError
from reports.collection.models import BatchStatus, Form, ImportBatch, Return
from reports.collection.rules import is_open_for_filling, may_import, sees_members
from reports.collection.selectors.between import find_conflicts_of
from reports.collection.selectors.workbooks import fingerprint_returns, get_frame
from reports.collection.workbooks.layout import Problem
from reports.collection.workbooks.planning import Frame, Plan, plan_import
from reports.collection.workbooks.reading import read_workbook
from reports.indicators.models import Period
from schools.registry.models import School

# More problems than this help nobody; the rest is counted.
MOST_PROBLEMS_KEPT = 2000
MOST_SCHOOLS_NAMED = 5
NOTHING_TO_IMPORT = gettext_lazy("文件里的数与平台上的完全相同，没有要导入的内容。")

# What a cell was before its first change goes into the change log, as services.values.write_states does it.
LOG_BEFORE = """
INSERT INTO collection_cellstate (return_record_id, indicator_id, number, qualifier, source, confirmed, remark,
    actor_id, created_at)
SELECT v.return_record_id, v.indicator_id, v.number, v.qualifier, v.source, v.confirmed, v.remark, v.updated_by_id,
    %(now)s
FROM collection_importbatch b, jsonb_to_recordset(b.changes) AS x(r bigint, i bigint)
JOIN collection_value v ON v.return_record_id = x.r AND v.indicator_id = x.i
WHERE b.id = %(batch)s AND NOT EXISTS (
    SELECT FROM collection_cellstate s WHERE s.return_record_id = x.r AND s.indicator_id = x.i)"""

# A cell whose number stays keeps its source: only its remark was edited.
WRITE = """
WITH written AS (
    INSERT INTO collection_value AS v (return_record_id, indicator_id, number, qualifier, source, known_label,
        confirmed, remark, verdict, verdict_reason, updated_by_id, updated_at)
    SELECT x.r, x.i, x.n, coalesce(x.q, 0), 'imported', '', true, coalesce(x.m, ''), '', '', %(actor)s, %(now)s
    FROM collection_importbatch b, jsonb_to_recordset(b.changes) AS x(r bigint, i bigint, n numeric, q int, m text)
    WHERE b.id = %(batch)s
    ON CONFLICT (return_record_id, indicator_id) DO UPDATE SET
        source = CASE WHEN (v.number, v.qualifier) IS DISTINCT FROM (EXCLUDED.number, EXCLUDED.qualifier)
            THEN 'imported' ELSE v.source END,
        number = EXCLUDED.number, qualifier = EXCLUDED.qualifier, remark = EXCLUDED.remark, confirmed = true,
        updated_by_id = EXCLUDED.updated_by_id, updated_at = EXCLUDED.updated_at
    RETURNING return_record_id, indicator_id, number, qualifier, source, confirmed, remark
)
INSERT INTO collection_cellstate (return_record_id, indicator_id, number, qualifier, source, confirmed, remark,
    actor_id, created_at)
SELECT return_record_id, indicator_id, number, qualifier, source, confirmed, remark, %(actor)s, %(now)s FROM written"""


@transaction.atomic
def prepare_import(
    *,
    actor: User,
    scope: Scope,
    form: Form,
    period: Period,
    data: bytes,
    filename: str,
    school: School | None = None,
    district: District | None = None,
) -> ImportBatch:
    """Read an upload for one school or for a district, compare it with what is stored, and keep the result.

    Returns a batch that is `ready` (may be confirmed) or `refused` (its problems say why); no value is written yet.
    Raises DomainError `file_…` when the file cannot be read at all, `nothing_to_import` when it changes nothing,
    `forbidden` (403) without a return that the actor may fill. Ten statements at most, whatever the size.
    """
    if (school is None) == (district is None):
        raise ValueError("an import is for one school or for one district")
    book = read_workbook(data)
    frame = get_frame(scope=scope, form=form, period=period, school=school, district=district)
    if not any(standing.may_import for standing in frame.standings.values()):
        raise DomainError("forbidden", _("您的职务不能导入这张表。"), status=403)
    plan = plan_import(book, frame)
    if not plan.problems and not plan.changes:
        # What was left aside may be why nothing is left: another column, another sheet.
        raise DomainError("nothing_to_import", NOTHING_TO_IMPORT + "".join(plan.notices))
    now = timezone.now()
    return ImportBatch.objects.create(
        form=form,
        period=period,
        school=school,
        district=district,
        filename=filename.replace("\0", "")[-200:],
        status=BatchStatus.REFUSED if plan.problems else BatchStatus.READY,
        changes=plan.changes,
        problems=[asdict(problem) for problem in plan.problems[:MOST_PROBLEMS_KEPT]],
        conflicts=_list_conflicts(scope, plan, frame, book.sheet),
        notices=plan.notices,
        seen={
            standing.record.pk: [standing.record.lock_version, standing.fingerprint]
            for standing in frame.standings.values()
            if standing.record.pk in plan.touched
        },
        school_count=len(plan.touched),
        problem_count=len(plan.problems),
        unchanged_count=plan.unchanged,
        created_by=actor,
        expires_at=now + timedelta(days=settings.IMPORT_KEEP_DAYS),
    )


def _list_conflicts(scope: Scope, plan: Plan, frame: Frame, sheet: str) -> list[dict[str, Any]]:
    """What would contradict another form of the same school, by the checks of the submission; told at the file's cell.

    As on the entry page, nobody reads out of it how many members a school has who may not see that.
    """
    records = [row.record for row in frame.standings.values() if row.record.pk in plan.touched]
    if not records:
        return []
    found = find_conflicts_of(records=records, fields={records[0].form_id: frame.fields}, numbers=plan.numbers)
    return [
        asdict(Problem(sheet, plan.cells[record.pk].get(conflict.code, ""), conflict.message, record.school.name,
            conflict.code)) | {"blocks": conflict.blocks}
        for record in records
        for conflict in found[record.pk]
        if not conflict.counts_persons or sees_members(scope, record)
    ][:MOST_PROBLEMS_KEPT]  # fmt: skip


@transaction.atomic
def confirm_import(*, actor: User, scope: Scope, batch_id: int) -> ImportBatch:
    """Write every change of a batch, or nothing. A second click finds the first result and changes nothing.

    The returns are locked and compared with the preview. Raises Http404 for a batch of somebody else, DomainError
    `not_ready`, `expired`, `locked` (window closed, 409), `forbidden` (403), StaleError `stale` (409) when a form or a
    value has changed since; then nothing is written. Seven statements, whatever the size.
    """
    batch = _lock_batch(actor, scope, batch_id)
    if batch.status == BatchStatus.CONFIRMED:
        return batch
    if batch.status != BatchStatus.READY:
        raise DomainError("not_ready", _("这份文件有错误或已放弃，不能导入。请改好后重新上传。"), status=409)
    now = timezone.now()
    if batch.expires_at <= now:
        raise DomainError("expired", _("这份预览已过期，请重新上传文件。"), status=409)
    _lock_returns(scope, batch)
    with connection.cursor() as cursor:
        cursor.execute(LOG_BEFORE, {"batch": batch.pk, "now": now})
        cursor.execute(WRITE, {"batch": batch.pk, "actor": actor.pk, "now": now})
    batch.status, batch.confirmed_at = BatchStatus.CONFIRMED, now
    batch.save(update_fields=["status", "confirmed_at"])
    return batch


def _lock_batch(actor: User, scope: Scope, batch_id: int) -> ImportBatch:
    # The changes stay in PostgreSQL: they are written from there.
    batches = (
        ImportBatch.objects.select_for_update(of=("self",))
        .filter(created_by=actor)
        .defer("changes", "problems", "conflicts")
    )
    return get_within(batches, scope, pk=batch_id)


def _lock_returns(scope: Scope, batch: ImportBatch) -> None:
    """Lock what would be written and refuse it unless it stands as the preview showed it."""
    seen = {int(pk): (version, mark) for pk, (version, mark) in batch.seen.items()}
    records = list(
        Return.objects.select_for_update(of=("self",)).select_related("school").filter(pk__in=seen).order_by("pk")
    )
    if not all(may_import(scope, record) for record in records):
        raise DomainError("forbidden", _("您的职务已不能为这些学校导入，没有写入任何数。"), status=403)
    marks = fingerprint_returns(seen)
    changed = [r.school.name for r in records if seen[r.pk] != (r.lock_version, marks.get(r.pk))]
    if changed or len(records) != len(seen):
        raise StaleError(
            _("预览之后，%s的数或状态有了变化。没有写入任何数，请重新下载、核对后再上传。") % _some(changed)
        )
    if closed := [record.school.name for record in records if not is_open_for_filling(record)]:
        raise DomainError(
            "locked", _("%s的报送期已过或表已锁定。没有写入任何数，请延期后重新上传。") % _some(closed), status=409
        )


def _some(schools: list[str]) -> str:
    shown = "、".join(schools[:MOST_SCHOOLS_NAMED])
    if len(schools) > MOST_SCHOOLS_NAMED:
        return _("%(shown)s等 %(n)d 所学校") % {"shown": shown, "n": len(schools)}
    return shown or _("部分学校")


@transaction.atomic
def discard_import(*, actor: User, scope: Scope, batch_id: int) -> ImportBatch:
    """Put a batch aside that is not wanted; its changes are forgotten at once. A confirmed one stays as it is."""
    batch = _lock_batch(actor, scope, batch_id)
    if batch.status in (BatchStatus.READY, BatchStatus.REFUSED):
        batch.status, batch.changes, batch.problems, batch.conflicts = BatchStatus.DISCARDED, [], [], []
        batch.save(update_fields=["status", "changes", "problems", "conflicts"])
    return batch


def remove_expired_imports() -> int:
    """Forget uploads whose time is over; returns how many. Run daily by beat, safe to run again."""
    removed, _by_model = ImportBatch.objects.filter(expires_at__lte=timezone.now()).delete()
    return removed
