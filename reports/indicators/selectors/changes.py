"""The dated change log of definitions, in words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from reports.indicators.models import Aggregation, DefinitionChange, Indicator, Origin, PeriodKind, ValueType

LABELS: dict[str, Any] = {
    "aggregation": Aggregation,
    "origin": Origin,
    "period_kind": PeriodKind,
    "value_type": ValueType,
}


@dataclass(frozen=True, slots=True)
class Change:
    since: date
    indicator: Indicator
    field: str
    old: str
    new: str


def list_definition_changes(*, indicator: Indicator | None = None) -> list[Change]:
    """Newest first; of one indicator or of the whole catalogue."""
    rows = DefinitionChange.objects.select_related("indicator")
    if indicator is not None:
        rows = rows.filter(indicator=indicator)
    names = dict(Indicator.objects.values_list("code", "name"))
    words = _field_words()
    return [
        Change(
            since=row.effective_from,
            indicator=row.indicator,
            field=words.get(row.field, row.field),
            old=_value(row.field, row.old, names),
            new=_value(row.field, row.new, names),
        )
        for row in rows
    ]


def _field_words() -> dict[str, str]:
    return {
        "name": _("名称"),
        "unit_of_measure": _("单位"),
        "value_type": _("数值类型"),
        "period_kind": _("周期"),
        "aggregation": _("汇总"),
        "origin": _("来源"),
        "scale": _("倍数"),
        "definition": _("定义"),
        "validation": _("校验"),
        "numerator": _("分子"),
        "denominator": _("分母"),
    }


def _value(field: str, text: str, names: dict[str, str]) -> str:
    if not text:
        return ""
    if field in LABELS and text in LABELS[field].values:
        return str(LABELS[field](text).label)
    if field in ("numerator", "denominator"):
        return f"{text} {names.get(text, '')}".strip()
    if field == "validation":
        return "；".join(describe_checks(json.loads(text), names))
    return text


def describe_checks(checks: list[dict[str, Any]], names: dict[str, str]) -> Iterator[str]:
    """不大于“专任教师数”, 在 0 至 110 之间, 不小于 0."""
    for check in checks:
        if check["op"] == "range":
            yield _("在 %(min)s 至 %(max)s 之间") % check
            continue
        parts = " + ".join(f"“{names.get(code, code)}”" for code in check.get("codes", ()))
        bound = parts or str(check.get("value"))
        yield _("不大于 %s") % bound if check["op"] == "le" else _("不小于 %s") % bound
