"""The big screen: the words and numbers of the overview, one indicator a turn."""

import re
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reports.indicators.models import Period
from reports.rollup.models import StaleMark
from tests.reports.dashboards.conftest import Opens, add_schools
from tests.support.city import SmallCity
from tests.support.scoping import ask_anonymous, ask_everybody

URL = "/screen/?period=2026Q2"
SWAP = {"HX-Request": "true"}


def page(opens: Opens, query: str = "", **headers: str) -> str:
    response = opens("city_staff").get(URL + query, headers=headers or None)
    assert response.status_code == 200
    return response.content.decode()


def heading(text: str) -> str:
    found = re.search(r'<h2 id="screen-map">(.*?)<small>', text)
    assert found
    return found[1]


def test_it_is_for_city_offices(board_city: SmallCity) -> None:
    for answer in ask_everybody(board_city, URL):
        assert (answer.status == 200) == (answer.relation == "city"), answer
    assert ask_anonymous(URL).status_code == 302


def test_it_says_what_the_overview_says(opens: Opens) -> None:
    screen, city = page(opens), opens("city_staff").get("/dashboard/city/?period=2026Q2").content.decode()
    for word in ("85.2", "3/3 所", "双规范", "变革塑造力", "三会一课达标率"):
        assert word in screen
        assert word in city


def test_every_turn_shows_the_next_programme_and_names_the_one_after(opens: Opens) -> None:
    turns = [page(opens, f"&turn={n}") for n in range(6)]
    assert [heading(turn) for turn in turns[:5]] == [
        "双带头人覆盖率", "市级培育创建单位数", "骨干教师党员比", "党员学时达标率", "三会一课达标率",
    ]  # fmt: skip
    assert heading(turns[5]) == heading(turns[0])
    assert "turn=3&amp;period=2026Q2" in turns[2]


def test_a_held_turn_stays(opens: Opens) -> None:
    assert heading(page(opens, "&turn=3&hold=1")) == heading(page(opens, "&turn=2"))


def test_the_swap_is_a_fragment(opens: Opens) -> None:
    part = page(opens, "&turn=1", **SWAP)
    assert "<html" not in part
    assert part.count('id="screen"') == 1


def test_nonsense_turns_are_the_first(opens: Opens) -> None:
    assert {heading(page(opens, f"&turn={text}")) for text in ("x", "-1", "99999999", "%00")} == {"双带头人覆盖率"}


def test_it_says_when_the_roll_up_falls_behind(opens: Opens, board_city: SmallCity) -> None:
    assert "还没有汇总" not in page(opens)
    mark = StaleMark.objects.create(period=Period.objects.get(code="2026Q2"), district=board_city.wuxi)
    assert "还没有汇总" not in page(opens)
    StaleMark.objects.filter(pk=mark.pk).update(marked_at=timezone.now() - timedelta(minutes=5))
    assert "还没有汇总" in page(opens)


def test_it_costs_the_same_at_any_size(opens: Opens, board_city: SmallCity) -> None:
    client = opens("city_staff")

    def queries() -> int:
        client.get(URL)
        with CaptureQueriesContext(connection) as seen:
            client.get(URL)
        return len(seen)

    add_schools(board_city, 1)
    few = queries()
    add_schools(board_city, 10, first=1)
    assert queries() == few <= 45
