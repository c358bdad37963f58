"""Pages of units: the numbers of the roll-up, for whom, in what number of queries, whole or as a fragment."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from districts.models import City, Level, Unit
from portal.ui.formats import show_figure
from reports.rollup.models import Cell
from tests.reports.dashboards.conftest import Opens, add_schools
from tests.support.city import SmallCity
from tests.support.scoping import INSIDE_DISTRICT, INSIDE_SCHOOL, ask_anonymous, ask_everybody

STATE = "?period=2026Q2&indicator=G03"
SWAP = {"HX-Request": "true", "HX-Target": "main"}


def value(unit: Unit, code: str = "G03", period: str = "2026Q2") -> Cell:
    return Cell.objects.get(unit_id=unit.pk, indicator__code=code, period__code=period, slice="all", boundaries=0)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def get(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers or None)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


def test_the_city_page_shows_the_figure_of_the_cell_with_its_pedigree(opens: Opens) -> None:
    cell = value(City.objects.get())
    assert cell.value is not None
    assert (cell.numerator, cell.denominator, cell.reported) == (23, 27, 3)
    page = text_of(get(opens("city_staff"), f"/dashboard/city/{STATE}"))
    assert show_figure(cell.value, decimals=1) == "85.2"
    assert "85.2 %" in page
    assert "分子 23，分母 27" in page
    assert "3/3 所" in page
    assert "较上季 −3.7" in page


def test_a_tile_says_what_it_shows(opens: Opens, board_city: SmallCity) -> None:
    page = get(opens("city_staff"), f"/dashboard/city/{STATE}")
    shown = show_figure(value(board_city.wuxi).value, decimals=1)
    assert f'aria-label="巫溪县，三会一课达标率 {shown}%，2/2 所"' in page
    assert 'aria-label="城口县，三会一课达标率 —"' in page


def test_the_district_page_shows_its_own_figure_the_city_and_its_schools(opens: Opens, board_city: SmallCity) -> None:
    page = text_of(get(opens("reviewer"), f"/dashboard/district/500238/{STATE}"))
    own = value(board_city.wuxi).value
    assert own == Decimal(2000) / Decimal(21) or round(own or 0, 4) == round(Decimal(2000) / 21, 4)
    assert show_figure(own, decimals=1) in page
    assert "85.2" in page
    assert "云台小学" in page
    assert "城厢中学" in page
    assert "聚奎中学" not in page


def test_the_school_page_leads_to_the_cells_behind_its_figure(opens: Opens) -> None:
    page = get(opens("clerk"), f"/dashboard/school/5002380001/{STATE}")
    words = text_of(page)
    assert "88.9" in words
    for name, number in (("三会一课应开次数", "9"), ("三会一课达标次数", "8")):
        assert re.search(rf"{name} {number} 次", words), name
    assert "#row-G02" in page
    assert "县级已通过" in words


def test_every_number_of_a_card_is_a_way_down(opens: Opens) -> None:
    page = get(opens("city_staff"), f"/dashboard/city/{STATE}")
    assert "/dashboard/drill/city/500000/?indicator=G03&amp;period=2026Q2&amp;slice=all" in page


def test_going_down_from_the_city_ends_at_the_return(opens: Opens) -> None:
    client = opens("city_staff")
    url = "/dashboard/drill/city/500000/" + STATE
    for step in ("/dashboard/drill/district/500238/", "/dashboard/drill/school/5002380001/", "/returns/"):
        page = get(client, url)
        link = re.search(rf'href="({step}[^"]*)"', page)
        assert link, (step, url)
        url = link[1].replace("&amp;", "&").split("#")[0]
    assert "云台小学" in get(client, url)


@pytest.mark.parametrize("path", ["/dashboard/district/500238/", "/dashboard/attention/district/500238/",
                                  "/dashboard/table/district/500238/schools/", "/dashboard/drill/district/500238/"])  # fmt: skip
def test_who_opens_a_district(board_city: SmallCity, path: str) -> None:
    for answer in ask_everybody(board_city, path):
        assert (answer.status == 200) == (answer.relation in INSIDE_DISTRICT), answer
        assert answer.status in (200, 403, 404), answer
    assert ask_anonymous(path).status_code == 302


@pytest.mark.parametrize("path", ["/dashboard/school/5002380001/", "/dashboard/figures/school/5002380001/"])
def test_who_opens_a_school(board_city: SmallCity, path: str) -> None:
    for answer in ask_everybody(board_city, path):
        assert (answer.status == 200) == (answer.relation in INSIDE_SCHOOL), answer


@pytest.mark.parametrize("path", ["/dashboard/city/", "/dashboard/attention/city/500000/"])
def test_the_city_opens_for_city_offices_only(board_city: SmallCity, path: str) -> None:
    for answer in ask_everybody(board_city, path):
        assert (answer.status == 200) == (answer.relation == "city"), answer


@pytest.mark.parametrize(
    "query",
    ["period=20x4", "indicator=NONE", "indicator=%00", "slice=kind:palace", "heat=red", "compare=999999", "schools=x"],
)
def test_nonsense_in_the_address_is_not_found(opens: Opens, query: str) -> None:
    path = "/dashboard/district/500238/" if query.startswith("schools") else "/dashboard/city/"
    assert opens("city_staff").get(f"{path}?{query}").status_code == 404


@pytest.mark.parametrize("path", ["/dashboard/city/", "/dashboard/district/500238/", "/dashboard/school/5002380001/",
                                  "/dashboard/drill/city/500000/", "/dashboard/figures/city/500000/"])  # fmt: skip
def test_a_fragment_is_the_page_without_its_frame(opens: Opens, path: str) -> None:
    client = opens("city_staff")
    whole, part = client.get(path + STATE), client.get(path + STATE, headers=SWAP)
    assert "<html" not in part.content.decode()
    assert part.content.decode().count("<main") == 1
    rows = [re.findall(r"<tr.*?</tr>", r.content.decode(), re.DOTALL) for r in (whole, part)]
    assert rows[0] == rows[1]
    assert rows[0]
    for response in (whole, part):
        assert "HX-Request" in response.headers["Vary"]


def test_going_back_gets_the_whole_page(opens: Opens) -> None:
    page = get(opens("city_staff"), f"/dashboard/city/{STATE}", **SWAP, **{"HX-History-Restore-Request": "true"})
    assert "<html" in page


def test_the_schools_are_swapped_alone(opens: Opens) -> None:
    client = opens("reviewer")
    part = get(client, f"/dashboard/district/500238/{STATE}&q=ytxx", **{"HX-Request": "true", "HX-Target": "schools"})
    assert part.lstrip().startswith('<section class="w-sheet" id="schools">')
    assert "云台小学" in part
    assert "城厢中学" not in part


def test_schools_come_twenty_at_a_time_and_whole_in_the_file(opens: Opens, board_city: SmallCity) -> None:
    add_schools(board_city, 21)
    client, address = opens("reviewer"), f"/dashboard/district/500238/{STATE}"
    first = get(client, address)
    second = get(client, f"{address}&page=2", **{"HX-Request": "true", "HX-Target": "schools"})
    pages = [
        set(re.findall(r'w-main-cell"><a[^>]*>([^<]+)<', page[page.index('id="schools"') :]))
        for page in (first, second)
    ]
    assert [len(page) for page in pages] == [20, 3]
    assert not pages[0] & pages[1]
    assert "第 1—20 所，共 23 所" in text_of(first)
    assert "第 21—23 所，共 23 所" in text_of(second)
    rows = client.get(f"/dashboard/table/district/500238/schools/{STATE}&export=csv").getvalue().decode("utf-8-sig")
    assert len(re.findall(r"^500238\d{4},", rows, re.MULTILINE)) == 23


def test_filters_of_schools_keep_their_head_when_nothing_fits(opens: Opens, board_city: SmallCity) -> None:
    client = opens("reviewer")
    page = get(client, f"/dashboard/district/500238/{STATE}&schools=missing")
    assert "没有符合条件的学校" in page
    assert "本期报送" in page
    add_schools(board_city, 2)
    page = get(client, f"/dashboard/district/500238/{STATE}&schools=missing")
    assert "增补0小学" in page
    assert "云台小学" not in page


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/dashboard/city/", 50),
        ("/dashboard/district/500238/", 65),
        ("/dashboard/drill/district/500238/", 24),
        ("/dashboard/table/district/500238/schools/", 29),
        ("/dashboard/attention/city/500000/", 25),
    ],
)
def test_a_page_costs_the_same_at_4_schools_and_at_14(
    opens: Opens, board_city: SmallCity, path: str, most: int
) -> None:
    client = opens("city_staff")
    add_schools(board_city, 1)
    few = queries(client, path + STATE)
    add_schools(board_city, 10, first=1)
    assert queries(client, path + STATE) == few
    assert few <= most


def test_without_figures_the_pages_say_why(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["city_staff"])
    page = get(client, "/dashboard/city/")
    assert "还没有学校通过审核，暂不显示数值。" in page
    assert "还画不出走势" in page
    assert get(client, "/dashboard/district/500238/")
    assert get(client, "/dashboard/school/5002380001/")


def test_levels_have_a_page_or_are_not_found(opens: Opens, board_city: SmallCity) -> None:
    client = opens("city_staff")
    assert client.get(f"/dashboard/unit/{Level.DISTRICT}/500238/").headers["Location"].endswith("/district/500238/")
    assert client.get("/dashboard/unit/organisation/x/").status_code == 404
    assert client.get("/dashboard/zone/500238/").status_code == 404
