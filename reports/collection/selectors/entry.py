"""The entry table of one return: one row a cell, with everything that stands in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import Scope
from portal.ui.formats import show_figure
from reports.collection.checks import check_cell
from reports.collection.models import FormField, Return, ReturnStatus, Value, ValueSource, Verdict
from reports.collection.numbers import show_number
from reports.collection.rules import is_cell_open, is_open_for_filling, may_fill, sees_members
from reports.collection.selectors.between import Conflict, Elsewhere, find_conflicts
from reports.collection.services.values import Cells, load_cells
from reports.indicators.models import Indicator, Origin


@dataclass(slots=True)
class Row:
    number: int
    indicator: Indicator
    help_text: str
    required: bool
    text: str
    previous: Decimal | None
    change: Decimal | None
    source: str
    source_on: date | None
    state: str
    state_icon: str
    state_word: str
    is_open: bool
    is_computed: bool
    css: str
    reason: str = ""
    warning: str = ""
    remark: str = ""
    needs_remark: bool = False
    # What is stored, which differs from `text` while something typed has been refused.
    stored_text: str = ""
    # A colleague's value, when both changed the cell at the same time.
    theirs: str | None = None
    # What the portal knew before the school changed it; both are shown.
    known_text: str = ""
    age_days: int = 0
    saved_at: datetime | None = None
    was_changed: bool = False
    # How a value came in that the portal did not know itself.
    hand: str = ""
    # The other forms that this cell contradicts.
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def previous_text(self) -> str:
        """The value of last time as the table shows it: 1,512, a grade by its word, — for none."""
        if self.previous is not None and self.indicator.choices:
            return show_number(self.previous, self.indicator)
        return show_figure(self.previous, decimals=self.indicator.decimals)

    @property
    def is_to_do(self) -> bool:
        return self.is_open and self.state in ("needed", "stale", "refused", "conflict", "returned")


@dataclass(slots=True)
class Section:
    title: str
    help_text: str
    rows: list[Row] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(not row.is_to_do for row in self.rows)


@dataclass(slots=True)
class Entry:
    record: Return
    sections: list[Section]
    may_fill: bool
    previous_name: str
    previous_new: int | None = None

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    @property
    def to_do(self) -> list[Row]:
        return [row for row in self.rows if row.is_to_do]

    @property
    def saved_at(self) -> datetime | None:
        """When the last cell was stored by a person."""
        return max((row.saved_at for row in self.rows if row.saved_at), default=None)

    @property
    def saved(self) -> int:
        return sum(row.state in ("saved", "check") for row in self.rows)

    @property
    def burden(self) -> dict[str, int]:
        """Cells that the portal knew, that it computes, that must be newly filled, and how many of those are done."""
        known = sum(bool(row.source) and not row.is_computed for row in self.rows)
        computed = sum(row.is_computed for row in self.rows)
        new = [row for row in self.rows if not row.source and not row.is_computed]
        done = sum(not row.is_to_do for row in new)
        return {"known": known, "computed": computed, "new": len(new), "done": done, "open": len(new) - done}

    @property
    def lock(self) -> str:
        """Why nothing can be written now, and who can change that; empty while the form is open."""
        record = self.record
        if is_open_for_filling(record) or record.status == ReturnStatus.SUBMITTED:
            return ""
        if record.status == ReturnStatus.APPROVED:
            return _("这张表已通过并锁定。发现错漏时，区县教育工委可重新开放。")
        if record.opens_on > timezone.localdate():
            return _("这张表还没有开放填报。")
        return _("报送期已过，这张表已锁定。区县教育工委可延期。")


STATES = {
    "needed": ("circle-dashed", gettext_lazy("待填")),
    "optional": ("circle-dashed", gettext_lazy("选填")),
    "saved": ("check", gettext_lazy("已保存")),
    "refused": ("alert-circle", gettext_lazy("未保存")),
    "check": ("alert-triangle", gettext_lazy("请核对")),
    "conflict": ("alert-circle", gettext_lazy("两表不一致")),
    "stale": ("history", gettext_lazy("待确认")),
    "returned": ("arrow-back-up", gettext_lazy("被退回")),
    "computed": ("lock", gettext_lazy("自动计算")),
    "locked": ("lock", gettext_lazy("已锁定")),
    "passed": ("check", gettext_lazy("已通过")),
    "private": ("lock", gettext_lazy("只在区县内可见")),
}


def get_entry(
    *,
    scope: Scope,
    record: Return,
    refused: Mapping[str, tuple[str, str]] | None = None,
    blocking: Mapping[str, str] | None = None,
) -> Entry:
    """The whole table in seven queries, whatever the number of cells.

    `refused` maps a code to (typed text, reason): the text stays in the field. `blocking` maps a code to what keeps
    the form from being handed in.
    """
    cells = load_cells(record)
    previous = _previous_values(record)
    entry = Entry(record, [], may_fill(scope, record), previous.name, previous.newly_filled)
    conflicts = _conflicts(record, cells, sees_members(scope, record))
    fields = FormField.objects.filter(form=record.form).select_related("section", "indicator").order_by("order")
    for number, form_field in enumerate(fields, 1):
        section = form_field.section
        if not entry.sections or entry.sections[-1].title != section.title:
            entry.sections.append(Section(section.title, section.help_text))
        row = _row(number, form_field, cells, previous.numbers, entry.may_fill)
        if typed := (refused or {}).get(row.code):
            row.text, row.reason = typed
            _set_state(row, "refused")
        elif why := (blocking or {}).get(row.code):
            row.reason = row.reason or why
        elif row.code in conflicts:
            _add_conflict(row, conflicts[row.code])
        if row.indicator.counts_persons and not sees_members(scope, record):
            row = _concealed(row)
        entry.sections[-1].rows.append(row)
    return entry


@dataclass(frozen=True, slots=True)
class Previous:
    name: str
    numbers: dict[str, Decimal]
    # How many cells had to be filled by hand; None when there was no form before.
    newly_filled: int | None = None


def _previous_values(record: Return) -> Previous:
    last = (
        Return.objects.filter(form=record.form, school=record.school, period__end__lt=record.period.end)
        .select_related("period")
        .order_by("-period__end")
        .first()
    )
    if last is None:
        return Previous(_("上期"), {})
    rows = list(Value.objects.filter(return_record=last).values_list("indicator__code", "number", "source"))
    by_hand = sum(source in (ValueSource.TYPED, ValueSource.IMPORTED) for _code, _number, source in rows)
    return Previous(last.period.name, {code: n for code, n, _source in rows if n is not None}, by_hand)


def _row(number: int, form_field: FormField, cells: Cells, previous: Mapping[str, Decimal], filling: bool) -> Row:
    indicator = form_field.indicator
    value = cells.values.get(indicator.code)
    before = previous.get(indicator.code)
    current = value.number if value else None
    stored = show_number(current, indicator, value.qualifier if value else 0)
    warnings = [f.message for f in check_cell(indicator, cells.numbers, cells.fields) if not f.blocks]
    state = _state(cells.record, indicator, value, form_field.required, bool(warnings))
    row = Row(
        number=number,
        indicator=indicator,
        help_text=form_field.help_text,
        required=form_field.required,
        text=stored,
        stored_text=stored,
        previous=before,
        change=_change(indicator, current, before),
        source=_source(value),
        hand=_("Excel 导入") if value and value.source == ValueSource.IMPORTED else _("手工填写"),
        source_on=value.known_on if value and value.source == ValueSource.RECORDS else None,
        state=state,
        state_icon="",
        state_word="",
        is_open=filling and indicator.origin == Origin.REPORTED and is_cell_open(cells.record, value),
        is_computed=indicator.origin != Origin.REPORTED,
        css="",
        warning=warnings[0] if warnings and state != "returned" else "",
        needs_remark=form_field.required and current is None,
    )
    if value:
        _add_stored(row, value, cells.record)
    _set_state(row, state)
    return row


def _conflicts(record: Return, cells: Cells, sees_persons: bool) -> dict[str, Conflict]:
    """One conflict a cell, rather one that blocks; none that would tell an outsider how many members there are."""
    found = find_conflicts(record=record, fields=cells.fields, numbers=cells.numbers)
    shown = [conflict for conflict in found if sees_persons or not conflict.counts_persons]
    return {conflict.code: conflict for conflict in sorted(shown, key=lambda conflict: conflict.blocks)}


def _add_conflict(row: Row, conflict: Conflict) -> None:
    """An open cell waits until both forms agree; where nothing can be typed the contradiction is only told."""
    row.elsewhere = conflict.elsewhere
    if not row.is_open or not conflict.blocks:
        row.warning = conflict.message
        if row.state == "saved" and not row.remark:
            _set_state(row, "check")
    elif row.state != "returned":
        row.reason = conflict.message
        _set_state(row, "conflict")


def _concealed(row: Row) -> Row:
    """A count of members, for somebody outside the district: the line stays, without a figure or a hint."""
    bare = replace(
        row, text="", stored_text="", known_text="", source="", source_on=None, warning="", reason="", remark="",
        elsewhere=(), previous=None, change=None, age_days=0, saved_at=None, was_changed=False, needs_remark=False,
    )  # fmt: skip
    _set_state(bare, "private")
    return bare


def _change(indicator: Indicator, current: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Grades have no difference."""
    return None if current is None or before is None or indicator.choices else current - before


