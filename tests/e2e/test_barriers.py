"""axe on every main page, light and dark: nothing that keeps somebody out (WCAG 2.1 A and AA)."""

import pytest

from reports.collection.models import Return
from tests.e2e.conftest import OpenPage
from tests.support.browsing import find_barriers, find_barriers_in_the_dark
from tests.support.city import SmallCity, fill, make_branch, open_form, report, submit

PAGES = [
    ("clerk", "/"),
    ("clerk", "/returns/"),
    ("clerk", "/returns/{draft}/"),
    ("clerk", "/returns/{draft}/duplicate/"),
    ("reviewer", "/"),
    ("reviewer", "/returns/review/"),
    ("reviewer", "/returns/{submitted}/review/"),
    ("reviewer", "/returns/{approved}/"),
    ("reviewer", "/dashboard/district/500238/"),
    ("city_staff", "/dashboard/city/"),
    ("city_staff", "/dashboard/drill/city/500000/?indicator=G05N"),
    ("city_staff", "/returns/forms/"),
    ("city_staff", "/returns/duplicates/"),
    ("city_staff", "/indicators/"),
    ("city_staff", "/indicators/G05N/"),
    ("city_staff", "/schools/"),
    ("district_admin", "/units/offices/"),
    (None, "/accounts/login/"),
]


@pytest.fixture
def records(city: SmallCity) -> dict[str, Return]:
    make_branch(city.one)
    clerk, reviewer = city.users["clerk"], city.users["reviewer"]
    approved = report("meeting", "2025Q4", city.one, clerk, reviewer, G05D=100, G05N=90)
    submitted = open_form("meeting", "2026Q1", city.one)
    fill(submitted, clerk, G05D=100, G05N=20)
    submit(submitted, clerk)
    return {"approved": approved, "submitted": submitted, "draft": open_form("meeting", "2026Q2", city.one)}


def test_no_page_keeps_anybody_out(
    city: SmallCity, records: dict[str, Return], worker: None, open_page: OpenPage
) -> None:
    addresses = {name: str(record.pk) for name, record in records.items()}
    pages = {name: open_page(city.users[name] if name else None) for name in {name for name, _path in PAGES}}
    barriers = []
    for name, path in PAGES:
        page = pages[name]
        answer = page.goto(path.format(**addresses))
        assert answer is not None
        assert answer.status == 200, path
        barriers += [f"{path} {barrier}" for barrier in find_barriers(page) + find_barriers_in_the_dark(page)]
    assert barriers == []
