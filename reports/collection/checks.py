"""The catalogue's checks on the cells of one school and period. Pure: page, Excel, API and submission share it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from reports.indicators.models import Indicator

from .numbers import show_number

Numbers = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken check: `code` is the cell to look at, `blocks` whether the value may be kept."""

    code: str
    message: str
    blocks: bool


def check_cell(indicator: Indicator, numbers: Numbers, catalogue: Mapping[str, Indicator]) -> list[Finding]:
    """Findings about the cell itself, given the other cells; a check with an unknown partner is not yet broken."""
    value = numbers.get(indicator.code)
    if value is None:
        return []
    findings = []
    for check in indicator.validation:
        message = _broken(check, indicator, value, numbers, catalogue)
        if message:
            findings.append(Finding(indicator.code, message, check.get("severity", "block") == "block"))
    return findings


def check_all(indicators: Iterable[Indicator], numbers: Numbers, catalogue: Mapping[str, Indicator]) -> list[Finding]:
    return [finding for indicator in indicators for finding in check_cell(indicator, numbers, catalogue)]


def check_change(indicator: Indicator, numbers: Numbers, catalogue: Mapping[str, Indicator]) -> list[Finding]:
    """Findings after one cell changed: its own checks, and those of cells that are compared with it.

    Raising a total is always possible; lowering it below its part is refused at the total, where the hand is.
    """
    findings = check_cell(indicator, numbers, catalogue)
    for other in catalogue.values():
        if other.code != indicator.code and any(indicator.code in c.get("codes", ()) for c in other.validation):
            findings += [
                Finding(indicator.code, finding.message, finding.blocks)
                for finding in check_cell(other, numbers, catalogue)
            ]
    return findings


def _broken(
    check: Mapping[str, Any],
    indicator: Indicator,
    value: Decimal,
    numbers: Numbers,
    catalogue: Mapping[str, Indicator],
) -> str:
    if check["op"] == "range":
        return _outside(indicator, value, Decimal(str(check["min"])), Decimal(str(check["max"])))
    if "codes" in check:
        partners = [numbers.get(code) for code in check["codes"]]
        if any(partner is None for partner in partners):
            return ""
        bound = sum((p for p in partners if p is not None), Decimal(0))
        name = " + ".join(f"“{catalogue[code].name}”" for code in check["codes"])
    else:
        bound, name = Decimal(str(check["value"])), ""
    return _compare(check["op"], indicator, value, bound, name)


def _outside(indicator: Indicator, value: Decimal, low: Decimal, high: Decimal) -> str:
    if low <= value <= high:
        return ""
    return _("“%(name)s”应在 %(low)s 至 %(high)s 之间，现在是 %(value)s。") % {
        "name": indicator.name,
        "low": show_number(low, indicator),
        "high": show_number(high, indicator),
        "value": show_number(value, indicator),
    }


def _compare(op: str, indicator: Indicator, value: Decimal, bound: Decimal, name: str) -> str:
    words = {
        "name": indicator.name,
        "value": show_number(value, indicator),
        "bound": show_number(bound, indicator),
        "other": name,
        "unit": indicator.unit_of_measure,
    }
    if op == "le" and value > bound:
        return (
            _("“%(name)s”%(value)s 不能大于 %(other)s（%(bound)s%(unit)s）。请改为 0 至 %(bound)s 之间的数，或先更正 %(other)s。")
            % words
        )
    if op == "ge" and value < bound:
        if not name:
            return _("“%(name)s”不能小于 %(bound)s，请改为 %(bound)s 或更大的数。") % words
        return _("“%(name)s”%(value)s 小于 %(other)s（%(bound)s），请核对两个数。") % words
    return ""
