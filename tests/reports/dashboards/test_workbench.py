"""The start page: what waits for whom."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reports.collection.models import Return
from tests.reports.dashboards.conftest import Opens, add_schools
from tests.support.city import SmallCity, fill, open_form, submit


def text_of(client: Client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_school_sees_its_task_its_figures_and_its_burden(opens: Opens, board_city: SmallCity) -> None:
    open_form("base", "2026-06-30", board_city.one)
    words = text_of(opens("clerk"))
    assert "待办 1 件" in words
    assert "党组织与党员基本情况" in words
    assert "三会一课达标率" in words
    assert "填报负担" in words
    assert "城厢中学" not in words


def test_a_school_with_nothing_to_do_is_told_so(opens: Opens) -> None:
    assert "没有待办" in text_of(opens("clerk"))


def test_a_reviewer_sees_what_waits_and_what_was_sent_back(opens: Opens, board_city: SmallCity) -> None:
    waiting = open_form("base", "2026-06-30", board_city.one)
    fill(waiting, board_city.users["clerk"], X01=5, X03=9, X04=5)
    submit(waiting, board_city.users["clerk"])
    words = text_of(opens("reviewer"))
    assert "待审 1 张" in words
    assert "云台小学" in words
    assert "聚奎中学" not in words
    other = text_of(opens("other_reviewer"))
    assert "待审 1 张" not in other
    assert "云台小学" not in other


def test_the_city_sees_how_far_the_districts_are(opens: Opens) -> None:
    words = text_of(opens("city_staff"))
    for word in ("报送进度", "需要关注", "全市数据"):
        assert word in words


@pytest.mark.parametrize("name", ["expert", "nobody", "expired"])
def test_who_holds_no_working_office_sees_no_school(opens: Opens, name: str) -> None:
    words = text_of(opens(name))
    assert "云台小学" not in words
    assert "聚奎中学" not in words


def test_without_an_office_it_says_whom_to_ask(opens: Opens) -> None:
    assert "您的账号还没有任职，请联系区县教育工委。" in text_of(opens("nobody"))


@pytest.mark.parametrize("name", ["clerk", "reviewer", "city_staff"])
def test_it_costs_the_same_at_any_size(opens: Opens, board_city: SmallCity, name: str) -> None:
    client = opens(name)

    def queries() -> int:
        client.get("/")
        with CaptureQueriesContext(connection) as seen:
            client.get("/")
        return len(seen)

    add_schools(board_city, 3)
    Return.objects.filter(status="draft").update(status="submitted", submitted_at=timezone.now())
    few = queries()
    add_schools(board_city, 10, first=3)
    Return.objects.filter(status="draft").update(status="submitted", submitted_at=timezone.now())
    assert queries() == few
