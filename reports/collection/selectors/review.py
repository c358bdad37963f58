"""The review table: differences first, with what helps to judge them; read for many returns at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.utils.translation import gettext as _

from portal.ui.formats import show_figure
from reports.collection.models import FormField, Question, Return, ReturnStatus, Value, Verdict, VerdictDraft
from reports.collection.numbers import show_number
from reports.collection.outliers import find_outlier, is_usual, middle_of
from reports.collection.selectors.between import Conflict, find_conflicts_of
from reports.indicators.models import Indicator, Origin

HISTORY = 8


@dataclass(slots=True)
class ReviewRow:
    number: int
    indicator: Indicator
    section: str
    text: str
    previous: Decimal | None
    change: Decimal | None
    peers: Decimal | None
    history: list[Decimal]
    flag: str
    verdict: str
    reason: str
    remark: str
    changed_since_return: bool
    is_usual: bool
    is_known: bool
    source: str
    questions: list[Question] = field(default_factory=list)
    # A contradiction with another form; it counts as a flag, so that the cell is looked at.
    conflict: Conflict | None = None

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def previous_text(self) -> str:
        return self._in_words(self.previous)

    @property
    def peers_text(self) -> str:
        return self._in_words(self.peers)

    def _in_words(self, number: Decimal | None) -> str:
        """1,512; a grade by its word, as the value beside it; — for none."""
        if number is not None and self.indicator.choices:
            return show_number(number, self.indicator)
        return show_figure(number, decimals=self.indicator.decimals)

    @property
    def is_plain(self) -> bool:
        """Nothing to look at: as last time or within what is usual, no flag, no remark, no question."""
        worth_a_look = self.flag or self.remark or self.changed_since_return or self.questions
        return not worth_a_look and self.previous is not None and (not self.change or self.is_usual)

    @property
    def points(self) -> str:
        """The history as points of an SVG polyline in a box of 80 × 20."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self._places) if len(self.history) > 1 else ""

    @property
    def end(self) -> tuple[float, float] | None:
        """Where the line ends."""
        return self._places[-1] if len(self.history) > 1 else None

    @property
    def _places(self) -> list[tuple[float, float]]:
        low, high = min(self.history), max(self.history)
        span = float(high - low)
        step = 76 / max(len(self.history) - 1, 1)
        return [(i * step, 17 - 14 * float(v - low) / span if span else 10) for i, v in enumerate(self.history)]


