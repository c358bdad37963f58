"""What people call the things in a change: kinds of rows, columns, and what keys stand for."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, Field, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Change
from .words import choices_of, column_of, subject_of

NamesOf = Callable[[Collection[Any]], Mapping[Any, str]]
PrivateOf = Callable[[Sequence[Change]], Mapping[int, Collection[str]]]
NOTHING = "—"
_names_of: dict[str, NamesOf] = {}
_private_of: dict[str, PrivateOf] = {}


def register_names(label: str, names_of: NamesOf) -> None:
    """Let a room say what its rows are called, with as few queries as it can: {primary key: words}."""
    _names_of[label] = names_of


def register_private(label: str, private_of: PrivateOf) -> None:
    """Let a room say which columns of its changes outsiders may not read: {key of the change: columns}."""
    _private_of[label] = private_of


def private_columns(changes: Iterable[Change]) -> dict[int, Collection[str]]:
    """Key of the change → columns that only insiders read, for the rooms that have any."""
    by_subject: dict[str, list[Change]] = {}
    for change in changes:
        by_subject.setdefault(change.subject, []).append(change)
    found: dict[int, Collection[str]] = {}
    for label, rows in by_subject.items():
        if label in _private_of:
            found.update(_private_of[label](rows))
    return found


def subject_word(label: str) -> str:
    """districts.office → 任职"""
    return subject_of(label, apps.get_model(label)._meta.verbose_name) if label else ""


def subjects() -> list[tuple[str, str]]:
    """Every kind of row that is tracked, with its word."""
    found = [
        model._meta
        for model in apps.get_models()
        if any(trigger.name.startswith("audit_") for trigger in getattr(model._meta, "triggers", ()))
    ]
    return [(meta.label_lower, subject_of(meta.label_lower, meta.verbose_name)) for meta in found]


class Words:
    """Columns and values of a page of changes in words; every table that is named is asked once."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._names: dict[str, Mapping[Any, str]] = {}
        wanted: dict[str, set[Any]] = {}
        for change in changes:
            for column, values in _all_values(change):
                field = _field(change.subject, column)
                if field is not None and field.related_model:
                    wanted.setdefault(_target(field), set()).update(v for v in values if v is not None)
        for label, keys in wanted.items():
            self._names[label] = _look_up(label, keys)

    def column(self, subject: str, column: str) -> str:
        return column_of(subject, column, _field(subject, column))

    def value(self, subject: str, column: str, value: Any) -> str:
        if value in (None, "", []):
            return NOTHING
        field = _field(subject, column)
        if field is not None and field.related_model:
            return self._names.get(_target(field), {}).get(value, str(value))
        words = choices_of(subject, column, field)
        if isinstance(value, list):
            return "、".join(str(words.get(member, member)) for member in value)
        if words:
            return str(words.get(value, value))
        if isinstance(field, DateTimeField):
            return f"{timezone.localtime(datetime.fromisoformat(value)):%Y-%m-%d %H:%M}"
        return {True: _("是"), False: _("否")}[value] if isinstance(value, bool) else str(value)


def _all_values(change: Change) -> Iterable[tuple[str, list[Any]]]:
    yield from ((column, [value]) for column, value in change.about.items())
    yield from ((column, list(pair)) for column, pair in change.changes.items())


def _field(subject: str, column: str) -> "Field[Any, Any] | None":
    if not subject:
        return None
    model = apps.get_model(subject)
    # A proxy stands for the rows of a relation that has no model of its own.
    for field in (model._meta.concrete_model or model)._meta.local_fields:
        if field.column == column:
            return field
    return None


def _target(field: "Field[Any, Any]") -> str:
    model: type[Model] = field.related_model  # type: ignore[assignment]
    return model._meta.label_lower


def _look_up(label: str, keys: set[Any]) -> Mapping[Any, str]:
    if label in _names_of:
        return _names_of[label](keys)
    rows = apps.get_model(label)._base_manager.in_bulk(keys)
    return {key: str(row) for key, row in rows.items()}
