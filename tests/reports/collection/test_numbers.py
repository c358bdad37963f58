"""What people type, and what it means."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.collection.numbers import Unreadable, read_cell, read_value, show_number
from reports.indicators.models import Indicator, Qualifier, ValueType

COUNT = Indicator(code="X01", name="正式党员数", value_type=ValueType.INTEGER, unit_of_measure="人")
AMOUNT = Indicator(code="Z01", name="学时", value_type=ValueType.DECIMAL, unit_of_measure="学时")
GRADE = Indicator(
    code="Z02", name="述职评议等次", value_type=ValueType.ENUM, unit_of_measure="",
    choices=[{"value": 4, "label": "好"}, {"value": 3, "label": "较好"}, {"value": 1, "label": "差"}],
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "number", "qualifier"),
    [
        ("126", 126, Qualifier.EXACT),
        (" 126 人 ", 126, Qualifier.EXACT),
        ("１２３", 123, Qualifier.EXACT),
        ("1,512", 1512, Qualifier.EXACT),
        ("１，５１２", 1512, Qualifier.EXACT),
        ("0", 0, Qualifier.EXACT),
        ("1500余", 1500, Qualifier.AT_LEAST),
        ("≥1,500", 1500, Qualifier.AT_LEAST),
        ("约1200", 1200, Qualifier.APPROXIMATE),
        ("", None, Qualifier.EXACT),
        ("—", None, Qualifier.EXACT),
    ],
)
def test_readable(typed: str, number: int | None, qualifier: int) -> None:
    reading = read_value(typed, COUNT)
    assert reading.number == (None if number is None else Decimal(number))
    assert reading.qualifier == qualifier


@pytest.mark.parametrize(
    "typed", ["十二", "12人左右", "1.5", "1,51", "1e5", "0x1F", "=1+1", "9" * 20, "12 34 人a", "NaN"]
)
def test_unreadable_says_why(typed: str) -> None:
    with pytest.raises(Unreadable, match=r"不是数|整数|太大"):
        read_value(typed, COUNT)


@pytest.mark.parametrize("typed", ["-5", "－５", "-1,200", "约-3", "-0.5"])
def test_nobody_has_less_than_nothing(typed: str) -> None:
    with pytest.raises(Unreadable, match="不能小于 0"):
        read_value(typed, AMOUNT)


def test_zero_has_no_sign_and_a_range_may_reach_below_it() -> None:
    assert not read_value("-0", COUNT).number.is_signed()
    change = Indicator(
        code="Z03", name="增减", value_type=ValueType.INTEGER, validation=[{"op": "range", "min": -9, "max": 9}]
    )
    assert read_value("-5", change).number == read_cell(-5.0, change).number == -5


@pytest.mark.parametrize("value", [-5.0, -5, "-5", -0.5])
def test_a_negative_number_of_a_spreadsheet_is_refused_too(value: object) -> None:
    with pytest.raises(Unreadable, match="不能小于 0"):
        read_cell(value, AMOUNT)


def test_decimals_only_where_they_are_meant() -> None:
    assert read_value("12.5", AMOUNT).number == Decimal("12.5")
    with pytest.raises(Unreadable, match="小数最多"):
        read_value("0.12345", AMOUNT)


def test_grades_by_word_or_value() -> None:
    assert read_value("较好", GRADE).number == read_value("3", GRADE).number == 3
    with pytest.raises(Unreadable, match="只能选：好、较好、差"):
        read_value("优秀", GRADE)


@given(st.integers(min_value=0, max_value=10**12))
def test_what_is_shown_is_read_back(number: int) -> None:
    assert read_value(show_number(Decimal(number), COUNT), COUNT).number == number


@given(st.text(max_size=40))
def test_nothing_that_is_typed_breaks_the_reader(typed: str) -> None:
    with suppress(Unreadable):
        number = read_value(typed, COUNT).number
        assert number is None or number.is_finite()
