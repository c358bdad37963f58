import tomllib
from pathlib import Path

from django.db import transaction

from .models import Programme

DATA = Path(__file__).parent / "data" / "programmes.toml"


@transaction.atomic
def load_programmes(path: Path = DATA) -> int:
    """Create or update the five programmes from the data file; returns their number."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    for order, (code, row) in enumerate(rows.items(), 1):
        Programme.objects.update_or_create(code=code, defaults={"order": order, **row})
    return len(rows)
