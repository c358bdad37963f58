"""What the same school says on other forms, as far as the catalogue compares it with what stands on this one.

And what the portal counts itself: who meets the standard is told by the register of 双带头人, never by a form.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from projects.leaders.selectors.standing import count_meeting
from reports.collection.checks import Clash, check_between
from reports.collection.models import Return, ReturnStatus, Value
from reports.indicators.models import Indicator, PeriodKind

# 达标双带头人书记数: what a school says of its secretaries (L01) is held against it, or the coverage passes 100 %.
REGISTERED = "L02"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One handed-in value on another form, or a count of a register: what it is, and the return that it stands on.

    `return_id` is None for a register; `school` is the code to find it by.
    """

    indicator: Indicator
    number: Decimal
    form_title: str
    period_name: str
    return_id: int | None
    school: str = ""


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
    """The broken checks between this return and the other forms of the school. At most four queries."""
    return find_conflicts_of(records=[record], fields={record.form_id: fields}, numbers={record.pk: numbers})[record.pk]


def find_conflicts_of(
    *,
    records: Sequence[Return],
    fields: Mapping[int, Mapping[str, Indicator]],
    numbers: Mapping[int, Mapping[str, Decimal | None]],
) -> dict[int, list[Conflict]]:
    """The same for many returns, by key of the return; `fields` by form, `numbers` by return. Two queries in all, and
    two more where a form asks for what a register counts."""
    linked = _linked_codes({code for row in fields.values() for code in row})
    fields = {form: {code: row[code] for code in row if code in linked} for form, row in fields.items()}
    # What every form has itself is compared there.
    others = _values_elsewhere(records, {code for code in linked if any(code not in row for row in fields.values())})
    counts = _counts_elsewhere(records, linked)
    found: dict[int, list[Conflict]] = {}
    for record in records:
        elsewhere = _comparable(record, fields[record.form_id], others.get((record.school_id, record.period.end), ()))
        if (count := counts.get(record.pk)) and count.indicator.code not in fields[record.form_id]:
            elsewhere[count.indicator.code] = count
        clashes = check_between(
            fields[record.form_id],
            numbers.get(record.pk, {}),
            {code: (value.indicator, value.number) for code, value in elsewhere.items()},
        )
        found[record.pk] = [_conflict(clash, elsewhere) for clash in clashes]
    return found


def _counts_elsewhere(records: Sequence[Return], linked: set[str]) -> dict[int, Elsewhere]:
    """Return → the register's count on the last day of its period; nothing for a school without a post."""
    if REGISTERED not in linked:
        return {}
    indicator = Indicator.objects.get(code=REGISTERED)
    counts = count_meeting(
        schools={record.school_id for record in records}, days={record.period.end for record in records}
    )
    register = _("双带头人认定台账")
    return {
        record.pk: Elsewhere(
            indicator, Decimal(counts[record.school_id, record.period.end]), register, record.period.name,
            None, record.school.code,
        )
        for record in records
        if (record.school_id, record.period.end) in counts
    }  # fmt: skip


def _values_elsewhere(
    records: Sequence[Return], linked: set[str]
) -> dict[tuple[int, date], list[tuple[Value, Elsewhere]]]:
    """Handed-in values of the linked indicators, by school and last day of the period; approved ones first."""
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
