"""Parts of the boards that need many districts: comparison, map, findings. Cells are written as the roll-up does."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from districts.models import City, District, Region, Unit
from reports.dashboards.breaks import class_of, find_breaks, legend_of
from reports.dashboards.selectors.scale import scale_of
from reports.indicators.models import DefinitionChange, Indicator, Period, Qualifier
from reports.rollup.models import Cell, Placement
from reports.rollup.services.marks import process_marks
from schools.party.models import PartyOrganisation
from tests.support.city import SmallCity, make_branch, report
from tests.support.standing import standing

pytestmark = pytest.mark.usefixtures("used_periods")
STATE = "?period=2026Q2&indicator=G03"


@standing
def used_periods(city: SmallCity) -> None:
    """A page shows periods in which at least one school had its place."""
    for code in ("2024", "2025", "2025Q4", "2026Q1", "2026Q2"):
        Placement.objects.create(
            period=Period.objects.get(code=code), school=city.one, district=city.wuxi, kind="primary", area_type="town",
            ownership="public",
        )  # fmt: skip


def put(
    unit: Unit,
    share: float,
    *,
    code: str = "G03",
    period: str = "2026Q2",
    schools: int = 10,
    reported: int = 10,
    **more: object,
) -> Cell:
    """A cell of the unit: `share` percent of 100."""
    return Cell.objects.create(
        period=Period.objects.get(code=period), unit_id=unit.pk, indicator=Indicator.objects.get(code=code),
        **{
            "value": Decimal(str(share)), "numerator": Decimal(str(share)), "denominator": 100, "reported": reported,
            "expected": schools, "as_of": timezone.now(), **more,
        },
    )  # fmt: skip


def northeast() -> list[District]:
    return list(District.objects.filter(region=Region.NORTHEAST, valid_to=None).order_by("code"))


def page(city: SmallCity, path: str, who: str = "city_staff") -> str:
    client = Client()
    client.force_login(city.users[who])
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_group_is_the_nearest_by_schools_in_the_same_region(city: SmallCity) -> None:
    put(City.objects.get(), 90, schools=500, reported=400)
    for number, district in enumerate(northeast()):
        put(district, 80 + number, schools=10 + number, reported=10)
    far = District.objects.get(code="500103")
    put(far, 50)
    text = page(city, f"/dashboard/city/{STATE}&compare={northeast()[0].code}")
    table = re.search(r'<table class="w-table w-peers">.*?</table>', text, re.DOTALL)
    assert table
    assert table[0].count("<tr") == 1 + 8
    assert northeast()[0].short_name in table[0]
    assert far.short_name not in table[0]
    assert "渝东北，10 至 17 所学校，8 个" in text
    assert "不作全市排名" in text


def test_the_city_opens_a_comparable_unit_and_a_district_does_not(city: SmallCity) -> None:
    put(City.objects.get(), 90)
    for number, district in enumerate(northeast()):
        put(district, 80 + number, schools=10 + number)

    def links(text: str) -> list[str]:
        table = re.search(r'<table class="w-table w-peers">.*?</table>', text, re.DOTALL)
        assert table
        assert table[0].count("<tr") == 1 + 8
        return re.findall(r'href="(/dashboard/district/[^"]+)"', table[0])

    of_city = links(page(city, f"/dashboard/city/{STATE}&compare=500238"))
    assert len(of_city) == 7
    assert all("period=2026Q2" in link and "compare" not in link for link in of_city)
    assert page(city, of_city[0].replace("&amp;", "&"))
    assert links(page(city, f"/dashboard/district/500238/{STATE}", "reviewer")) == []


def test_a_group_below_five_is_not_shown(city: SmallCity) -> None:
    put(City.objects.get(), 90)
    for district in northeast()[:4]:
        put(district, 80)
    text = page(city, f"/dashboard/city/{STATE}&compare={northeast()[0].code}")
    assert "可比的单元不足 5 个" in text
    assert "w-peers" not in text


def test_a_district_sees_the_middle_of_its_group_over_time(city: SmallCity) -> None:
    for period, start in (("2026Q1", 70), ("2026Q2", 80)):
        put(City.objects.get(), 90, period=period)
        for number, district in enumerate(northeast()):
            put(district, start + number, period=period)
    text = words(page(city, f"/dashboard/district/500238/{STATE}", "reviewer"))
    found = re.search(r"2026年二季度 ([\d.]+) ([\d.]+) 90\.0", text)
    assert found, text


def test_few_approved_schools_mark_a_tile_and_no_figure_is_hatched(city: SmallCity) -> None:
    put(City.objects.get(), 90)
    put(city.wuxi, 88, schools=10, reported=6)
    put(city.jiangjin, 99, schools=10, reported=7)
    text = page(city, f"/dashboard/city/{STATE}")
    wuxi, jiangjin, other = (
        re.search(rf'<a class="w-tile ([^"]*)"[^>]*aria-label="{n}，', text) for n in ("巫溪县", "江津区", "城口县")
    )
    assert wuxi
    assert jiangjin
    assert other
    assert " few" in wuxi[1]
    assert " few" not in jiangjin[1]
    assert other[1].startswith("qn")


def test_districts_of_the_past_are_listed_and_not_drawn(city: SmallCity) -> None:
    past = District.objects.get(name="江北区")
    put(City.objects.get(), 90, period="2024")
    put(past, 77, period="2024", schools=9, reported=9)
    text = page(city, "/dashboard/city/?period=2024&indicator=G03")
    assert re.search(r"当期另有已撤并的单元：.*江北 77\.0%（9/9 所）", text)
    assert f'aria-label="{past.name}，' not in text
    put(City.objects.get(), 90)
    assert "当期另有" not in page(city, f"/dashboard/city/{STATE}")


def test_lower_bounds_and_missing_values_are_written_as_such(city: SmallCity) -> None:
    put(City.objects.get(), 1500, code="P08", period="2025", qualifier=Qualifier.AT_LEAST)
    put(City.objects.get(), 0, code="C08", period="2025", value=None, numerator=0, denominator=0)
    text = page(city, "/dashboard/city/?period=2025")
    assert "≥1,500 人" in text
    assert "—%" not in text


def test_few_persons_are_hidden_outside_their_district_and_the_page_says_so(city: SmallCity) -> None:
    people = {"X03": 60, "X04": 3, "X02": 0, "P01": 3, "P02": 1, "L01": 1}
    report("base", "2026-06-30", city.one, city.users["clerk"], city.users["reviewer"], X01=3, **people)
    report("base", "2026-06-30", city.other, city.users["other_clerk"], city.users["other_reviewer"], X01=27, **people)
    process_marks()
    state = "?period=2026Q2&indicator=X01"
    text = page(city, f"/dashboard/city/{state}")
    assert 'aria-label="巫溪县，正式党员数 *，' in text
    assert 'aria-label="江津区，正式党员数 *，' in text
    assert "不足 5 人" in text
    own = page(city, f"/dashboard/drill/district/500238/{state}", "reviewer")
    assert "<strong>3 人</strong>" in own


def test_findings_are_computed_and_lead_to_their_rows(city: SmallCity) -> None:
    for period, share in (("2025Q4", 95), ("2026Q1", 93), ("2026Q2", 90)):
        put(City.objects.get(), 90, period=period)
        put(city.wuxi, share, period=period)
        put(city.jiangjin, share if period != "2026Q1" else 80, period=period)
    make_branch(city.one)
    PartyOrganisation.objects.filter(school=city.one).update(term_start="2022-01-01", term_end="2025-01-01")
    indicator = Indicator.objects.get(code="G03")
    DefinitionChange.objects.create(
        indicator=indicator, field="definition", old="旧", new="新", effective_from="2026-05-01"
    )
    text = words(page(city, f"/dashboard/city/{STATE}"))
    assert "三会一课达标率连续 2 季下降 巫溪 " in text
    assert "1 个支部任期届满未换届" in text
    assert "“三会一课达标率”口径变更" in text
    rows = page(city, f"/dashboard/attention/city/500000/{STATE}")
    fallen = re.search(r'<section class="w-sheet" id="falling-G03">.*?</section>', rows, re.DOTALL)
    assert fallen
    assert "巫溪县" in fallen[0]
    assert "江津区" not in fallen[0]
    district = words(page(city, f"/dashboard/attention/district/500116/{STATE}"))
    assert "任期届满未换届" not in district


def test_breaks_hold_the_target_and_give_every_class_a_place_in_the_legend() -> None:
    values = [Decimal(n) for n in (50, 62, 71, 80, 88, 93, 95, 97, 99, 100)]
    breaks = find_breaks(values, Decimal(95))
    assert 95.0 in breaks
    assert breaks == sorted(breaks)
    legend = legend_of(breaks)
    assert len(legend) == len(breaks) + 1 <= 6
    assert [css for css, _bound in legend] == [
        class_of(Decimal(str(b - 0.001 if b else 0)), breaks) for b in breaks
    ] + ["q5"]


@pytest.mark.parametrize(
    ("values", "ends"), [((85, 100), (85.0, 100.0)), ((33.3, 95), (20.0, 100.0)), ((7, 7), (7.0, 8.75))]
)
def test_a_scale_ends_on_round_numbers(values: tuple[float, ...], ends: tuple[float, float]) -> None:
    scale = scale_of([Decimal(str(v)) for v in values])
    assert scale.low <= min(values)
    assert scale.high >= max(values)
    assert float(scale.place(scale.low)) < float(scale.place(scale.high))
    if values[0] != values[-1]:
        assert (scale.low, scale.high) == ends
