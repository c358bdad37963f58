"""Generated returns with their values and events, in every state, by COPY."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from portal.workflow.models import Event
from reports.collection.models import Form, Return, ReturnStatus, Value
from reports.collection.services.opening import collects, window
from reports.indicators.models import Origin, Period, Qualifier

from .copying import copy_rows, take_ids
from .figures import chance, figures_of
from .people import Staff
from .units import BuiltSchool

STATES = ((0.80, ReturnStatus.APPROVED), (0.90, ReturnStatus.SUBMITTED), (0.94, ReturnStatus.RETURNED), (1.0, ReturnStatus.DRAFT))
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

    Older ones are approved; the most recent period of each form is in every state. `overrides` maps
    (school, code, year) to (number, qualifier, remark).
    """
    planned = list(_plan(built, list(years), today))
    ids = take_ids(Return, len(planned))
    planned = [_with_id(item, pk) for item, pk in zip(planned, ids, strict=True)]
    copy_rows(
        Return,
        (
            "id", "form_id", "period_id", "school_id", "district_id", "status", "lock_version", "opens_on", "due_on",
            "closes_on", "submitted_at", "submitted_by_id", "first_submitted_at", "approved_at", "approved_by_id", "note",
        ),
        (_return_row(item, staff) for item in planned),
    )  # fmt: skip
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
    return len(planned), values


def _plan(built: Sequence[BuiltSchool], years: list[int], today: date) -> Iterator[PlannedReturn]:
    for form in Form.objects.order_by("order"):
        periods = [
            period
            for period in Period.objects.filter(kind=form.period_kind, start__year__in=years).order_by("end")
            if collects(form, period) and window(form, period)[0] <= today
        ]
        for position, period in enumerate(periods):
            newest = position == len(periods) - 1
            for school in built:
                yield _one(form, period, school, newest, today)


def _one(form: Form, period: Period, school: BuiltSchool, newest: bool, today: date) -> PlannedReturn:
    opens, due, closes = window(form, period)
    luck = chance(school.pk, form.code, period.code, "state")
    # Weaker districts (tilt below zero) are also slower.
    luck = min(max(luck - school.plan.tilt * 1.5, 0), 0.999)
    status = next(s for most, s in STATES if luck < most) if newest else ReturnStatus.APPROVED
    if not newest and luck > 0.992:
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
        item.pk, item.form.pk, item.period.pk, item.school.pk, district, item.status, len(_steps(item)),
        item.opens, item.due, item.closes, item.submitted_at,
        staff.clerks[item.school.pk] if item.submitted_at else None, item.submitted_at, item.approved_at,
        staff.reviewers[item.school.district_now] if approved else None, "",
    )  # fmt: skip


def _steps(item: PlannedReturn) -> tuple[tuple[str, str, str], ...]:
    submit = ("submit", ReturnStatus.DRAFT, ReturnStatus.SUBMITTED)
    return {
        ReturnStatus.DRAFT: (),
        ReturnStatus.SUBMITTED: (submit,),
        ReturnStatus.RETURNED: (submit, ("return", ReturnStatus.SUBMITTED, ReturnStatus.RETURNED)),
        ReturnStatus.APPROVED: (submit, ("approve", ReturnStatus.SUBMITTED, ReturnStatus.APPROVED)),
    }[ReturnStatus(item.status)]


def _event_rows(planned: Sequence[PlannedReturn], staff: Staff) -> Iterator[tuple[Any, ...]]:
    for item in planned:
        for version, (action, source, target) in enumerate(_steps(item)):
            actor = staff.clerks[item.school.pk] if action == "submit" else staff.reviewers[item.school.district_now]
            when = item.submitted_at if action == "submit" else item.approved_at or item.submitted_at
            comment = REASON if action == "return" else ""
            yield ("collection.return", item.pk, action, source, target, version, actor, comment, "{}", when)


def _value_rows(planned: Sequence[PlannedReturn], staff: Staff, overrides: Overrides) -> Iterator[tuple[Any, ...]]:
    typed = {
        form.pk: [
            (field.indicator_id, field.indicator.code, field.required)
            for field in form.fields.select_related("indicator").order_by("order")
            if field.indicator.origin == Origin.REPORTED
        ]
        for form in Form.objects.all()
    }
    for item in planned:
        if item.status == ReturnStatus.DRAFT and chance(item.pk, "untouched") < 0.5:
            continue
        yield from _values_of(item, typed[item.form.pk], staff, overrides)


def _values_of(
    item: PlannedReturn, fields: Sequence[tuple[int, str, bool]], staff: Staff, overrides: Overrides
) -> Iterator[tuple[Any, ...]]:
    when = item.period.end.year + item.period.end.timetuple().tm_yday / 366
    figures = figures_of(item.school.shape, when=when, period=item.period.code)
    clerk = staff.clerks[item.school.pk]
    reviewer = staff.reviewers[item.school.district_now]
    touched = item.submitted_at or _moment(item.opens, 3)
    returned = int(chance(item.pk, "cell") * len(fields)) if item.status == ReturnStatus.RETURNED else -1
    filled = len(fields) if item.status != ReturnStatus.DRAFT else len(fields) // 2
    for position, (indicator, code, required) in enumerate(fields[:filled]):
        number, qualifier, remark = overrides.get(
            (item.school.pk, code, item.period.end.year), (figures[code], Qualifier.EXACT.value, "")
        )
        verdict, reason, judge, judged = "", "", None, None
        if item.status == ReturnStatus.APPROVED:
            verdict, judge, judged = "passed", reviewer, item.approved_at
        elif position == returned:
            verdict, reason, judge, judged = "returned", REASON, reviewer, touched
        empty = not required and chance(item.school.pk, code, "none") < 0.1
        yield (
            item.pk, indicator, None if empty else number, qualifier, "typed", None, "", None, True, remark,
            verdict, reason, judge, judged, clerk, touched,
        )  # fmt: skip
