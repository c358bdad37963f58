"""Days and deadlines as people write them; what machines read stays in files and the API."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from portal.ui import formats

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.get_default_timezone())


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.get_default_timezone())  # type: ignore[misc, arg-type]


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("moment", "begins", "ends"),
    [
        (_at(2026, 12, 20), "12月20日", "12月19日 24:00"),
        (_at(2026, 12, 20, 17, 30), "12月20日 17:30", "12月20日 17:30"),
        (_at(2027, 1, 1), "2027年1月1日", "12月31日 24:00"),
    ],
)
def test_a_stage_begins_with_a_day_and_ends_at_its_midnight(moment: datetime, begins: str, ends: str) -> None:
    assert (formats.show_begin(moment), formats.show_until(moment)) == (begins, ends)


@time_machine.travel(NOW, tick=False)
def test_this_year_is_not_said() -> None:
    assert formats.show_day(date(2026, 3, 1)) == "3月1日"
    assert formats.show_day(date(2025, 3, 1)) == "2025年3月1日"
    assert formats.show_day(None) == "—"


def test_no_page_writes_a_day_as_machines_do() -> None:
    found = [path for path in (ROOT / "templates").rglob("*.html") if re.search(r'date:"Y-m-d', path.read_text())]
    assert found == []
