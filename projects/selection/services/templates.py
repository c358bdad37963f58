"""Rounds from data files: whoever runs a round starts from a template instead of writing it line by line."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.access import Scope
from districts.models import Unit
from portal.accounts.models import User
from portal.workflow.errors import DomainError
from projects.programmes.models import Programme
from projects.selection.models import DesignationKind, Round, StageKind

from .rounds import create_round, set_criteria, set_questions, set_stages

DATA = Path(__file__).resolve().parent.parent / "data" / "templates.toml"
# Fractions of a criterion's maximum at which the next word begins, unless the file names anchors of its own.
ANCHORS = ((Decimal(0), "较弱"), (Decimal("0.6"), "一般"), (Decimal("0.75"), "良好"), (Decimal("0.9"), "突出"))
# Points up to this fraction of the maximum, and the maximum itself, are explained.
EXPLAIN_LOW = Decimal("0.4")
PARTS = frozenset({"title", "designation_kind", "programme", "days", "questions", "criteria"})


@dataclass(frozen=True, slots=True)
class Template:
    """A round as it stands in a file: `rules` are columns of Round, `days` the length of each stage."""

    code: str
    title: str
    designation_kind: str
    programme: str
    rules: Mapping[str, Any]
    days: Mapping[str, int]
    questions: tuple[Mapping[str, Any], ...]
    criteria: tuple[Mapping[str, Any], ...]


def read_templates(path: Path = DATA) -> dict[str, Template]:
    """Code → template, in the order of the file."""
    raw: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        code: Template(
            code, row["title"], row["designation_kind"], row["programme"],
            {name: value for name, value in row.items() if name not in PARTS}, row["days"], tuple(row["questions"]),
            tuple(row["criteria"]),
        )
        for code, row in raw.items()
    }  # fmt: skip


@transaction.atomic
def start_round(
    *, actor: User, scope: Scope, unit: Unit, template: Template, code: str, title: str, official_title: str,
    starts_on: date, target: int | None = None,
) -> Round:  # fmt: skip
    """A complete draft: rules, form and rubric of the template, its stages one after the other from a day on.

    DomainError `forbidden`, `code_taken`, `kind` when the installation lacks the title or the programme.
    """
    kind = DesignationKind.objects.filter(code=template.designation_kind).first()
    programme = Programme.objects.filter(code=template.programme).first()
    if kind is None or programme is None:
        raise DomainError("kind", _("范本里的称号或工程还没有载入，请联系系统管理员。"), field="template")
    rules = dict(template.rules) | ({"target": target} if target else {})
    round_ = create_round(
        actor=actor, scope=scope, unit=unit, code=code, title=title, official_title=official_title,
        designation_kind=kind, programme=programme, **rules,
    )  # fmt: skip
    by: dict[str, Any] = {"actor": actor, "scope": scope, "round_id": round_.pk}
    set_stages(**by, stages=lay_out(template.days, starts_on))
    set_questions(**by, rows=template.questions)
    set_criteria(**by, rows=[_criterion(row) for row in template.criteria])
    return round_


def lay_out(days: Mapping[str, int], starts_on: date) -> dict[str, tuple[datetime, datetime]]:
    """Stages in their order, each from the midnight at which the one before it ends."""
    begin = timezone.make_aware(datetime.combine(starts_on, datetime.min.time()))
    stages: dict[str, tuple[datetime, datetime]] = {}
    for kind in StageKind.values:
        if kind in days:
            stages[kind] = (begin, begin + timedelta(days=days[kind]))
            begin = stages[kind][1]
    return stages


def _criterion(row: Mapping[str, Any]) -> dict[str, Any]:
    most = Decimal(row["maximum"])
    usual = [[float(most * part), word] for part, word in ANCHORS]
    return {"anchors": usual, "explain_high": most, "explain_low": most * EXPLAIN_LOW, **row, "maximum": most}
