"""The demo's brands: exactly the article's number, its schools' brands, and the rounds of districts."""

from datetime import date

import pytest

from districts.models import District, Office, Role, Unit
from projects.selection.models import (
    Application,
    Assignment,
    Decision,
    Designation,
    Expert,
    Mark,
    Round,
)
from projects.selection.rules.result import rank
from projects.selection.selectors.results import compute_ranking, get_rubric, list_sheets
from reports.collection.models import Value
from reports.demo.district_rounds import load_district_rounds
from reports.rollup.models import Cell
from schools.showcase.models import Brand, Exhibit
from schools.showcase.selectors.brands import count_coverage, list_active, list_brands
from tests.support.city import city_scope, make_office, make_user

from .conftest import TODAY, DemoCity

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900), pytest.mark.usefixtures("demo")]
JIANGJIN = "500116"


def figure(unit: str, code: str, period: str) -> Cell:
    return Cell.objects.get(unit__code=unit, indicator__code=code, period__code=period, slice="all", boundaries=0)


@pytest.mark.parametrize("period", ["2024-06-30", "2024-12-31", "2025-12-31", "2026-09-30"])
def test_the_article_s_district_has_its_128_brands(period: str) -> None:
    cell = figure(JIANGJIN, "X13", period)
    assert (cell.value, cell.reported, cell.expected) == (128, 150, 150)
    having = figure(JIANGJIN, "X14", period)
    assert having.denominator == 150
    assert 60 < having.value < 90  # type: ignore[operator]
    assert not Value.objects.filter(indicator__code="X13").exists()


def test_they_are_rows_that_the_list_shows() -> None:
    rows = list_brands(scope=city_scope(), filters={"district": JIANGJIN, "state": "active"})
    assert rows.count() == list_active(on=TODAY).filter(school__district__code=JIANGJIN).count() == 128
    assert rows.filter(owner_kind="branch").count() > 10
    assert not rows.filter(owner_kind="branch", parent=None).exists()
    found = count_coverage(scope=city_scope(), district=JIANGJIN)
    assert (found.schools, found.having) == (150, len({row.school_id for row in rows}))


def test_brands_of_the_city_grow_and_some_have_ended() -> None:
    by_year = [list_active(on=date(year, 12, 31)).count() for year in (2021, 2023, 2025)]
    assert by_year == sorted(set(by_year))
    assert Brand.objects.filter(ended_on__isnull=False).exists()
    assert not Brand.objects.filter(started_on__gt=TODAY).exists()


@pytest.mark.parametrize(
    ("school", "name", "owner", "parts"),
    [
        ("第一中学", "一中红·赤子心·先行者", "school", set()),
        ("第九十五", "圆善红烛 立人先锋", "school", {"初心·匠心", "红烛燎原 圆善菁英"}),
        ("南坪", "责任·担当", "group", set()),
        ("电报路", "同行", "school", set()),
    ],
)
def test_the_article_s_schools_have_their_brands(school: str, name: str, owner: str, parts: set[str]) -> None:
    brand = Brand.objects.get(school__name__contains=school, parent=None)
    assert (brand.name, brand.owner_kind) == (name, owner)
    assert set(brand.parts.values_list("name", flat=True)) == parts
    assert brand.element_list


def test_the_article_s_courses_and_cases_are_there() -> None:
    published = set(Exhibit.objects.filter(published_on__isnull=False).values_list("kind", "reach"))
    assert published == {("course", "national"), ("case", "city"), ("case", "national")}
    assert Exhibit.objects.filter(kind="course", published_on=None).exists()


def test_rounds_of_districts_come_from_data(demo: DemoCity) -> None:
    """The demo's experts come with its city rounds: here as many, numbered people without a district."""
    city = Unit.objects.get(level="city")
    people = [make_office(Role.EXPERT, city, make_user()) for _n in range(7)]
    for office in [*people, Office.objects.get(role=Role.EXPERT, user__username="expert")]:
        Expert.objects.create(office=office)
    assert load_district_rounds() == 4
    states = dict(Round.objects.filter(unit__level="district").values_list("code", "status"))
    assert states == {"jj-brand-1": "announced", "zs-brand-2": "open", "wx-course-1": "open", "wx-case-1": "draft"}
    round_ = Round.objects.get(code="jj-brand-1")
    assert round_.unit_id == District.objects.get(code=JIANGJIN).pk
    assert set(round_.criteria.values_list("title", flat=True)) == {"规范建设", "特色提炼", "深度融合", "创新培育"}
    cases = Application.objects.filter(round=round_)
    assert cases.count() == Decision.objects.filter(application__round=round_).count() == 128
    assert Assignment.objects.filter(round=round_).count() == 3 * 128
    assert Mark.objects.filter(assignment__round=round_).count() == 3 * 4 * 128
    titles = Designation.objects.filter(round=round_)
    assert titles.count() == round_.target == cases.filter(status="announced").count()
    assert set(titles.values_list("subject_id", flat=True)) <= set(Brand.objects.values_list("pk", flat=True))
    # What stands in the decisions is what the sheets give, by SQL and without it.
    held = dict(Decision.objects.filter(application__round=round_).values_list("application__blind_code", "score"))
    again = rank(
        list_sheets(round_), get_rubric(round_), trim=round_.trim, trim_from=round_.trim_from,
        tie_rule=round_.tie_rule, seed=round_.seed,
    )  # fmt: skip
    assert (
        held == {row.item: row.score for row in again} == {row.item: row.score for _pk, row in compute_ranking(round_)}
    )
    assert set(Application.objects.filter(round__code="wx-course-1").values_list("status", flat=True)) == {"submitted"}
    assert Application.objects.filter(round__code="zs-brand-2").count() == 1
