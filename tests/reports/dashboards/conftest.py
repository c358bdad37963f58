"""Two quarters of figures for the boards: 云台 and 城厢 in 巫溪县, 聚奎 in 江津区, rolled up."""

from collections.abc import Callable

import pytest
from django.test import Client

from reports.rollup.services.marks import process_marks
from tests.support.city import SmallCity, make_school, open_form, report
from tests.support.standing import standing

QUARTERS = ("2026Q1", "2026Q2")
FIGURES = {"2026Q1": ((9, 9), (12, 9), (6, 6)), "2026Q2": ((9, 8), (12, 12), (6, 3))}

Opens = Callable[[str], Client]


@standing
def board_city(city: SmallCity) -> SmallCity:
    """三会一课: 24 of 27 in the first quarter, 23 of 27 in the second."""
    people = (("clerk", "reviewer"), ("clerk_two", "reviewer"), ("other_clerk", "other_reviewer"))
    for period in QUARTERS:
        for school, (clerk, reviewer), (due, held) in zip(
            (city.one, city.two, city.other), people, FIGURES[period], strict=True
        ):
            report("meeting", period, school, city.users[clerk], city.users[reviewer], G01=due, G02=held)
    process_marks()
    return city


@pytest.fixture
def opens(board_city: SmallCity) -> Opens:
    """A client signed in as a user of the small city."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(board_city.users[name])
        return client

    return sign_in


def add_schools(city: SmallCity, count: int, first: int = 0) -> None:
    """More schools of 巫溪县 that owe the second quarter."""
    for number in range(first, first + count):
        school = make_school(f"5002387{number:03d}", f"增补{number}小学", city.wuxi)
    open_form("meeting", "2026Q2", school)
    process_marks()
