"""The catalogue's checks on the cells of one school and period. Pure: page, Excel, API and submission share it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
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
    return check_changes({indicator.code}, numbers, {indicator.code: indicator, **catalogue})


def check_changes(codes: Collection[str], numbers: Numbers, catalogue: Mapping[str, Indicator]) -> list[Finding]:
    """Findings after several cells of a school changed together: every check that looks at one of them, once.

    A broken check is told at a cell that changed: at its own, otherwise at the changed partner.
    """
    own: list[Finding] = []
    others: list[Finding] = []
    for indicator in catalogue.values():
        value = numbers.get(indicator.code)
        if value is None:
            continue
        for check in indicator.validation:
            if indicator.code in codes:
                told_at, findings = indicator.code, own
            elif partner := next((code for code in check.get("codes", ()) if code in codes), None):
                told_at, findings = partner, others
            else:
                continue
            if message := _broken(check, indicator, value, numbers, catalogue):
                findings.append(Finding(told_at, message, check.get("severity", "block") == "block"))
    return own + others


@dataclass(frozen=True, slots=True)
class Clash(Finding):
    """A broken check that looks at another form: `others` are the codes that stand there."""

    others: tuple[str, ...]
    counts_persons: bool


def check_between(
    fields: Mapping[str, Indicator], numbers: Numbers, others: Mapping[str, tuple[Indicator, Decimal]]
) -> list[Clash]:
    """The checks that compare a cell of this form with one of another; told at the cell of this form.

    `others`: code → (indicator, value) of what the same school handed in elsewhere. A check inside one form is none.
    """
    if not others:
        return []
    catalogue = {**{code: indicator for code, (indicator, _value) in others.items()}, **fields}
    together: Numbers = {**{code: value for code, (_indicator, value) in others.items()}, **numbers}
    clashes = []
    for indicator in catalogue.values():
        value = together.get(indicator.code)
        for check in indicator.validation if value is not None else ():
            if "codes" not in check:
                continue
            codes = (indicator.code, *check["codes"])
            here = [code for code in codes if code in fields]
            there = tuple(code for code in codes if code in others and code not in fields)
            if not here or not there or value is None:
                continue
            if message := _broken(check, indicator, value, together, catalogue):
                persons = any(catalogue[code].counts_persons for code in codes)
                blocks = check.get("severity", "block") == "block"
                clashes.append(Clash(here[0], message, blocks, there, persons))
    return clashes


def related_codes(code: str, catalogue: Mapping[str, Indicator]) -> list[str]:
    """The other cells whose checks look at this one, or that its own checks look at."""
    found = {c for check in catalogue[code].validation for c in check.get("codes", ())} if code in catalogue else set()
    found |= {
        other.code for other in catalogue.values() if any(code in check.get("codes", ()) for check in other.validation)
    }
    return [c for c in catalogue if c in found and c != code]


def _broken(
    check: Mapping[str, Any],
    indicator: Indicator,
    value: Decimal,
    numbers: Numbers,
    catalogue: Mapping[str, Indicator],
) -> str:
    op = check["op"]
    if op == "range":
        low, high = _bound(check["min"]), _bound(check["max"])
        return "" if low <= value <= high else _say_outside(indicator, value, low, high)
    codes = check.get("codes")
    bound = _sum_of(codes, numbers) if codes is not None else _bound(check["value"])
    if bound is None or ((op != "le" or value <= bound) and (op != "ge" or value >= bound)):
        return ""
    name = " + ".join(f"“{catalogue[code].name}”" for code in codes or ())
    return _say_compared(op, indicator, value, bound, name)


def _sum_of(codes: Iterable[str], numbers: Numbers) -> Decimal | None:
    """The partners together; None while one of them is not known."""
    total = Decimal(0)
    for code in codes:
        partner = numbers.get(code)
        if partner is None:
            return None
        total += partner
    return total


@cache
def _bound(written: int | float) -> Decimal:
    """A bound as the catalogue writes it; a district file asks for the same few thousands of times."""
    return Decimal(str(written))


def _say_outside(indicator: Indicator, value: Decimal, low: Decimal, high: Decimal) -> str:
    return _("“%(name)s”应在 %(low)s 至 %(high)s 之间，现在是 %(value)s。") % {
        "name": indicator.name,
        "low": show_number(low, indicator),
        "high": show_number(high, indicator),
        "value": show_number(value, indicator),
    }


def _say_compared(op: str, indicator: Indicator, value: Decimal, bound: Decimal, name: str) -> str:
    words = {
        "name": indicator.name,
        "value": show_number(value, indicator),
        "bound": show_number(bound, indicator),
        "other": name,
        "unit": indicator.unit_of_measure,
    }
    if op == "le":
        return (
            _(
                "“%(name)s”%(value)s 不能大于 %(other)s（%(bound)s%(unit)s）。"
                "请改为 0 至 %(bound)s 之间的数，或先更正 %(other)s。"
            )
            % words
        )
    if not name:
        return _("“%(name)s”不能小于 %(bound)s，请改为 %(bound)s 或更大的数。") % words
    return _("“%(name)s”%(value)s 小于 %(other)s（%(bound)s），请核对两个数。") % words
