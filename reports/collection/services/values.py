"""Saving cells. A refused value is never stored; the caller gives the typed text back to the user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from districts.access import Scope
from portal.accounts.models import User
from portal.workflow.errors import DomainError, StaleError
from reports.collection.checks import Finding, check_change
from reports.collection.models import CellState, Return, Value, ValueSource, Verdict
from reports.collection.numbers import Reading, Unreadable, read_value, show_number
from reports.collection.rules import is_cell_open, is_open_for_filling, may_fill
from reports.indicators.models import Indicator, Origin


@dataclass(slots=True)
class Cells:
    """The open cells of one return, loaded once: fields, stored values and the catalogue around them."""

    record: Return
    fields: dict[str, Indicator]
    values: dict[str, Value]
    required: frozenset[str]
    numbers: dict[str, Decimal | None] = field(default_factory=dict)
    # (before, after) of every change, for the change log; `write_states` writes them all at once.
    changes: list[tuple[CellState | None, CellState]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers = {code: value.number for code, value in self.values.items()}


def load_cells(record: Return) -> Cells:
    """Two queries: fields with their indicators, values of the return."""
    fields = list(record.form.fields.select_related("indicator").order_by("order"))
    values = {value.indicator.code: value for value in record.values.select_related("indicator")}
    return Cells(
        record=record,
        fields={f.indicator.code: f.indicator for f in fields},
        values=values,
        required=frozenset(f.indicator.code for f in fields if f.required),
    )


def lock_for_filling(scope: Scope, return_id: int) -> Return:
    """The row, locked, if the actor may fill it now; DomainError `forbidden` (403) or `locked` (409) otherwise."""
    record = Return.objects.select_for_update(of=("self",)).select_related("form", "period", "school").get(pk=return_id)
    if not may_fill(scope, record):
        raise DomainError("forbidden", _("只有本校书记和填报员可以填写这张表。"), status=403)
    if not is_open_for_filling(record):
        raise DomainError("locked", _("这张表已锁定，区县教育工委可重新开放或延期。"), status=409)
    return record


@transaction.atomic
def save_value(
    *,
    actor: User,
    scope: Scope,
    return_id: int,
    code: str,
    text: str | None,
    seen: str | None = None,
    remark: str | None = None,
) -> list[Finding]:
    """Store one cell, or only its remark (`text` None); returns the warnings that do not block.

    `seen` is what the page showed when the user began: if a colleague changed the cell since, StaleError (409) with
    `theirs`. A value that breaks a check raises DomainError `refused` and is not stored.
    """
    record = lock_for_filling(scope, return_id)
    cells = load_cells(record)
    findings = store_cell(cells, actor=actor, code=code, text=text, seen=seen, remark=remark, source=ValueSource.TYPED)
    write_states(cells)
    return [finding for finding in findings if not finding.blocks]


@transaction.atomic
def save_values(
    *,
    actor: User,
    scope: Scope,
    return_id: int,
    texts: Mapping[str, str],
    remarks: Mapping[str, str],
    source: str = ValueSource.TYPED,
    seen: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Store every cell that can be stored; returns code → reason for those that cannot (the page without scripts).

    Cells are taken together: 应到 and 实到 raised in one go do not get in each other's way. `seen` is what the page
    showed: a cell that still reads so was not touched, and what a colleague wrote there meanwhile stays.
    """
    record = lock_for_filling(scope, return_id)
    cells = load_cells(record)
    shown = seen or {}
    texts = {code: text for code, text in texts.items() if shown.get(code) != text}
    refused = _read_all(cells, texts)
    for code in [*texts, *remarks]:
        if code in refused or code not in cells.fields:
            continue
        try:
            store_cell(
                cells,
                actor=actor,
                code=code,
                text=texts.get(code),
                remark=remarks.get(code),
                source=source,
                seen=shown.get(code),
                together=True,
            )
        except DomainError as error:
            refused[code] = error.message
    write_states(cells)
    return refused


@transaction.atomic
def save_values_if(
    is_current: Callable[[], bool],
    *,
    actor: User,
    scope: Scope,
    return_id: int,
    texts: Mapping[str, str],
    remarks: Mapping[str, str],
    lock_version: int | None = None,
) -> dict[str, str]:
    """`save_values` for a caller that says what it has seen; asked with the row locked, so that nobody gets between.

    StaleError (409) if `lock_version` is not that of the return, DomainError `changed` (412) if `is_current` denies.
    """
    record = lock_for_filling(scope, return_id)
    if lock_version is not None and lock_version != record.lock_version:
        raise StaleError(_("这张表的状态已改变，没有保存。请重新读取。"), lock_version=record.lock_version)
    if not is_current():
        raise DomainError("changed", _("这张表在您读取之后有改动，没有保存。请重新读取。"), status=412)
    return save_values(actor=actor, scope=scope, return_id=return_id, texts=texts, remarks=remarks)


def _read_all(cells: Cells, texts: Mapping[str, str]) -> dict[str, str]:
    """Put all readable numbers in place before any check is asked; returns the unreadable ones."""
    refused = {}
    for code, text in texts.items():
        indicator = cells.fields.get(code)
        if indicator is None or not _is_typed(indicator) or not is_cell_open(cells.record, cells.values.get(code)):
            continue
        try:
            cells.numbers[code] = read_value(text, indicator).number
        except Unreadable as error:
            refused[code] = str(error)
    return refused


