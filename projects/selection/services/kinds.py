"""The kinds of titles from the reviewed data file."""

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from projects.programmes.models import Programme
from projects.selection.models import DesignationKind

DATA = Path(__file__).resolve().parent.parent / "data" / "kinds.toml"


@transaction.atomic
def load_kinds(path: Path = DATA) -> int:
    """Create the kinds that are missing; those that are there stay as people changed them. Returns how many came."""
    rows: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    programmes = {row.code: row for row in Programme.objects.all()}
    created = 0
    for code, row in rows.items():
        becomes = row.pop("becomes", None)
        given = {
            **row,
            "programme": programmes.get(row["programme"]),
            "becomes": DesignationKind.objects.get(code=becomes) if becomes else None,
        }
        created += DesignationKind.objects.get_or_create(code=code, defaults=given)[1]
    return created
