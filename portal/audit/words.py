"""Words for what rooms have in common or keep without a word of its own in the model: columns, kinds of rows, states.

A verbose name in the model comes first for whoever writes one; a word here spares a migration that changes no table.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Field
from django.utils.translation import gettext_lazy as _

# What the machinery counts for itself; nobody looks for it.
QUIET = frozenset({"lock_version", "session_epoch", "pinyin", "initials"})
COMMON: dict[str, object] = {
    "unit_id": _("单位"),
    "district_id": _("区县"),
    "school_id": _("学校"),
    "organisation_id": _("党组织"),
    "order": _("顺序"),
    "number": _("序号"),
    "file": _("文件"),
    "size": _("文件大小"),
    "file_size": _("文件大小"),
    "digest": _("文件校验值"),
    "media_type": _("文件格式"),
    "made_by_id": _("登记人"),
    "recorded_by_id": _("登记人"),
    "recorded_at": _("登记时间"),
    "saved_by_id": _("保存人"),
    "saved_at": _("保存时间"),
    "updated_at": _("保存时间"),
    "set_at": _("保存时间"),
    "uploaded_by_id": _("上传人"),
    "uploaded_at": _("上传时间"),
    "submitted_by_id": _("提交人"),
    "submitted_at": _("提交时间"),
    "first_submitted_at": _("首次提交时间"),
    "approved_by_id": _("审核人"),
    "approved_at": _("审核时间"),
    "verdict_by_id": _("审核人"),
    "verdict_at": _("审核时间"),
    "moved_by_id": _("调整人"),
    "moved_at": _("调整时间"),
    "lifted_by_id": _("解除人"),
    "lifted_at": _("解除时间"),
    "ended_on": _("终止日期"),
}
_columns: dict[tuple[str, str], object] = {}
_subjects: dict[str, object] = {}
_states: dict[tuple[str, str], dict[Any, object]] = {}


def register_columns(label: str, **words: object) -> None:
    """Words for columns of one table that its model leaves without."""
    _columns.update({(label, column): word for column, word in words.items()})


def register_subject(label: str, word: object) -> None:
    """What a row of the table is called, where the model does not say it."""
    _subjects[label] = word


def register_states(label: str, choices: Iterable[tuple[Any, object]], column: str = "status") -> None:
    """Words for the states of a table: a workflow's column knows no choices, its process does."""
    _states[label, column] = dict(choices)


def subject_of(label: str, own: object) -> str:
    return str(_subjects.get(label, own))


def column_of(subject: str, column: str, field: "Field[Any, Any] | None") -> str:
    """The registered word, the model's own, a common one; the bare name only where nobody said anything."""
    if word := _columns.get((subject, column)):
        return str(word)
    own = str(field.verbose_name) if field is not None else column
    return str(COMMON.get(column, own)) if own.isascii() else own


def choices_of(subject: str, column: str, field: "Field[Any, Any] | None") -> dict[Any, object]:
    """Value → word, also of the members of a list; empty where a value speaks for itself."""
    if registered := _states.get((subject, column)):
        return registered
    inner = getattr(field, "base_field", None) or field
    return dict(inner.flatchoices) if inner is not None and inner.choices else {}
