"""What people type into a number cell, and what it means. One reader for the page, Excel and the API."""

import math
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _

from reports.indicators.models import Indicator, Qualifier, ValueType

LARGEST = 99_999_999_999_999
AT_LEAST = re.compile(r"^(?:≥|>=|不少于|至少)\s*(.+)$|^(.+?)(?:余|多)$")
APPROXIMATE = re.compile(r"^(?:约|大约|≈)\s*(.+)$")
THOUSANDS = re.compile(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
PLAIN = re.compile(r"^[+-]?\d+(?:\.\d+)?$")


class Unreadable(ValueError):
    """Not a value of this cell; the message says why and what is possible."""


class Reading(NamedTuple):
    """`number` is None for an empty cell: not reported."""

    number: Decimal | None
    qualifier: int = Qualifier.EXACT


def read_value(text: str, indicator: Indicator) -> Reading:
    """Read what was typed: full-width digits, thousands separators, units and 余 are understood.

    Raises Unreadable with a sentence in Chinese.
    """
    cleaned = unicodedata.normalize("NFKC", text).strip()
    if cleaned in ("", "-", "—", "－", "/"):
        return Reading(None)
    if indicator.value_type == ValueType.ENUM:
        return Reading(_grade(cleaned, indicator))
    cleaned, qualifier = _qualified(cleaned)
    return Reading(
        _fitting(_number(cleaned.removesuffix(indicator.unit_of_measure).strip(), text), indicator), qualifier
    )


def read_cell(value: object, indicator: Indicator) -> Reading:
    """Read what a spreadsheet holds: a text as if it were typed, a number by the same rules; nothing else is a value.

    Excel keeps 15 digits; 0.1 + 0.2 is 0.3 there and here. Raises Unreadable with a sentence in Chinese.
    """
    # Most cells of a district's file: a natural number fits every indicator that is no grade.
    if type(value) is float and value.is_integer() and 0 <= value <= LARGEST and indicator.value_type != ValueType.ENUM:
        return _natural(value)
    if isinstance(value, str):
        return read_value(value, indicator)
    if isinstance(value, bool):
        raise Unreadable(_("这一格是 TRUE/FALSE，不是数。请填数字。"))
    if isinstance(value, int):
        value = float(value)
    if not isinstance(value, float):
        raise Unreadable(_("这一格是日期或时间，不是数。请把单元格格式改为“常规”，再填数字。"))
    if not math.isfinite(value):
        raise Unreadable(_("这一格不是有限的数，请填数字。"))
    if indicator.value_type == ValueType.ENUM:
        return read_value(f"{value:.15g}", indicator)
    return Reading(_fitting(Decimal(f"{value:.15g}"), indicator))


@lru_cache(maxsize=2048)
def _natural(value: float) -> Reading:
    """Counts are small: the few hundred that occur stand thousands of times in a district's file."""
    return Reading(Decimal(int(value)))


def _fitting(number: Decimal, indicator: Indicator) -> Decimal:
    """The number, if a cell of this indicator can hold it."""
    if abs(number) > LARGEST:
        raise Unreadable(_("这个数太大，请核对是否多填了位数。"))
    if indicator.value_type == ValueType.INTEGER and number != number.to_integral_value():
        raise Unreadable(_("“%s”要填整数，不带小数。") % indicator.name)
    if number.as_tuple().exponent < -4:  # type: ignore[operator]
        raise Unreadable(_("小数最多 4 位。"))
    if number < 0 and not _may_be_negative(indicator):
        raise Unreadable(_("“%s”不能小于 0；没有就填 0，不掌握就留空并写明原因。") % indicator.name)
    # −0 is a 0.
    return number if number else abs(number)


def _may_be_negative(indicator: Indicator) -> bool:
    """Schools report how many there are of something; only a range that says so reaches below nothing."""
    return any(check["op"] == "range" and check["min"] < 0 for check in indicator.validation)


def _qualified(text: str) -> tuple[str, int]:
    if match := AT_LEAST.match(text):
        return (match.group(1) or match.group(2)).strip(), Qualifier.AT_LEAST
    if match := APPROXIMATE.match(text):
        return match.group(1).strip(), Qualifier.APPROXIMATE
    return text, Qualifier.EXACT


def _number(text: str, typed: str) -> Decimal:
    compact = text.replace(" ", "")
    if THOUSANDS.match(compact):
        compact = compact.replace(",", "")
    if not PLAIN.match(compact):
        raise Unreadable(_("“%s”不是数。请填数字，例如 126；没有就填 0，不掌握就留空并写明原因。") % typed.strip()[:40])
    try:
        number = Decimal(compact)
    except InvalidOperation as error:  # pragma: no cover - the pattern leaves nothing that Decimal refuses
        raise Unreadable(_("读不出这个数。")) from error
    return number


def _grade(text: str, indicator: Indicator) -> Decimal:
    for choice in indicator.choices:
        if text in (choice["label"], str(choice["value"])):
            return Decimal(choice["value"])
    labels = "、".join(choice["label"] for choice in indicator.choices)
    raise Unreadable(_("“%(name)s”只能选：%(labels)s。") % {"name": indicator.name, "labels": labels})


def show_number(number: Decimal | None, indicator: Indicator, qualifier: int = Qualifier.EXACT) -> str:
    """The value as it stands in an input: 1512, ≥30, 好; empty when not reported."""
    if number is None:
        return ""
    if indicator.value_type == ValueType.ENUM:
        return next((str(c["label"]) for c in indicator.choices if c["value"] == number), str(number))
    text = f"{number.normalize():f}"
    return {Qualifier.AT_LEAST: "≥", Qualifier.APPROXIMATE: "约"}.get(Qualifier(qualifier), "") + text
