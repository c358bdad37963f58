"""Approved figures reach an application, with their period; what is not approved does not."""

from datetime import date

from reports.rollup.known_figures import approved_figures
from tests.support.city import SmallCity, fill, open_form, report, submit
from tests.support.leaders import build_leaders


def test_the_newest_approved_figure_is_given_with_its_period(city: SmallCity) -> None:
    clerk, reviewer = city.users["clerk"], city.users["reviewer"]
    given = {"X01": 31, "X03": 50, "X04": 31, "P01": 12, "P02": 10, "L01": 4}
    build_leaders(city).confirmed(on=date(2025, 10, 15))
    report("base", "2025-09-30", city.one, clerk, reviewer, **given)
    report("base", "2025-12-31", city.one, clerk, reviewer, **given)
    # Records of the next period do not hide what was approved in this one.
    open_form("base", "2026-03-31", city.one)
    found = approved_figures(city.one.pk, ["L03", "X03", "Q01"], date(2026, 4, 5))
    assert {code: figure.value for code, figure in found.items()} == {"L03": "25.0%", "X03": "50人"}
    assert found["L03"].as_of == date(2025, 12, 31)
    before = approved_figures(city.one.pk, ["L03"], date(2025, 10, 1))
    assert before["L03"].value == "0.0%"


def test_what_waits_for_approval_is_not_known(city: SmallCity) -> None:
    record = open_form("base", "2025-12-31", city.one)
    fill(record, city.users["clerk"], X03=50)
    submit(record, city.users["clerk"])
    assert approved_figures(city.one.pk, ["X03"], date(2026, 3, 1)) == {}
    assert approved_figures(city.one.pk, ["nonsense"], date(2026, 3, 1)) == {}
