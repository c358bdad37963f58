"""Reads for the Excel round trip: what a file shows, what an import is compared with, what a preview says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope, get_within
from districts.models import District, Level
from reports.collection.models import Form, FormField, ImportBatch, Return, ReturnStatus, Value
from reports.collection.numbers import show_number
from reports.collection.process import REVIEWERS
from reports.collection.rules import is_open_for_filling, is_verdict_open, may_import
from reports.collection.workbooks.layout import StoredCell
from reports.collection.workbooks.planning import Frame, Standing, as_changes
from reports.collection.workbooks.writing import Column, Content, SchoolLine
from reports.indicators.models import Indicator, Origin, Period
from schools.registry.models import School

# One fingerprint per return: whatever changes a value, a qualifier or a remark changes it.
FINGERPRINTS = """
SELECT r.id, md5(coalesce(string_agg(
    v.indicator_id || ':' || coalesce(trim_scale(v.number)::text, '') || ':' || v.qualifier || ':' || v.remark,
    '|' ORDER BY v.indicator_id), ''))
FROM collection_return r LEFT JOIN collection_value v ON v.return_record_id = r.id
WHERE r.id = ANY(%s) GROUP BY r.id"""


def get_reviewed_district(*, scope: Scope, code: str) -> District:
    """A district in which the user holds a reviewer's or administrator's office; Http404 otherwise."""
    district = District.objects.filter(code=code, pk__in=scope.unit_ids(Level.DISTRICT, REVIEWERS)).first()
    if district is None:
        raise Http404
    return district


def get_collected(*, form: str, period: str) -> tuple[Form, Period]:
    """Form and period by their codes; Http404 unless there are returns of them."""
    record = Return.objects.filter(form__code=form, period__code=period).select_related("form", "period").first()
    if record is None:
        raise Http404
    return record.form, record.period


@dataclass(frozen=True, slots=True)
class Collected:
    """One form and period of a district: how many schools, and how many of them may still be filled."""

    district: str
    district_code: str
    form: str
    form_code: str
    period: str
    period_code: str
    schools: int
    open: int
    closes_on: date


def list_collected(*, scope: Scope, only_open: bool = False) -> QuerySet[Return, dict[str, Any]]:
    """Form × period × reviewed district, newest period first; one query. Rows become Collected by `as_collected`."""
    today = timezone.localdate()
    fillable = Q(status__in=[ReturnStatus.DRAFT, ReturnStatus.RETURNED], opens_on__lte=today, closes_on__gte=today)
    rows = (
        Return.objects.filter(school__district__in=scope.unit_ids(Level.DISTRICT, REVIEWERS))
        .values("form_id", "period_id", "school__district_id")
        .annotate(
            schools=Count("pk"),
            fillable=Count("pk", filter=fillable),
            closes=Max("closes_on"),
            form_code=Max("form__code"),
            form_title=Max("form__title"),
            form_order=Max("form__order"),
            period_code=Max("period__code"),
            period_name=Max("period__name"),
            period_end=Max("period__end"),
            district_code=Max("school__district__code"),
            district_name=Max("school__district__name"),
        )
        .order_by("-period_end", "form_order", "district_code")
    )
    return rows.filter(fillable__gt=0) if only_open else rows


def as_collected(row: dict[str, Any]) -> Collected:
    return Collected(
        row["district_name"], row["district_code"], row["form_title"], row["form_code"], row["period_name"],
        row["period_code"], row["schools"], row["fillable"], row["closes"],
    )  # fmt: skip


def list_fields(form: Form) -> list[FormField]:
    return list(form.fields.select_related("indicator", "section").order_by("order"))


def _returns(form: Form, period: Period, school: School | None, district: District | None) -> list[Return]:
    returns = Return.objects.filter(form=form, period=period).select_related("school")
    chosen = returns.filter(school=school) if school else returns.filter(school__district=district)
    records = list(chosen.order_by("school__code"))
    for record in records:
        record.period = period
    return records


def _stored_cells(return_ids: Iterable[int]) -> dict[int, dict[str, StoredCell]]:
    """return → code → cell; one query, without building model instances for thousands of cells."""
    rows = Value.objects.filter(return_record__in=list(return_ids)).values_list(
        "return_record_id", "indicator__code", "number", "qualifier", "remark", "verdict"
    )
    found: dict[int, dict[str, StoredCell]] = {}
    for return_id, code, number, qualifier, remark, verdict in rows.iterator(chunk_size=10_000):
        found.setdefault(return_id, {})[code] = StoredCell(number, qualifier, remark, verdict)
    return found


def get_frame(
    *, scope: Scope, form: Form, period: Period, school: School | None = None, district: District | None = None
) -> Frame:
    """What an upload for one school, or for a district, is compared with. Four queries, whatever its size."""
    records = _returns(form, period, school, district)
    marks = fingerprint_returns(record.pk for record in records)
    cells = _stored_cells(record.pk for record in records)
    indicators = Indicator.objects.filter(form_fields__form=form).order_by("form_fields__order")
    unit = school or district
    return Frame(
        form_code=form.code,
        form_title=form.title,
        period_code=period.code,
        period_name=period.name,
        unit_code=unit.code if unit else "",
        unit_name=unit.name if unit else "",
        is_district=school is None,
        fields={indicator.code: indicator for indicator in indicators},
        standings={
            record.school.code: Standing(
                record, may_import(scope, record), marks.get(record.pk, ""), cells.get(record.pk, {})
            )
            for record in records
        },
    )


def fingerprint_returns(return_ids: Iterable[int]) -> dict[int, str]:
    """return → a mark that changes with any of its values; one query."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINTS, [list(return_ids)])
        return dict(cursor.fetchall())