def store_cell(
    cells: Cells,
    *,
    actor: User,
    code: str,
    text: str | None,
    source: str,
    seen: str | None = None,
    remark: str | None = None,
    together: bool = False,
) -> list[Finding]:
    """Check and write one cell of a locked return; returns all findings that do not block.

    The change log gets its row by `write_states`, once for all cells.
    """
    indicator = cells.fields.get(code)
    if indicator is None:
        raise DomainError("unknown_cell", _("这张表里没有这一格。"))
    value = cells.values.get(code) or Value(return_record=cells.record, indicator=indicator)
    _refuse_closed(cells, indicator, value)
    findings: list[Finding] = []
    before = _state_of(value) if value.pk else None
    if text is not None:
        _refuse_conflict(value, indicator, seen, actor)
        reading, findings = _checked(cells, indicator, text)
        if together and reading.number == value.number and value.pk and reading.qualifier == value.qualifier:
            text = None
        else:
            value.number, value.qualifier, value.source = reading.number, reading.qualifier, source
            value.confirmed = True
    if remark is not None and remark.strip() != value.remark:
        value.remark = remark.strip()[:2000]
    elif text is None:
        return findings
    _write(cells, value, before, actor)
    return findings


def _refuse_closed(cells: Cells, indicator: Indicator, value: Value) -> None:
    if not _is_typed(indicator):
        raise DomainError("computed", _("这一格由平台自动计算，不需填写。"), status=409)
    if not is_cell_open(cells.record, value if value.pk else None):
        raise DomainError("cell_locked", _("这一格已通过，只有被退回的格可以修改。"), status=409)


def _refuse_conflict(value: Value, indicator: Indicator, seen: str | None, actor: User) -> None:
    if seen is None or value.pk is None or value.updated_by_id in (None, actor.pk):
        return
    theirs = show_number(value.number, indicator, value.qualifier)
    if theirs != seen.strip():
        raise StaleError(
            _("%(who)s %(time)s 已改为 %(value)s。您填的没有保存，请选用一个。")
            % {"who": value.updated_by, "time": f"{value.updated_at:%H:%M}", "value": theirs or _("空")},
            theirs=theirs,
        )


def _checked(cells: Cells, indicator: Indicator, text: str) -> tuple[Reading, list[Finding]]:
    try:
        reading = read_value(text, indicator)
    except Unreadable as error:
        raise DomainError("refused", str(error)) from error
    numbers = {**cells.numbers, indicator.code: reading.number}
    findings = check_change(indicator, numbers, cells.fields)
    blocking = [finding for finding in findings if finding.blocks]
    if blocking:
        raise DomainError("refused", blocking[0].message)
    cells.numbers[indicator.code] = reading.number
    return reading, findings


def _is_typed(indicator: Indicator) -> bool:
    return indicator.origin == Origin.REPORTED


def _write(cells: Cells, value: Value, before: CellState | None, actor: User) -> None:
    value.updated_by = actor
    value.save()
    cells.values[value.indicator.code] = value
    cells.changes.append((before, _state_of(value)))


def _state_of(value: Value) -> CellState:
    return CellState(
        return_record_id=value.return_record_id, indicator=value.indicator, number=value.number,
        qualifier=value.qualifier, source=value.source, confirmed=value.confirmed, remark=value.remark,
        actor_id=value.updated_by_id,
    )  # fmt: skip


def write_states(cells: Cells) -> None:
    """Add what changed to the change log. What a cell was before its first change is added too. Two queries."""
    if not cells.changes:
        return
    logged = set(CellState.objects.filter(return_record=cells.record).values_list("indicator_id", flat=True).distinct())
    CellState.objects.bulk_create(
        state
        for before, after in cells.changes
        for state in ([after] if before is None or before.indicator_id in logged else [before, after])
    )
    cells.changes = []


@transaction.atomic
def confirm_value(*, actor: User, scope: Scope, return_id: int, code: str) -> None:
    """仍然有效: a pre-filled value that is older than the form allows still holds."""
    record = lock_for_filling(scope, return_id)
    cells = load_cells(record)
    value = cells.values.get(code)
    if value is None or value.confirmed or value.verdict == Verdict.PASSED:
        return
    before = _state_of(value)
    value.confirmed = True
    _write(cells, value, before, actor)
    write_states(cells)


@transaction.atomic
def undo_value(*, actor: User, scope: Scope, return_id: int, code: str) -> None:
    """撤销: the cell becomes what it was before its last change; doing it again brings the change back.

    Raises DomainError `nothing_to_undo`, or `refused` when the earlier value no longer fits the other cells.
    """
    record = lock_for_filling(scope, return_id)
    cells = load_cells(record)
    value = cells.values.get(code)
    states = list(CellState.objects.filter(return_record=record, indicator__code=code).order_by("-id")[:2])
    if value is None or not states:
        raise DomainError("nothing_to_undo", _("这一格还没有改动，不需撤销。"))
    _refuse_closed(cells, value.indicator, value)
    earlier = states[1] if len(states) == 2 else CellState(source=ValueSource.TYPED)
    _checked(cells, value.indicator, show_number(earlier.number, value.indicator, earlier.qualifier))
    for name in ("number", "qualifier", "source", "confirmed", "remark"):
        setattr(value, name, getattr(earlier, name))
    _write(cells, value, None, actor)
    write_states(cells)
