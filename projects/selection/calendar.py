"""Working days by the official holiday calendar; weekdays beyond the years that it knows, and said so."""

from collections.abc import Iterator
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar import constants

KNOWN_FROM = date(min(constants.holidays).year, 1, 1)
# The calendar is published a year at a time: a year counts as known when the package has holidays of it.
KNOWN_TO = date(max(constants.holidays).year, 12, 31)


def is_known(day: date) -> bool:
    return KNOWN_FROM <= day <= KNOWN_TO


def is_working_day(day: date) -> bool:
    """Official: weekday that is no holiday, or a weekend day worked instead. Beyond the known years: weekdays."""
    if is_known(day):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def working_days(start: date, end: date) -> list[date]:
    """The working days from `start` to `end`, both included."""
    return [day for day in days(start, end) if is_working_day(day)]


def days(start: date, end: date) -> Iterator[date]:
    while start <= end:
        yield start
        start += timedelta(days=1)


def next_working_day(after: date) -> date:
    """The first working day later than `after`."""
    day = after + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def last_of(start: date, count: int) -> date:
    """The day on which `count` working days, counted from `start` on, are full."""
    day, left = start, count - is_working_day(start)
    while left > 0:
        day = next_working_day(day)
        left -= 1
    return day


def add_months(day: date, months: int) -> date:
    """The same day of a later month; the last day of it where there is no such day."""
    total = day.month - 1 + months
    year, month = day.year + total // 12, total % 12 + 1
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (first_of_next - timedelta(days=1)).day))
