"""Loading the catalogue, the programmes and the example targets into the database."""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from districts.models import City
from districts.pinyin import keys_of
from projects.programmes.models import Programme
from projects.programmes.services import load_programmes
from reports.indicators.catalogue import CATALOGUE, Entry, read_catalogue
from reports.indicators.models import DefinitionChange, Indicator, Period, Target

TARGETS = CATALOGUE.parent / "targets.toml"
# Fields whose change a reader of the figures must be told about.
LOGGED = (
    "name", "unit_of_measure", "value_type", "period_kind", "aggregation", "origin", "scale", "definition",
    "validation", "numerator", "denominator",
)  # fmt: skip


@transaction.atomic
def load_catalogue(path: Path = CATALOGUE) -> int:
    """Create or update every indicator of the file; returns their number.

    Raises CatalogueError, with nothing written, if any row is wrong. Safe to run again: a second run changes
    nothing; a changed definition is logged in DefinitionChange with its date.
    """
    entries = read_catalogue(path)
    load_programmes()
    programmes = dict(Programme.objects.values_list("code", "pk"))
    before = {row.code: row for row in Indicator.objects.select_related("numerator", "denominator")}
    rows = [_row(entry, order, programmes) for order, entry in enumerate(entries, 1)]
    fields = [
        f.name for f in Indicator._meta.concrete_fields if f.name not in ("id", "code", "numerator", "denominator")
    ]
    Indicator.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=fields)
    _link_ratios(entries)
    _log_changes(before, entries)
    return len(rows)


def _row(entry: Entry, order: int, programmes: dict[str, int]) -> Indicator:
    pinyin, initials = keys_of(entry.name)
    return Indicator(
        code=entry.code,
        is_element=entry.is_element,
        name=entry.name,
        english=entry.english,
        pinyin=pinyin[:300],
        initials=initials[:60],
        programme_id=programmes.get(entry.programme),
        unit_of_measure=entry.unit,
        value_type=entry.type,
        period_kind=entry.period,
        aggregation=entry.agg,
        origin=entry.origin,
        scale=entry.scale,
        decimals=entry.decimals,
        direction=entry.direction,
        derivation=dict(entry.derive),
        choices=[dict(choice) for choice in entry.choices],
        validation=[dict(check) for check in entry.checks],
        counts_persons=entry.persons,
        owner_counts=entry.owner_counts,
        until_ledger=entry.until_ledger,
        definition=entry.definition,
        source=entry.source,
        effective_from=entry.valid_from,
        effective_to=entry.valid_to,
        order=order,
    )


def _link_ratios(entries: Iterable[Entry]) -> None:
    indicators = {row.code: row for row in Indicator.objects.all()}
    changed = []
    for entry in entries:
        row = indicators[entry.code]
        row.numerator, row.denominator = indicators.get(entry.numerator), indicators.get(entry.denominator)
        changed.append(row)
    Indicator.objects.bulk_update(changed, ["numerator", "denominator"])


def _log_changes(before: dict[str, Indicator], entries: Iterable[Entry]) -> None:
    after = {row.code: row for row in Indicator.objects.select_related("numerator", "denominator")}
    DefinitionChange.objects.bulk_create(
        [
            DefinitionChange(
                indicator=after[entry.code],
                field=field,
                old=_text(before[entry.code], field),
                new=_text(after[entry.code], field),
                effective_from=max(entry.valid_from, timezone.localdate()),
            )
            for entry in entries
            if entry.code in before
            for field in LOGGED
            if _text(before[entry.code], field) != _text(after[entry.code], field)
        ]
    )


def _text(row: Indicator, field: str) -> str:
    value: Any = getattr(row, field)
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    return value.code if isinstance(value, Indicator) else str(value if value is not None else "")


@transaction.atomic
def load_targets(path: Path = TARGETS) -> int:
    """Set the example targets of the city where none is set yet; returns how many were added."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    source = raw.pop("source")
    city = City.objects.first()
    indicators = dict(Indicator.objects.values_list("code", "pk"))
    periods = dict(Period.objects.values_list("code", "pk"))
    rows = [
        Target(unit=city, indicator_id=indicators[code], period_id=periods[year], value=value, source=source)
        for code, years in raw.items()
        for year, value in years.items()
        if year in periods
    ]
    known = Target.objects.count()
    Target.objects.bulk_create(rows, ignore_conflicts=True)
    return Target.objects.count() - known
