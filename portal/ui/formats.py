"""Numbers, dates and words as the field writes them."""

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

NOTHING = "—"
SUPPRESSED = "*"
MARKS = {0: "", 1: "≥", 2: "约"}


def show_figure(value: Any, *, decimals: int = 0, qualifier: int = 0) -> str:
    """1512 → 1,512; a lower bound ≥1,500; null —."""
    if value is None:
        return NOTHING
    step = Decimal(1).scaleb(-decimals)
    number = Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP)
    return f"{MARKS[qualifier]}{number:,}"


def show_difference(value: Any, *, decimals: int = 1) -> str:
    """+0.9, −1.3 (a real minus sign), 0; null —."""
    if value is None:
        return NOTHING
    number = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if number == 0:
        return "0"
    return f"+{number:,}" if number > 0 else f"−{abs(number):,}"


def show_day(day: date | None) -> str:
    """10月15日 within this year, 2025年10月15日 otherwise; — without a day (a template knows none as an empty text)."""
    if not day:
        return NOTHING
    same_year = day.year == timezone.localdate().year
    return f"{day.month}月{day.day}日" if same_year else f"{day.year}年{day.month}月{day.day}日"


def show_moment(moment: datetime | None) -> str:
    """今天 09:38, 昨天, 10月15日."""
    if not moment:
        return NOTHING
    local = timezone.localtime(moment)
    days = (timezone.localdate() - local.date()).days
    if days == 0:
        return _("今天 %s") % f"{local:%H:%M}"
    return _("昨天") if days == 1 else show_day(local.date())


def show_stamp(moment: datetime) -> str:
    """2026-11-23 09:38:05, for records and exports."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def show_as_of(moment: datetime | None) -> str:
    """10月13日 09:40 within this year, 2025年10月13日 09:40 otherwise: day and time, never 今天."""
    if moment is None:
        return NOTHING
    local = timezone.localtime(moment)
    return f"{show_day(local.date())} {local:%H:%M}"


def show_begin(moment: datetime) -> str:
    """10月13日 when it begins with the day, 10月13日 09:40 otherwise."""
    local = timezone.localtime(moment)
    return show_day(local.date()) if local.time() == time.min else show_as_of(moment)


def show_until(moment: datetime) -> str:
    """The moment at which something is over: midnight is 24:00 of the day before, as people say it."""
    local = timezone.localtime(moment)
    if local.time() != time.min:
        return show_as_of(moment)
    return f"{show_day(local.date() - timedelta(days=1))} 24:00"


def show_left(day: date) -> str:
    """还有 2 天, 今天截止, 逾期 3 天."""
    days = (day - timezone.localdate()).days
    if days == 0:
        return _("今天截止")
    return _("还有 %d 天") % days if days > 0 else _("逾期 %d 天") % -days
