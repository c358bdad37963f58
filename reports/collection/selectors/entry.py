"""The entry table of one return: one row a cell, with everything that stands in it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from districts.access import Scope
from portal.workflow.models import Event
from reports.collection.checks import check_cell
from reports.collection.models import FormField, Return, Value, ValueSource, Verdict
from reports.collection.numbers import show_number
from reports.collection.process import RETURN_PROCESS
from reports.collection.rules import is_cell_open, may_fill
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

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def is_to_do(self) -> bool:
        return self.is_open and self.state in ("needed", "stale", "refused", "returned")


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

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    @property
    def to_do(self) -> list[Row]:
        return [row for row in self.rows if row.is_to_do]

    @property
    def burden(self) -> dict[str, int]:
        """Cells that the portal knew, that it computes, that are newly filled, and that are open."""
        known = sum(bool(row.source) and not row.is_computed and not row.is_to_do for row in self.rows)
        computed = sum(row.is_computed for row in self.rows)
        open_cells = len(self.to_do)
        return {
            "known": known,
            "computed": computed,
            "new": len(self.rows) - known - computed - open_cells,
            "open": open_cells,
        }


STATES = {
    "needed": ("circle-dashed", gettext_lazy("待填")),
    "saved": ("check", gettext_lazy("已保存")),
    "refused": ("alert-circle", gettext_lazy("未保存")),
    "check": ("alert-triangle", gettext_lazy("请核对")),
    "stale": ("history", gettext_lazy("待确认")),
    "returned": ("arrow-back-up", gettext_lazy("被退回")),
    "computed": ("lock", gettext_lazy("自动计算")),
    "locked": ("lock", gettext_lazy("已锁定")),
    "passed": ("check", gettext_lazy("已通过")),
}


def get_entry(*, scope: Scope, record: Return, refused: dict[str, tuple[str, str]] | None = None) -> Entry:
    """The whole table in five queries, whatever the number of cells.

    `refused` maps a code to (typed text, reason): the text stays in the field.
    """
    cells = load_cells(record)
    previous, previous_name = _previous_values(record)
    entry = Entry(record, [], may_fill(scope, record), previous_name)
    fields = FormField.objects.filter(form=record.form).select_related("section", "indicator").order_by("order")
    for number, form_field in enumerate(fields, 1):
        section = form_field.section
        if not entry.sections or entry.sections[-1].title != section.title:
            entry.sections.append(Section(section.title, section.help_text))
        row = _row(number, form_field, cells, previous, entry.may_fill, refused or {})
        entry.sections[-1].rows.append(row)
    return entry


def _previous_values(record: Return) -> tuple[dict[str, Decimal], str]:
    last = (
        Return.objects.filter(form=record.form, school=record.school, period__end__lt=record.period.end)
        .select_related("period")
        .order_by("-period__end")
        .first()
    )
    if last is None:
        return {}, _("上期")
    values = Value.objects.filter(return_record=last, number__isnull=False).values_list("indicator__code", "number")
    return {code: number for code, number in values if number is not None}, last.period.name


def _row(
    number: int,
    form_field: FormField,
    cells: Cells,
    previous: dict[str, Decimal],
    filling: bool,
    refused: dict[str, tuple[str, str]],
) -> Row:
    indicator = form_field.indicator
    value = cells.values.get(indicator.code)
    typed = refused.get(indicator.code)
    before = previous.get(indicator.code)
    current = value.number if value else None
    warnings = [f.message for f in check_cell(indicator, cells.numbers, cells.fields) if not f.blocks]
    state = _state(cells.record, indicator, value, form_field.required, bool(typed), bool(warnings))
    icon, word = STATES[state]
    row = Row(
        number=number,
        indicator=indicator,
        help_text=form_field.help_text,
        required=form_field.required,
        text=typed[0] if typed else show_number(current, indicator, value.qualifier if value else 0),
        previous=before,
        change=current - before if current is not None and before is not None else None,
        source=_source(value),
        source_on=value.known_on if value else None,
        state=state,
        state_icon=icon,
        state_word=word,
        is_open=filling and indicator.origin == Origin.REPORTED and is_cell_open(cells.record, value),
        is_computed=indicator.origin != Origin.REPORTED,
        css=_css(state, value),
        remark=value.remark if value else "",
        needs_remark=form_field.required and current is None,
    )
    if typed:
        row.reason = typed[1]
    elif state == "returned" and value:
        row.reason = value.verdict_reason
    elif warnings:
        row.warning = warnings[0]
    return row


def _state(
    record: Return, indicator: Indicator, value: Value | None, required: bool, refused: bool, warned: bool
) -> str:
    if refused:
        return "refused"
    if indicator.origin != Origin.REPORTED:
        return "computed"
    if value and value.verdict == Verdict.RETURNED:
        changed = bool(value.verdict_at and value.updated_at > value.verdict_at)
        return "saved" if changed else "returned"
    if not is_cell_open(record, value):
        return "passed" if value and value.verdict == Verdict.PASSED else "locked"
    if value is None or (value.number is None and not value.remark):
        return "needed" if required else "saved"
    if _is_stale(record, value):
        return "stale"
    return "check" if warned and not value.remark else "saved"


def _is_stale(record: Return, value: Value) -> bool:
    """A value that the portal filled in and that is older than the form allows must be confirmed by a person."""
    if value.source not in (ValueSource.CARRIED, ValueSource.RECORDS) or value.confirmed or value.known_on is None:
        return False
    return record.period.end - value.known_on > timedelta(days=settings.PREFILL_STALE_DAYS)


def _source(value: Value | None) -> str:
    if value is None or value.source in (ValueSource.TYPED, ValueSource.IMPORTED):
        return ""
    return value.known_label


def _css(state: str, value: Value | None) -> str:
    if state == "refused":
        return "is-refused"
    if state == "returned":
        return "is-sent-back"
    if state == "needed":
        return "is-empty"
    return "is-known" if _source(value) else ""


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    period: str
    number: Decimal


def get_cell_history(*, record: Return, code: str, last: int = 12) -> list[HistoryPoint]:
    """The last values of a cell in this school, oldest first."""
    values = (
        Value.objects.filter(
            indicator__code=code,
            number__isnull=False,
            return_record__school=record.school,
            return_record__form=record.form,
            return_record__period__end__lte=record.period.end,
        )
        .order_by("-return_record__period__end")
        .values_list("return_record__period__name", "number")[:last]
    )
    return [HistoryPoint(name, number) for name, number in reversed(values) if number is not None]


def list_events(record: Return) -> list[Event]:
    """What happened to the return, newest first."""
    return list(
        Event.objects.filter(process=RETURN_PROCESS.name, object_id=record.pk).select_related("actor").order_by("-id")
    )