def get_content(
    *, form: Form, period: Period, school: School | None = None, district: District | None = None, members: bool
) -> Content:
    """What the file for one school or a whole district shows. Five queries, whatever its size.

    Without `members` the counts of Party members are left empty, those of last time too.
    """
    records = _returns(form, period, school, district)
    cells = _stored_cells(record.pk for record in records)
    fields = list_fields(form)
    previous, previous_name = _previous(form, period, [record.school_id for record in records])
    if not members:
        hidden = {field.indicator.code for field in fields if field.indicator.counts_persons}
        cells, previous = _without(cells, hidden), _without(previous, hidden)
    typed = [field.indicator.code for field in fields if field.indicator.origin == Origin.REPORTED]
    unit = school or district
    return Content(
        form_code=form.code,
        form_title=form.title,
        period_code=period.code,
        period_name=period.name,
        previous_name=previous_name,
        unit_code=unit.code if unit else "",
        unit_name=unit.name if unit else "",
        is_district=school is None,
        columns=[Column(f.indicator, f.section.title, f.help_text, f.required) for f in fields],
        lines=[
            _line(record, cells.get(record.pk, {}), previous.get(record.school_id, {}), typed) for record in records
        ],
    )


T = TypeVar("T")


def _without(rows: dict[int, dict[str, T]], codes: set[str]) -> dict[int, dict[str, T]]:
    return {key: {code: cell for code, cell in row.items() if code not in codes} for key, row in rows.items()}


def _line(
    record: Return, cells: dict[str, StoredCell], previous: dict[str, Decimal], typed: Iterable[str]
) -> SchoolLine:
    is_open = is_open_for_filling(record)
    open_codes = {
        code
        for code in typed
        if is_open and is_verdict_open(record.status, cells[code].verdict if code in cells else None)
    }
    status = str(ReturnStatus(record.status).label)
    return SchoolLine(record.school.code, record.school.name, status, cells, previous, frozenset(open_codes))


def _previous(form: Form, period: Period, school_ids: list[int]) -> tuple[dict[int, dict[str, Decimal]], str]:
    """school → code → value of the last period of the form before this one, and the period's name."""
    last = (
        Period.objects.filter(returns__form=form, end__lt=period.end, returns__school__in=school_ids)
        .order_by("-end")
        .first()
    )
    if last is None:
        return {}, _("没有")
    rows = Value.objects.filter(
        return_record__form=form, return_record__period=last, return_record__school__in=school_ids, number__isnull=False
    ).values_list("return_record__school_id", "indicator__code", "number")
    found: dict[int, dict[str, Decimal]] = {}
    for school_id, code, number in rows.iterator(chunk_size=10_000):
        if number is not None:
            found.setdefault(school_id, {})[code] = number
    return found, last.name


def get_batch(*, scope: Scope, pk: int) -> ImportBatch:
    """An upload of the user's own, still inside the scope; Http404 for everybody else."""
    batches = ImportBatch.objects.select_related("form", "period", "school", "district")
    return get_within(batches.filter(created_by=scope.user_id), scope, pk=pk)


def get_return_id(batch: ImportBatch) -> int:
    """The return that a file of one school was uploaded for."""
    returns = Return.objects.filter(form=batch.form_id, period=batch.period_id, school=batch.school_id)
    return returns.values_list("pk", flat=True).get()


def get_indicator_names(batch: ImportBatch) -> dict[str, str]:
    """Code → name of the form's indicators; one query."""
    return dict(batch.form.fields.values_list("indicator__code", "indicator__name"))


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the preview."""

    cell: str
    school: str
    code: str
    indicator: str
    measure: str
    old: str
    new: str
    remark: str
    kind: str
    warning: str


KINDS = ("cleared", "changed", "added")


def list_changes(batch: ImportBatch) -> list[Change]:
    """The changes of a batch in words, what would be cleared first, then what is replaced. Two queries."""
    indicators = {field.indicator_id: field.indicator for field in list_fields(batch.form)}
    schools = dict(Return.objects.filter(pk__in=[int(pk) for pk in batch.seen]).values_list("pk", "school__name"))
    changes = [
        _change(row, schools.get(row["r"], ""), indicators[row["i"]])
        for row in as_changes(batch.changes)
        if row["i"] in indicators
    ]
    return sorted(changes, key=lambda change: KINDS.index(change.kind))


def _change(row: dict[str, Any], school: str, indicator: Indicator) -> Change:
    old, new = (Decimal(row[key]) if key in row else None for key in ("o", "n"))
    kind = "cleared" if new is None and old is not None else "added" if old is None else "changed"
    return Change(
        cell=row["c"],
        school=school,
        code=indicator.code,
        indicator=indicator.name,
        measure=indicator.unit_of_measure,
        old=show_number(old, indicator, row.get("p", 0)),
        new=show_number(new, indicator, row.get("q", 0)),
        remark=row.get("m", ""),
        kind=kind,
        warning=row.get("w", ""),
    )
