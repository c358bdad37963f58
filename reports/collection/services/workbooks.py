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
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import Scope, get_within
from districts.models import District
from portal.accounts.models import User
from portal.workflow.errors import DomainError, StaleError
from reports.collection.models import BatchStatus, Form, ImportBatch, Return
from reports.collection.rules import is_open_for_filling, may_import, sees_members
from reports.collection.selectors.between import Conflict, find_conflicts_of
from reports.collection.selectors.workbooks import fingerprint_returns, get_frame
from reports.collection.workbooks.layout import Book, Line, Problem
from reports.collection.workbooks.planning import Frame, Plan, as_columns, plan_import
from reports.collection.workbooks.reading import read_workbook
from reports.indicators.models import Period
from schools.registry.models import School

# More problems than this help nobody; the rest is counted.
MOST_PROBLEMS_KEPT = 2000
MOST_SCHOOLS_NAMED = 5
NOTHING_TO_IMPORT = gettext_lazy("文件里的数与平台上的完全相同，没有要导入的内容。")

# One statement writes it all: cells that are new, cells that are replaced, and the change log. What a cell was before
# its first change goes into the log too, ahead of what it is now, as services.values.write_states does it. A cell
# whose number stays keeps its source: only its remark was edited.
WRITE = """
WITH stored AS MATERIALIZED (
    SELECT v.* FROM collection_value v WHERE v.return_record_id = ANY(%(returns)s)
), changed AS MATERIALIZED (
    SELECT x.r, x.i, x.n, x.q, x.m, v.id AS stored, CASE WHEN v.id IS NOT NULL
        AND (v.number, v.qualifier) IS NOT DISTINCT FROM (x.n, x.q) THEN v.source ELSE 'imported' END AS source
    FROM (
        SELECT c.r, c.i, c.n, coalesce(c.q, 0) AS q, coalesce(c.m, '') AS m
        FROM collection_importbatch b,
            jsonb_to_record(b.changes) AS lists (r bigint[], i bigint[], n numeric[], q int[], m text[]),
            unnest(lists.r, lists.i, lists.n, lists.q, lists.m) AS c (r, i, n, q, m)
        WHERE b.id = %(batch)s
    ) x LEFT JOIN stored v ON v.return_record_id = x.r AND v.indicator_id = x.i
), added AS (
    INSERT INTO collection_value (return_record_id, indicator_id, number, qualifier, source, known_label, confirmed,
        remark, verdict, verdict_reason, updated_by_id, updated_at)
    SELECT r, i, n, q, source, '', true, m, '', '', %(actor)s, %(now)s FROM changed WHERE stored IS NULL
), replaced AS (
    UPDATE collection_value v SET number = n, qualifier = q, source = x.source, confirmed = true, remark = m,
        updated_by_id = %(actor)s, updated_at = %(now)s
    FROM changed x WHERE v.id = x.stored AND x.stored IS NOT NULL
)
INSERT INTO collection_cellstate (return_record_id, indicator_id, number, qualifier, source, confirmed, remark,
    actor_id, created_at)
SELECT v.return_record_id, v.indicator_id, v.number, v.qualifier, v.source, v.confirmed, v.remark, v.updated_by_id,
    %(now)s
FROM changed x JOIN stored v ON v.id = x.stored
WHERE NOT EXISTS (SELECT FROM collection_cellstate s WHERE s.return_record_id = x.r AND s.indicator_id = x.i)
UNION ALL
SELECT r, i, n, q, source, true, m, %(actor)s, %(now)s FROM changed"""


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
        changes=as_columns(plan.changes),
        problems=[asdict(problem) for problem in plan.problems[:MOST_PROBLEMS_KEPT]],
        conflicts=_list_conflicts(scope, plan, frame, book),
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


def _list_conflicts(scope: Scope, plan: Plan, frame: Frame, book: Book) -> list[dict[str, Any]]:
    """What would contradict another form of the same school, by the checks of the submission; told at the file's cell.

    As on the entry page, nobody reads out of it how many members a school has who may not see that.
    """
    records = [row.record for row in frame.standings.values() if row.record.pk in plan.touched]
    if not records:
        return []
    found = find_conflicts_of(records=records, fields={records[0].form_id: frame.fields}, numbers=plan.numbers)
    return [
        asdict(_problem_of(conflict, plan.lines[record.pk], record.school.name, book)) | {"blocks": conflict.blocks}
        for record in records
        for conflict in found[record.pk]
        if not conflict.counts_persons or sees_members(scope, record)
    ][:MOST_PROBLEMS_KEPT]


def _problem_of(conflict: Conflict, line: Line, school: str, book: Book) -> Problem:
    cell = book.cell_of(line, conflict.code) if conflict.code in line.cells else ""
    return Problem(book.sheet, cell, conflict.message, school, conflict.code)


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
    returns = _lock_returns(scope, batch)
    try:
        with connection.cursor() as cursor:
            # The trigger of the audit trail was planned for the one cell that somebody typed before on this connection;
            # with that plan it would compare thousands of cells with thousands.
            cursor.execute("DISCARD PLANS")
            cursor.execute(WRITE, {"batch": batch.pk, "returns": returns, "actor": actor.pk, "now": now})
    except IntegrityError as error:
        # Pre-filling writes into empty cells without a lock: it came between the comparison and this.
        raise _stale([]) from error
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


def _lock_returns(scope: Scope, batch: ImportBatch) -> list[int]:
    """Lock what would be written and refuse it unless it stands as the preview showed it; returns the keys."""
    seen = {int(pk): (version, mark) for pk, (version, mark) in batch.seen.items()}
    # Without the key: whoever pre-fills holds cells and asks for the return's key at the end, and would wait for us.
    locked = Return.objects.select_for_update(of=("self",), no_key=True).select_related("school")
    records = list(locked.filter(pk__in=seen).order_by("pk"))
    if not all(may_import(scope, record) for record in records):
        raise DomainError("forbidden", _("您的职务已不能为这些学校导入，没有写入任何数。"), status=403)
    marks = fingerprint_returns(seen)
    changed = [r.school.name for r in records if seen[r.pk] != (r.lock_version, marks.get(r.pk))]
    if changed or len(records) != len(seen):
        raise _stale(changed)
    if closed := [record.school.name for record in records if not is_open_for_filling(record)]:
        raise DomainError(
            "locked", _("%s的报送期已过或表已锁定。没有写入任何数，请延期后重新上传。") % _some(closed), status=409
        )
    return list(seen)


def _stale(schools: list[str]) -> StaleError:
    return StaleError(_("预览之后，%s的数或状态有了变化。没有写入任何数，请重新下载、核对后再上传。") % _some(schools))


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
        batch.status, batch.changes, batch.problems, batch.conflicts = BatchStatus.DISCARDED, {}, [], []
        batch.save(update_fields=["status", "changes", "problems", "conflicts"])
    return batch


def remove_expired_imports() -> int:
    """Forget uploads whose time is over; returns how many. Run daily by beat, safe to run again."""
    removed, _by_model = ImportBatch.objects.filter(expires_at__lte=timezone.now()).delete()
    return removed
