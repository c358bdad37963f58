"""What changed in a brand, a course or a case: from the one record of changes, without persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.audit.models import Change, ChangeKind
from portal.audit.selectors import Line, describe
from schools.showcase.models import Shown

SHOWN = 50
# What is computed from the name, or told by the step itself.
QUIET = frozenset({"pinyin", "initials", "file_size", "media_type"})


@dataclass(frozen=True, slots=True)
class Step:
    """One change: when, from which office, and which columns went from what to what (none when it was registered)."""

    at: datetime
    office: str
    is_first: bool
    lines: Sequence[Line]


def list_history(row: Shown) -> list[Step]:
    """The latest changes, latest first. Whoever sees the thing sees what it was called before; not who wrote it."""
    changes = Change.objects.filter(subject=row._meta.label_lower, object_id=str(row.pk)).select_related("context")
    entries = describe(list(changes.order_by("-id")[:SHOWN]), outside=False)
    return [
        Step(
            entry.change.at, entry.office, first,
            [] if first else [
                line for column, line in zip(sorted(entry.change.changes), entry.lines, strict=True)
                if column not in QUIET
            ],
        )
        for entry in entries
        for first in [entry.change.kind == ChangeKind.INSERT]
    ]  # fmt: skip
