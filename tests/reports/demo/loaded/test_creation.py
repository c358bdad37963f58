"""The demo's 双创建: builds in every stage, past rounds, and the article's units with their titles."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.utils import timezone

from projects.creation.models import Paper
from projects.creation.sections import list_gaps
from projects.creation.selectors.builds import duty_of, list_builds
from projects.creation.services.papers import plan_goals
from projects.selection.models import Designation, Round
from projects.selection.selectors.designations import list_valid
from reports.rollup.models import Cell
from tests.support.city import city_scope

from .conftest import TODAY, DemoCity

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900), pytest.mark.usefixtures("demo")]


@pytest.fixture(autouse=True)
def on_the_day_of_the_demo(demo: DemoCity) -> Iterator[None]:
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=timezone.get_current_timezone())
    with time_machine.travel(noon, tick=False):
        yield


def city_figure(code: str, period: str = "2024") -> int:
    row = Cell.objects.get(unit__level="city", indicator__code=code, period__code=period, slice="all", boundaries=0)
    return int(row.value or 0)


def test_builds_of_every_stage_are_there_and_past_rounds_counted() -> None:
    builds = list_builds(scope=city_scope(), filters={})
    stages = Counter((duty.kind, duty.state) for duty in map(duty_of, builds))
    assert {kind for kind, _state in stages} == {"plan", "midterm", "rectification", "acceptance"}
    assert {state for _kind, state in stages} == {"late", "soon", "waiting", "later"}
    ended = Counter(build.status for build in list_builds(scope=city_scope(), filters={"state": "over"}))
    assert set(ended) == {"accepted", "failed"}
    for paper in Paper.objects.exclude(status="draft").prefetch_related("goals", "milestones"):
        goals, steps = plan_goals(paper), list(paper.milestones.all())
        assert list_gaps(paper, goals, steps) == [], paper
    # The year's applications, recommendations and choices stand in each other.
    applied, listed, chosen = (city_figure(code) for code in ("C01", "C02", "C03"))
    assert applied > listed > chosen >= 7
    assert city_figure("C05") >= chosen
    assert Round.objects.filter(status="announced").count() == 3


@pytest.mark.parametrize(
    ("part", "kind", "batch", "status"),
    [("南坪", "dc-demonstration", "首批", "active"), ("电报路", "dc-cultivation", "首批", "delayed")],
)
def test_the_article_s_units_hold_their_titles(part: str, kind: str, batch: str, status: str) -> None:
    row = Designation.objects.get(school__name__contains=part, kind__code=kind)
    assert (row.level, row.batch, row.status) == ("city", batch, status)
    assert list_valid(on=TODAY, kind=kind).filter(pk=row.pk).exists()
