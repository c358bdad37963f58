"""What the same school says on other forms, as far as the catalogue compares it with what stands on this one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from reports.collection.checks import Clash, check_between
from reports.collection.models import Return, ReturnStatus, Value
from reports.indicators.models import Indicator, PeriodKind


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One handed-in value on another form: what it is, and the return that it stands on."""

    indicator: Indicator
    number: Decimal
    form_title: str
    period_name: str
    return_id: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A check between forms that does not hold, told at a cell of this form."""

    code: str
    message: str
    blocks: bool
    counts_persons: bool
    elsewhere: tuple[Elsewhere, ...]


def find_conflicts(
    *, record: Return, fields: Mapping[str, Indicator], numbers: Mapping[str, Decimal | None]
) -> list[Conflict]:
    """The broken checks between this return and the other forms of the school. At most two queries."""
    return find_conflicts_of(records=[record], fields={record.form_id: fields}, numbers={record.pk: numbers})[record.pk]


def find_conflicts_of(
    *,
    records: Sequence[Return],
    fields: Mapping[int, Mapping[str, Indicator]],
    numbers: Mapping[int, Mapping[str, Decimal | None]],
) -> dict[int, list[Conflict]]:
    """The same for many returns, by key of the return; `fields` by form, `numbers` by return. Two queries in all."""
    others = _values_elsewhere(records, {code for row in fields.values() for code in row})
    found: dict[int, list[Conflict]] = {}
    for record in records:
        elsewhere = _comparable(record, fields[record.form_id], others.get((record.school_id, record.period.end), ()))
        clashes = check_between(
            fields[record.form_id],
            numbers.get(record.pk, {}),
            {code: (value.indicator, value.number) for code, value in elsewhere.items()},
        )
        found[record.pk] = [_conflict(clash, elsewhere) for clash in clashes]
    return found


def _values_elsewhere(
    records: Sequence[Return], codes: set[str]
) -> dict[tuple[int, date], list[tuple[Value, Elsewhere]]]:
    """Handed-in values of the linked indicators, by school and last day of the period; approved ones first."""
    linked = _linked_codes(codes)
    found: dict[tuple[int, date], list[tuple[Value, Elsewhere]]] = {}
    if not linked:
        return found
    values = (
        Value.objects.filter(
            indicator__code__in=linked,
            number__isnull=False,
            return_record__school__in={record.school_id for record in records},
            return_record__period__end__in={record.period.end for record in records},
            return_record__status__in=[ReturnStatus.APPROVED, ReturnStatus.SUBMITTED],
        )
        .select_related("indicator", "return_record__form", "return_record__period")
        .order_by("return_record__status", "return_record_id")
    )
    for value in values:
        other = value.return_record
        row = Elsewhere(value.indicator, value.number or Decimal(0), other.form.title, other.period.name, other.pk)
        found.setdefault((other.school_id, other.period.end), []).append((value, row))
    return found


def _linked_codes(codes: set[str]) -> set[str]:
    """The indicators that a check ties to one of these, in either direction."""
    linked: set[str] = set()
    checked = Indicator.objects.exclude(Q(validation=[]))
    for code, validation in checked.values_list("code", "validation"):
        for check in validation:
            together = {code, *check.get("codes", ())}
            if len(together) > 1 and together & codes:
                linked |= together
    return linked


def _comparable(
    record: Return, fields: Mapping[str, Indicator], others: Iterable[tuple[Value, Elsewhere]]
) -> dict[str, Elsewhere]:
    """Values of the same period; a yearly figure is also held against what stood on the last day of the year."""
    found: dict[str, Elsewhere] = {}
    for value, row in others:
        other = value.return_record
        same = other.period_id == record.period_id or PeriodKind.AS_OF in (other.period.kind, record.period.kind)
        if same and other.pk != record.pk and row.indicator.code not in fields:
            found.setdefault(row.indicator.code, row)
    return found


def _conflict(clash: Clash, elsewhere: Mapping[str, Elsewhere]) -> Conflict:
    rows = {elsewhere[code].return_id: elsewhere[code] for code in clash.others}
    titles = "、".join(f"《{row.form_title}》（{row.period_name}）" for row in rows.values())
    return Conflict(
        clash.code,
        _("与%(forms)s不一致：%(message)s") % {"forms": titles, "message": clash.message},
        clash.blocks,
        clash.counts_persons,
        tuple(rows.values()),
    )
