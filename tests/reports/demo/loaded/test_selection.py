"""The demo's rounds: one from call to certificates, one under review with sheets to score; the article still stands."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from districts.access import scope_of
from portal.accounts.models import User
from portal.workflow.models import Event
from projects.selection.models import (
    Application,
    Assignment,
    Designation,
    Expert,
    Place,
    PublicNotice,
    Recommendation,
    Round,
    Version,
)
from projects.selection.rules.result import rank
from projects.selection.selectors.caps import cap_of_round
from projects.selection.selectors.draws import get_draw
from projects.selection.selectors.results import compute_ranking, get_rubric, list_sheets
from projects.selection.selectors.sheets import list_own_sheets
from projects.topics.models import Topic
from reports.demo.selection import load_selection
from reports.rollup.models import Cell
from reports.rollup.services.marks import drain_journal, process_marks

from .conftest import TODAY, DemoCity

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900), pytest.mark.usefixtures("rounds")]
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=timezone.get_default_timezone())


@pytest.fixture(scope="module")
def rounds(demo: DemoCity) -> Iterator[dict[str, int]]:
    """What load_demo adds to the city, with the figures rolled up; taken back after the last test of this file."""
    with transaction.atomic():
        with time_machine.travel(NOON, tick=False):
            made = load_selection()
            drain_journal()
            process_marks()
        yield made
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def on_the_day_of_the_demo() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def whole() -> Round:
    return Round.objects.get(code="dc-2026")


def signed_in(name: str) -> Client:
    browser = Client()
    browser.force_login(User.objects.get(username=name))
    return browser


def figure(unit: str, code: str, period: str = "2024") -> int:
    row = Cell.objects.get(unit__code=unit, indicator__code=code, period__code=period, slice="all", boundaries=0)
    return int(row.value or 0)


def test_rounds_stand_at_every_stage(rounds: dict[str, int]) -> None:
    made = Round.objects.filter(unit__level="city").exclude(lock_version=6)
    assert Counter(made.values_list("status", flat=True)) == {"open": 3, "reviewing": 1, "notice": 1, "announced": 1}
    districts = Round.objects.exclude(unit__level="city")
    assert rounds["rounds"] == len(made) + len(districts) == 10
    assert rounds["applications"] == Application.objects.filter(round__in=made).count() > 80
    assert rounds["designations"] == 10


def test_sixty_applied_twenty_five_were_recommended_twelve_selected(whole: Round) -> None:
    states = Counter(Application.objects.filter(round=whole).values_list("status", flat=True))
    assert states == {"announced": 12, "declined": 48}
    listed = Recommendation.objects.filter(round=whole)
    assert listed.filter(is_reserve=False).count() == 25
    assert listed.filter(is_reserve=True).exists()
    quota = Counter(Place.objects.filter(round=whole).values_list("district", flat=True))
    used = Counter(listed.filter(is_reserve=False).values_list("district", flat=True))
    assert all(used[district] <= quota[district] for district in used)
    assert len(used) >= 10
    pulled = [version.figures for version in Version.objects.filter(application__round=whole)]
    assert sum(set(figures) == {"coverage", "backbone"} for figures in pulled) > 50, (
        "what the portal knew was pulled in"
    )
    assert max(used.values()) > 1


def test_the_ranking_can_be_computed_anew_and_the_best_were_selected(whole: Round) -> None:
    sheets = list_sheets(whole)
    assert len(sheets) == 25 * whole.panel_size
    again = rank(
        sheets, get_rubric(whole), trim=whole.trim, trim_from=whole.trim_from, tie_rule=whole.tie_rule, seed=whole.seed
    )
    assert [row.item for row in again] == [row.item for _pk, row in compute_ranking(whole)]
    best = {row.item for row in again[:12]}
    assert set(Application.objects.filter(round=whole, status="announced").values_list("blind_code", flat=True)) == best
    loads = Expert.objects.filter(assignments__round=whole).annotate(n=Count("pk")).values_list("n", flat=True)
    assert max(loads) <= whole.expert_load
    assert max(loads) - min(loads) <= 2


@pytest.mark.parametrize(
    ("part", "title", "level"),
    [
        ("聚奎", "清廉重庆建设优秀实践案例", "city"),
        ("聚奎", "首批清廉建设标杆单位", "city"),
        ("第一中学", "国家级教学成果二等奖（普通高中德育课程）", "national"),
        ("第一中学", "“一品”首批党建品牌示范点", "district"),
        ("南坪", "清廉单元建设标杆", "city"),
        ("南坪", "全国推广十大经典案例", "national"),
        ("电报路", "全国优秀少先队集体", "national"),
        ("电报路", "区先进基层党组织", "district"),
    ],
)
def test_what_the_article_says_of_its_schools_is_in_the_register(part: str, title: str, level: str) -> None:
    row = Designation.objects.get(school__name__contains=part, official_title=title)
    assert (row.level, row.status) == (level, "active")
    assert row.source, "it says where it comes from"


@pytest.mark.parametrize("code", ["dc-2026", "dc-2027"])
def test_the_draws_of_the_demo_can_be_repeated_from_their_seeds(code: str) -> None:
    record = get_draw(Round.objects.get(code=code))
    assert record is not None
    assert record.agrees
    assert record.barred, "some experts work at schools that applied"


def test_everybody_reads_the_notice_and_verifies_a_certificate(whole: Round) -> None:
    anybody = Client()
    notice = PublicNotice.objects.get(round=whole)
    page = anybody.get(f"/notices/{notice.number}/").content.decode()
    names = [row.school.name for row in Designation.objects.filter(round=whole).select_related("school")]
    assert len(names) == 12
    assert all(name in page for name in names)
    title = Designation.objects.filter(round=whole).first()
    assert title is not None
    verified = anybody.get(f"/notices/verify/?code={title.check_code}").content.decode()
    assert title.school.name in verified
    assert title.batch in verified
    certificate = signed_in("city_staff").get(f"/selection/designations/{title.pk}/certificate/")
    assert certificate.content.startswith(b"%PDF")
    assert notice.objections.get().status == "dismissed"


def test_the_whole_round_lies_in_the_past_in_its_order(whole: Round) -> None:
    notice = PublicNotice.objects.get(round=whole)
    ends = [stage.closes_at for stage in whole.stages.all()]
    assert len(ends) == 8
    assert max(ends) < NOON
    given = set(Designation.objects.filter(round=whole).values_list("valid_from", flat=True))
    assert given == {day for day in given if notice.ends_on < day <= TODAY - timedelta(days=14)}
    for process, keys in (
        ("selection.round", [whole.pk]),
        ("selection.application", list(Application.objects.filter(round=whole).values_list("pk", flat=True))),
    ):
        for key in keys:
            steps = list(Event.objects.filter(process=process, object_id=key).order_by("version"))
            days = [step.created_at for step in steps]
            assert days == sorted(days)
            assert days[-1] < NOON - timedelta(days=14)
            assert [step.version for step in steps] == list(range(len(steps)))


def test_the_demo_s_expert_has_sheets_to_score_and_sees_no_name() -> None:
    user = User.objects.get(username="expert")
    states = Counter(sheet.status for sheet in list_own_sheets(scope=scope_of(user)))
    assert states["assigned"] >= 2
    assert states["submitted"] >= 2
    browser = signed_in("expert")
    page = browser.get("/selection/panel/").content.decode()
    assert "第四批" in page
    assert "第三批" not in page, "that one is over"
    sheet = Assignment.objects.filter(
        expert__office__user=user, round__status="reviewing", status="assigned"
    ).select_related("application__school")[0]
    text = browser.post(f"/selection/panel/{sheet.pk}/declare/", follow=True).content.decode()
    assert "提交本件" in text
    assert sheet.application.school.label not in text


def test_the_figures_follow_and_the_article_s_stay() -> None:
    wuxi, jiangjin = "500238", "500116"
    article: list[tuple[str, str, Any]] = [
        (wuxi, "L01", 88), (wuxi, "L08", 1500), (wuxi, "P08", 5000), (wuxi, "P09", 40000), (wuxi, "G11", 20),
        (wuxi, "G12", 100), (jiangjin, "X13", 128), (jiangjin, "C05", 7), (jiangjin, "L04", 2),
    ]  # fmt: skip
    assert [(unit, code, figure(unit, code)) for unit, code, _value in article] == article
    city = "500000"
    assert figure(city, "C01", "2026") >= 60
    assert figure(city, "C02", "2026") >= 25
    assert figure(city, "C03", "2026") >= 12


def test_the_open_call_for_topics_asks_for_what_is_left_of_the_year() -> None:
    call = Round.objects.get(code=f"topics-{TODAY.year}")
    cap = cap_of_round(call)
    assert cap is not None
    assert (cap.year, cap.given, cap.left, call.target) == (TODAY.year, 24, 6, 6)
    cases = Application.objects.filter(round=call)
    assert Counter(cases.values_list("status", "holder_kind")) == {("submitted", "topic"): 2}
    assert Topic.objects.filter(pk__in=cases.values("subject_id"), status="registered").count() == 2