def _add_stored(row: Row, value: Value, record: Return) -> None:
    row.remark = value.remark
    if row.state == "returned":
        row.reason = value.verdict_reason
    if value.updated_by_id:
        row.saved_at, row.was_changed = value.updated_at, True
    if value.known_on:
        row.age_days = (record.period.end - value.known_on).days
    if value.known_number is not None and value.known_number != value.number:
        row.known_text = show_number(value.known_number, row.indicator)


def _set_state(row: Row, state: str) -> None:
    row.state = state
    row.state_icon, word = STATES[state]
    row.state_word = str(word)
    row.css = {
        "refused": "is-refused",
        "conflict": "is-sent-back",
        "returned": "is-sent-back",
        "needed": "is-empty",
    }.get(state, "is-known" if row.source and not row.known_text else "")


def _state(record: Return, indicator: Indicator, value: Value | None, required: bool, warned: bool) -> str:
    if indicator.origin != Origin.REPORTED:
        return "computed"
    if value and value.verdict == Verdict.RETURNED and record.status == ReturnStatus.RETURNED:
        changed = bool(value.verdict_at and value.updated_at > value.verdict_at)
        return "saved" if changed else "returned"
    if not is_cell_open(record, value):
        return "passed" if value and value.verdict == Verdict.PASSED else "locked"
    if value is None or (value.number is None and not value.remark):
        return "needed" if required else "optional"
    if _is_stale(record, value):
        return "stale"
    return "check" if warned and not value.remark else "saved"


def _is_stale(record: Return, value: Value) -> bool:
    """A value that the portal filled in and that is older than the form allows must be confirmed by a person."""
    if value.source not in (ValueSource.CARRIED, ValueSource.RECORDS) or value.confirmed or value.known_on is None:
        return False
    return (record.period.end - value.known_on).days > settings.PREFILL_STALE_DAYS


def _source(value: Value | None) -> str:
    """Where the portal knew the value from; also beside a value that the school changed."""
    return value.known_label if value else ""
