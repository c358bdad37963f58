"""Loading the forms from their data file."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from portal.workflow.errors import DomainError
from reports.collection.models import Form, FormField, FormSection
from reports.indicators.models import Indicator

FORMS = Path(__file__).resolve().parent.parent / "data" / "forms.toml"
VALID_FROM = date(2023, 1, 1)


@transaction.atomic
def load_forms(path: Path = FORMS) -> int:
    """Create or update the forms; returns their number. Fields that left a form are removed from it.

    Raises DomainError `forms_broken` naming form and code for an unknown code or one collected twice.
    """
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    indicators = dict(Indicator.objects.values_list("code", "pk"))
    _refuse_broken(rows, indicators)
    for order, (code, row) in enumerate(rows.items(), 1):
        _load_form(code, row, order, indicators)
    return len(rows)


def _refuse_broken(rows: Mapping[str, Any], indicators: Mapping[str, int]) -> None:
    seen: dict[str, str] = {}
    problems = []
    for form, row in rows.items():
        for code in (code for section in row["sections"] for code in section["fields"]):
            if code not in indicators:
                problems.append(f"{form}: unknown code {code}")
            elif code in seen:
                problems.append(f"{form}: {code} is already collected by {seen[code]}")
            seen[code] = form
    if problems:
        raise DomainError("forms_broken", "\n".join(problems))


def _load_form(code: str, row: Mapping[str, Any], order: int, indicators: Mapping[str, int]) -> None:
    form, _created = Form.objects.update_or_create(
        code=code,
        defaults={
            "title": row["title"],
            "period_kind": row["kind"],
            "months": row.get("months", []),
            "kinds": row.get("kinds", []),
            "ownerships": row.get("ownerships", []),
            "open_days": row["open"],
            "due_days": row["due"],
            "late_days": row["late"],
            "minutes": row["minutes"],
            "valid_from": VALID_FROM,
            "order": order,
        },
    )
    kept: list[int] = []
    position = 0
    sections = {section.title: section for section in form.sections.all()}
    for number, section_row in enumerate(row["sections"], 1):
        section = sections.pop(section_row["title"], None) or FormSection(form=form, title=section_row["title"])
        section.help_text, section.order = section_row.get("help", ""), number
        section.save()
        for field_code in section_row["fields"]:
            position += 1
            field, _created = FormField.objects.update_or_create(
                form=form,
                indicator_id=indicators[field_code],
                defaults={
                    "section": section,
                    "order": position,
                    "help_text": row.get("help", {}).get(field_code, ""),
                    "required": field_code not in row.get("optional", []),
                },
            )
            kept.append(field.pk)
    form.fields.exclude(pk__in=kept).delete()
    FormSection.objects.filter(pk__in=[section.pk for section in sections.values()]).delete()
