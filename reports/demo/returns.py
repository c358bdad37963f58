"""Generated returns with their values and events, in every state, by COPY."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings

from portal.workflow.models import Event
from reports.collection.models import Form, FormField, Return, ReturnStatus, Value
from reports.collection.services.opening import collects, window
from reports.collection.services.prefill import COMPUTED, write_computed
from reports.indicators.models import Aggregation, Origin, Period, Qualifier

from .copying import copy_rows, indexes_built_together, take_ids
from .figures import chance, figures_of
from .people import Staff
from .units import BuiltSchool

STATES = (
    (0.80, ReturnStatus.APPROVED),
    (0.90, ReturnStatus.SUBMITTED),
    (0.94, ReturnStatus.RETURNED),
    (1.0, ReturnStatus.DRAFT),
)
REASON = "与上期相差较大，请核对后重报，或在说明里写明原因。"


@dataclass(frozen=True, slots=True)
class PlannedReturn:
    pk: int
    form: Form
    period: Period
    school: BuiltSchool
    status: str
    submitted_at: datetime | None
    approved_at: datetime | None
    opens: date
    due: date
    closes: date
    late: bool


Overrides = Mapping[tuple[int, str, int], tuple[int, int, str]]


def build_returns(
    built: Sequence[BuiltSchool], staff: Staff, *, years: Iterable[int], today: date, overrides: Overrides
) -> tuple[int, int]:
    """Returns of all forms for the ended periods of `years`; the numbers of returns and of values.

    Nearly all older ones are approved; the most recent period of each form is in every state. `overrides` maps
    (school, code, year) to (number, qualifier, remark); the returns of those schools and years are all approved.
    """
    settled = {(school, year) for school, _code, year in overrides}
    planned = list(_plan(built, list(years), today, settled))
    ids = take_ids(Return, len(planned))
    planned = [_with_id(item, pk) for item, pk in zip(planned, ids, strict=True)]
    copy_rows(
        Return,
        (
            "id", "form_id", "period_id", "school_id", "district_id", "status", "lock_version", "opens_on", "due_on",
            "closes_on", "submitted_at", "submitted_by_id", "first_submitted_at", "approved_at", "approved_by_id",
            "note",
        ),
        (_return_row(item, staff) for item in planned),
    )  # fmt: skip
    with indexes_built_together(Value, Event):
        values = copy_rows(
            Value,
            (
                "return_record_id", "indicator_id", "number", "qualifier", "source", "known_number", "known_label",
                "known_on", "confirmed", "remark", "verdict", "verdict_reason", "verdict_by_id", "verdict_at",
                "updated_by_id", "updated_at",
            ),
            _value_rows(planned, staff, overrides),
        )  # fmt: skip
        copy_rows(
            Event,
            (
                "process", "object_id", "action", "source", "target", "version", "actor_id", "comment", "payload",
                "created_at",
            ),
            _event_rows(planned, staff),
        )  # fmt: skip
    counting = set(FormField.objects.filter(indicator__code__in=COMPUTED).values_list("form_id", flat=True))
    values += write_computed([item.pk for item in planned if item.form.pk in counting])
    return len(planned), values


def _plan(
    built: Sequence[BuiltSchool], years: list[int], today: date, settled: Set[tuple[int, int]]
) -> Iterator[PlannedReturn]:
    for form in Form.objects.order_by("order"):
        periods = [
            period
            for period in Period.objects.filter(kind=form.period_kind, start__year__in=years).order_by("end")
            if collects(form, period) and window(form, period)[0] <= today
        ]
        for position, period in enumerate(periods):
            newest = position == len(periods) - 1
            for school in built:
                # Where a figure was published, the whole district has reported.
                complete = (school.pk, period.end.year) in settled
                yield _one(form, period, school, today, newest=newest, complete=complete)


def _one(
    form: Form, period: Period, school: BuiltSchool, today: date, *, newest: bool, complete: bool
) -> PlannedReturn:
    opens, due, closes = window(form, period)
    luck = chance(school.pk, form.code, period.code, "state")
    # Weaker districts (tilt below zero) are also slower.
    luck = min(max(luck - school.plan.tilt * 1.5, 0), 0.999)
    status = next(s for most, s in STATES if luck < most) if newest else ReturnStatus.APPROVED
    if not newest and not complete and luck > 0.992:
        status = ReturnStatus.DRAFT
    late = chance(school.pk, form.code, period.code, "late") < 0.05
    handed_in = None
    approved = None
    if status != ReturnStatus.DRAFT:
        days = form.open_days + round(chance(school.pk, period.code, form.code) * (form.due_days - form.open_days))
        handed_in = _moment(period.end + timedelta(days=days if not late else form.due_days + 3), 9 + days % 8)
        handed_in = min(handed_in, _moment(today, 1))
        if status == ReturnStatus.APPROVED:
            approved = min(handed_in + timedelta(hours=20 + days), _moment(today, 2))
    if status in (ReturnStatus.DRAFT, ReturnStatus.RETURNED) and newest:
        closes = max(closes, today + timedelta(days=12))
    return PlannedReturn(0, form, period, school, status, handed_in, approved, opens, due, closes, late)


def _with_id(item: PlannedReturn, pk: int) -> PlannedReturn:
    return PlannedReturn(
        pk, item.form, item.period, item.school, item.status, item.submitted_at, item.approved_at, item.opens,
        item.due, item.closes, item.late,
    )  # fmt: skip


def _moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 12, tzinfo=UTC)


def _return_row(item: PlannedReturn, staff: Staff) -> tuple[Any, ...]:
    district = item.school.district_on(item.period.end)
    approved = item.status == ReturnStatus.APPROVED
    return (
        item.pk, item.form.pk, item.period.pk, item.school.pk, district, item.status, len(_STEPS[item.status]),
        item.opens, item.due, item.closes, item.submitted_at,
        staff.clerks[item.school.pk] if item.submitted_at else None, item.submitted_at, item.approved_at,
        staff.reviewers[item.school.district_now] if approved else None, "",
    )  # fmt: skip


_SUBMIT = ("submit", ReturnStatus.DRAFT.value, ReturnStatus.SUBMITTED.value)
# How a return came to its status: (action, from, to).
_STEPS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    ReturnStatus.DRAFT.value: (),
    ReturnStatus.SUBMITTED.value: (_SUBMIT,),
    ReturnStatus.RETURNED.value: (_SUBMIT, ("return", ReturnStatus.SUBMITTED.value, ReturnStatus.RETURNED.value)),
    ReturnStatus.APPROVED.value: (_SUBMIT, ("approve", ReturnStatus.SUBMITTED.value, ReturnStatus.APPROVED.value)),
}


def _event_rows(planned: Sequence[PlannedReturn], staff: Staff) -> Iterator[tuple[Any, ...]]:
    for item in planned:
        for version, (action, source, target) in enumerate(_STEPS[item.status]):
            actor = staff.clerks[item.school.pk] if action == "submit" else staff.reviewers[item.school.district_now]
            when = item.submitted_at if action == "submit" else item.approved_at or item.submitted_at
            comment = REASON if action == "return" else ""
            yield ("collection.return", item.pk, action, source, target, version, actor, comment, "{}", when)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A typed cell of a form. `carried`: a stock, into which the portal brings the last approved value."""

    indicator: int
    code: str
    required: bool
    carried: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """The last approved value of a stock, as services.prefill would find it."""

    number: int
    qualifier: int
    label: str
    day: date