@dataclass(slots=True)
class Review:
    record: Return
    rows: list[ReviewRow] = field(default_factory=list)

    @property
    def shown(self) -> list[ReviewRow]:
        return sorted((r for r in self.rows if not r.is_plain), key=lambda r: (not r.flag, r.number))

    @property
    def folded(self) -> list[ReviewRow]:
        return [row for row in self.rows if row.is_plain]

    @property
    def flags(self) -> int:
        return sum(bool(row.flag) for row in self.rows)

    @property
    def changed(self) -> int:
        return sum(bool(row.change) for row in self.rows)

    @property
    def corrected(self) -> int:
        """Cells that came back after a return."""
        return sum(row.changed_since_return for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """passed, returned, open: how the verdicts stand."""
        passed = sum(row.verdict == Verdict.PASSED for row in self.rows)
        returned = sum(row.verdict == Verdict.RETURNED for row in self.rows)
        return {"passed": passed, "returned": returned, "open": len(self.rows) - passed - returned}

    @property
    def is_plain(self) -> bool:
        """May be approved together with others: no flag, nothing marked for return, no question without an answer."""
        waiting = any(not question.answer for row in self.rows for question in row.questions)
        return not self.flags and not waiting and not self.counts["returned"]


@dataclass(slots=True)
class _Known:
    """Everything about the returns in question, by return and code."""

    fields: dict[int, list[FormField]]
    values: dict[int, dict[str, Value]]
    past: dict[int, dict[str, list[Decimal]]]
    peers: dict[tuple[int, int, int, str], dict[str, list[tuple[int, Decimal]]]]
    drafts: dict[int, dict[str, VerdictDraft]]
    questions: dict[int, dict[str, list[Question]]]
    conflicts: dict[int, list[Conflict]]


def get_review(*, record: Return) -> Review:
    return get_reviews(records=[record])[record.pk]


def get_reviews(*, records: Sequence[Return]) -> dict[int, Review]:
    """Reviews by the key of the return. The number of queries does not depend on the number of returns."""
    fields = _fields(records)
    values = _by_return(Value.objects.filter(return_record__in=records).select_related("indicator"))
    known = _Known(
        fields=fields,
        values=values,
        past=_own_history(records),
        peers=_peer_values(records),
        drafts=_by_return(VerdictDraft.objects.filter(return_record__in=records).select_related("indicator")),
        questions=_questions(records),
        conflicts=find_conflicts_of(
            records=records,
            fields={form: {f.indicator.code: f.indicator for f in rows} for form, rows in fields.items()},
            numbers={pk: {code: value.number for code, value in row.items()} for pk, row in values.items()},
        ),
    )
    return {record.pk: Review(record, _rows(record, known)) for record in records}


def _rows(record: Return, known: _Known) -> list[ReviewRow]:
    values, past = known.values.get(record.pk, {}), known.past.get(record.pk, {})
    drafts, questions = known.drafts.get(record.pk, {}), known.questions.get(record.pk, {})
    peers = known.peers.get(_peer_key(record), {})
    conflicts = {conflict.code: conflict for conflict in known.conflicts[record.pk]}
    rows = []
    for number, form_field in enumerate(known.fields[record.form_id], 1):
        indicator = form_field.indicator
        if indicator.origin != Origin.REPORTED:
            continue
        code = indicator.code
        others = [n for pk, n in peers.get(code, ()) if pk != record.pk]
        row = _row(number, form_field, values.get(code), past.get(code, []), others)
        if draft := drafts.get(code):
            row.verdict, row.reason = draft.verdict, draft.reason
        row.questions = questions.get(code, [])
        row.conflict = conflicts.get(code)
        row.flag = row.flag or (_("两表不一致") if row.conflict else "")
        rows.append(row)
    return rows


def _row(
    number: int, form_field: FormField, value: Value | None, past: list[Decimal], others: list[Decimal]
) -> ReviewRow:
    indicator = form_field.indicator
    current = value.number if value else None
    previous = past[-1] if past else None
    return ReviewRow(
        number=number,
        indicator=indicator,
        section=form_field.section.title,
        text=show_number(current, indicator, value.qualifier if value else 0) or "—",
        previous=previous,
        change=current - previous if current is not None and previous is not None and not indicator.choices else None,
        peers=middle_of(others),
        history=[*past, *([current] if current is not None else [])],
        flag="" if current is None and not form_field.required else find_outlier(current, past, others),
        verdict="",
        reason="",
        remark=value.remark if value else "",
        changed_since_return=bool(value and value.verdict == Verdict.RETURNED),
        is_usual=is_usual(current, past),
        is_known=bool(value and value.known_label and value.known_number == value.number),
        source=value.known_label if value else "",
    )


def _fields(records: Iterable[Return]) -> dict[int, list[FormField]]:
    found: dict[int, list[FormField]] = {record.form_id: [] for record in records}
    fields = FormField.objects.filter(form__in=list(found)).select_related("indicator", "section").order_by("order")
    for form_field in fields:
        found[form_field.form_id].append(form_field)
    return found


T = TypeVar("T", Value, VerdictDraft)


def _by_return(rows: Iterable[T]) -> dict[int, dict[str, T]]:
    found: dict[int, dict[str, T]] = {}
    for row in rows:
        found.setdefault(row.return_record_id, {})[row.indicator.code] = row
    return found


def _questions(records: Sequence[Return]) -> dict[int, dict[str, list[Question]]]:
    found: dict[int, dict[str, list[Question]]] = {}
    questions = Question.objects.filter(return_record__in=records).select_related("indicator", "asked_by")
    for question in questions.order_by("id"):
        found.setdefault(question.return_record_id, {}).setdefault(question.indicator.code, []).append(question)
    return found


def _own_history(records: Sequence[Return]) -> dict[int, dict[str, list[Decimal]]]:
    """The last approved values of the same school and form, oldest first."""
    approved: dict[tuple[int, int], list[tuple[date, int]]] = {}
    rows = Return.objects.filter(
        school__in={r.school_id for r in records}, form__in={r.form_id for r in records}, status=ReturnStatus.APPROVED
    ).order_by("period__end")
    for pk, school, form, end in rows.values_list("pk", "school_id", "form_id", "period__end"):
        approved.setdefault((school, form), []).append((end, pk))
    chosen = {
        record.pk: [pk for end, pk in approved.get((record.school_id, record.form_id), ()) if end < record.period.end]
        for record in records
    }
    chosen = {pk: past[-HISTORY:] for pk, past in chosen.items()}
    numbers: dict[int, list[tuple[str, Decimal]]] = {}
    values = Value.objects.filter(return_record__in={pk for past in chosen.values() for pk in past})
    for pk, code, number in values.exclude(number=None).values_list("return_record_id", "indicator__code", "number"):
        numbers.setdefault(pk, []).append((code, number or Decimal(0)))
    found: dict[int, dict[str, list[Decimal]]] = {}
    for record_pk, past in chosen.items():
        own = found.setdefault(record_pk, {})
        for pk in past:
            for code, number in numbers.get(pk, ()):
                own.setdefault(code, []).append(number)
    return found


def _peer_key(record: Return) -> tuple[int, int, int, str]:
    return record.form_id, record.period_id, record.school.district_id, record.school.kind


def _peer_values(
    records: Sequence[Return],
) -> dict[tuple[int, int, int, str], dict[str, list[tuple[int, Decimal]]]]:
    """Handed-in values of the schools of the same kind in the district, same form and period."""
    keys = {_peer_key(record) for record in records}
    values = Value.objects.filter(
        return_record__form__in={key[0] for key in keys},
        return_record__period__in={key[1] for key in keys},
        return_record__school__district__in={key[2] for key in keys},
        return_record__school__kind__in={key[3] for key in keys},
        return_record__status__in=[ReturnStatus.APPROVED, ReturnStatus.SUBMITTED],
        number__isnull=False,
    ).values_list(
        "return_record__form_id", "return_record__period_id", "return_record__school__district_id",
        "return_record__school__kind", "return_record_id", "indicator__code", "number",
    )  # fmt: skip
    found: dict[tuple[int, int, int, str], dict[str, list[tuple[int, Decimal]]]] = {}
    for form, period, district, kind, pk, code, number in values:
        key = (form, period, district, kind)
        if key in keys:
            found.setdefault(key, {}).setdefault(code, []).append((pk, number or Decimal(0)))
    return found


def typed_verdicts(review: Review, typed: Mapping[str, tuple[str, str]]) -> None:
    """Put what a reviewer has just typed over the stored drafts, so that nothing is lost when the page comes back."""
    for row in review.rows:
        if row.code in typed:
            row.verdict, row.reason = typed[row.code]
