"""The demo's research topics: thirty a year as the article says, in every stage, and the numbers counted from them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.utils import timezone

from projects.topics.models import Paper, Practice, Topic
from projects.topics.sections import list_gaps
from projects.topics.selectors.calls import get_year_cap
from projects.topics.selectors.topics import duty_of, list_topics
from reports.rollup.models import Cell
from tests.support.city import city_scope

from .conftest import TODAY, DemoCity

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900), pytest.mark.usefixtures("demo")]


@pytest.fixture(autouse=True)
def on_the_day_of_the_demo(demo: DemoCity) -> Iterator[None]:
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=timezone.get_current_timezone())
    with time_machine.travel(noon, tick=False):
        yield


def city_figure(code: str, period: str) -> float | None:
    row = Cell.objects.get(unit__level="city", indicator__code=code, period__code=period, slice="all", boundaries=0)
    return None if row.value is None else float(row.value)


def test_thirty_are_funded_every_year_and_counted() -> None:
    funded = Counter(Topic.objects.exclude(year=None).values_list("year", flat=True))
    assert funded == {2023: 30, 2024: 30, 2025: 30, 2026: 24}
    assert [city_figure("C10", f"{year}") for year in (2023, 2024, 2025, 2026)] == [30, 30, 30, 24]
    cap = get_year_cap()
    assert cap is not None
    assert (cap.most, cap.given) == (30, 24)
    due, closed = (city_figure(code, "2025") for code in ("C11D", "C11N"))
    assert due
    assert closed
    assert due >= closed > due / 2
    assert city_figure("C11D", "2026") > city_figure("C11N", "2026") > 0  # type: ignore[operator]
    assert city_figure("C11", "2025") == pytest.approx(closed / due * 100, abs=0.1)
    assert city_figure("C11", "2023") is None


def test_topics_of_every_stage_are_there_and_their_papers_are_whole() -> None:
    rows = list(list_topics(scope=city_scope(), filters={}))
    duties = [duty_of(row) for row in rows if row.next_due]
    assert {duty.kind for duty in duties} >= {"opening", "midterm", "closing"}
    assert {duty.state for duty in duties} >= {"late", "waiting", "later"}
    assert {row.status for row in rows} >= {"contracted", "opened", "midterm", "closed", "terminated"}
    kinds = set(Paper.objects.filter(status="settled").values_list("kind", flat=True))
    assert kinds == {"contract", "opening", "midterm", "closing", "change", "extension", "termination"}
    whole = Paper.objects.exclude(status="draft").select_related("topic").prefetch_related("budget", "outputs")
    for paper in whole:
        assert list_gaps(paper, paper.topic, list(paper.budget.all()), list(paper.outputs.all())) == [], paper
    assert Practice.objects.filter(topic__status="closed").exists()
    assert Topic.objects.filter(status="registered", school__code="5002380001").exists()