Memory = dict[tuple[int, int], _Known]


def _value_rows(planned: Sequence[PlannedReturn], staff: Staff, overrides: Overrides) -> Iterator[tuple[Any, ...]]:
    """Rows of values. Returns come by form and period, so that what was approved last is known when it is needed."""
    typed = {
        form.pk: [
            _Cell(
                field.indicator_id,
                field.indicator.code,
                field.required,
                field.indicator.aggregation in (Aggregation.STOCK, Aggregation.DISTINCT),
            )
            for field in form.fields.select_related("indicator").order_by("order")
            if field.indicator.origin == Origin.REPORTED
        ]
        for form in Form.objects.all()
    }
    memory: Memory = {}
    for item in planned:
        if item.status == ReturnStatus.DRAFT and chance(item.pk, "untouched") < 0.5:
            continue
        yield from _values_of(item, typed[item.form.pk], staff, overrides, memory)


def _values_of(
    item: PlannedReturn, fields: Sequence[_Cell], staff: Staff, overrides: Overrides, memory: Memory
) -> Iterator[tuple[Any, ...]]:
    when = item.period.end.year + item.period.end.timetuple().tm_yday / 366
    figures = figures_of(
        item.school.shape, when=when, period=item.period.code, codes=frozenset(cell.code for cell in fields)
    )
    clerk = staff.clerks[item.school.pk]
    reviewer = staff.reviewers[item.school.district_now]
    touched = item.submitted_at or _moment(item.opens, 3)
    returned = int(chance(item.pk, "cell") * len(fields)) if item.status == ReturnStatus.RETURNED else -1
    filled = len(fields) if item.status != ReturnStatus.DRAFT else len(fields) // 2
    for position, cell in enumerate(fields):
        known = memory.get((item.school.pk, cell.indicator)) if cell.carried else None
        if position >= filled:
            if known:
                yield (item.pk, cell.indicator, *_as_known(known), *_NO_VERDICT, None, touched)
            continue
        number, qualifier, remark = overrides.get(
            (item.school.pk, cell.code, item.period.end.year), (figures[cell.code], Qualifier.EXACT.value, "")
        )
        empty = not cell.required and not remark and chance(item.school.pk, cell.code, "none") < 0.1
        verdict: tuple[Any, ...] = _NO_VERDICT
        if item.status == ReturnStatus.APPROVED:
            verdict = ("passed", "", reviewer, item.approved_at)
        elif position == returned:
            verdict = ("returned", REASON, reviewer, touched)
        if known and (number, qualifier, remark, empty) == (known.number, known.qualifier, "", False):
            # As it was: nobody typed it, but what is older than the form allows was confirmed.
            old = (item.period.end - known.day).days > settings.PREFILL_STALE_DAYS
            yield (item.pk, cell.indicator, *_as_known(known, old), *verdict, clerk if old else None, touched)
        else:
            beside = (known.number, known.label, known.day) if known else _NOTHING_KNOWN
            given = None if empty else number
            yield (
                item.pk, cell.indicator, given, qualifier, "typed", *beside, True, remark, *verdict, clerk, touched,
            )  # fmt: skip
        if cell.carried and item.status == ReturnStatus.APPROVED and not empty:
            label = f"上次已审 {item.period.name}"[:60]
            memory[item.school.pk, cell.indicator] = _Known(number, qualifier, label, item.period.end)


_NO_VERDICT = ("", "", None, None)
_NOTHING_KNOWN = (None, "", None)


def _as_known(known: _Known, confirmed: bool = False) -> tuple[Any, ...]:
    """From number to remark, as services.prefill writes them."""
    return (
        known.number, known.qualifier, "carried", known.number, known.label, known.day, confirmed, "",
    )  # fmt: skip
