"""Reading what changed: latest first, by keyset, so that the hundredth page costs what the first one does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from .models import Change, ChangeKind
from .naming import Words, private_columns, subject_word
from .words import QUIET

PAGE = 50
PRIVATE = gettext_lazy("只在区县内可见")


@dataclass(frozen=True, slots=True)
class Filters:
    """`unit_ids`, `people`: None is everybody. `since` and `until` are days, both included."""

    subject: str = ""
    kind: str = ""
    unit_ids: Any = None
    people: Any = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One column of a change in words."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A change as it is shown."""

    change: Change
    subject: str
    actor: str
    office: str
    about: Sequence[Line]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Page:
    entries: Sequence[Entry]
    # The number to ask the next page with, None on the last one.
    next_before: int | None


def list_changes(
    *, visible: Q | None, filters: Filters, before: int | None = None, limit: int = PAGE, outside: bool
) -> Page:
    """The changes inside `visible` (None: all) that fit the filters, older than the change `before`.

    `outside`: the reader is told that a column changed that its room keeps private, but not from what to what.
    """
    rows = select_changes(visible=visible, filters=filters)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: limit + 1])
    page = found[:limit]
    return Page(list(describe(page, outside=outside)), page[-1].pk if len(found) > limit else None)


def select_changes(*, visible: Q | None, filters: Filters) -> QuerySet[Change]:
    rows = Change.objects.select_related("context").order_by("-id")
    if visible is not None:
        rows = rows.filter(visible)
    if filters.subject:
        rows = rows.filter(subject=filters.subject)
    if filters.kind in ChangeKind.values:
        rows = rows.filter(kind=filters.kind)
    if filters.unit_ids is not None:
        rows = rows.filter(unit_id__in=filters.unit_ids)
    if filters.people is not None:
        rows = rows.filter(Q(actor_id__in=filters.people) | Q(person_id__in=filters.people))
    if filters.since:
        rows = rows.filter(at__gte=_midnight(filters.since))
    if filters.until:
        rows = rows.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    return rows


def describe(changes: Sequence[Change], *, outside: bool) -> Iterator[Entry]:
    """In words; as many queries as there are tables to name rows of."""
    words = Words(changes)
    private = private_columns(changes) if outside else {}
    for change in changes:
        hidden = private.get(change.pk, ())
        who = (change.context.metadata if change.context else {}).get("who") or {}
        yield Entry(
            change=change,
            subject=subject_word(change.subject),
            actor=who.get("name", ""),
            office=who.get("office", ""),
            about=[
                _line(words, change, column, [value, value])
                for column, value in change.about.items()
                if column not in QUIET
            ],
            lines=[
                _line(words, change, column, pair, hidden=column in hidden)
                for column, pair in sorted(change.changes.items())
                if column not in QUIET
            ],
        )


def _line(words: Words, change: Change, column: str, pair: Sequence[Any], *, hidden: bool = False) -> Line:
    if hidden:
        return Line(words.column(change.subject, column), str(PRIVATE), str(PRIVATE))
    before, after = (words.value(change.subject, column, value) for value in pair)
    return Line(words.column(change.subject, column), before, after)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
