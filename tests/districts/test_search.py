"""One place for looking up units by what people type."""

from urllib.parse import quote

import pytest
from django.test import Client

from districts.pinyin import keys_of
from districts.selectors.search import search_units
from schools.registry.services.schools import change_school
from tests.support.api import Api
from tests.support.city import SmallCity, make_school, open_form


@pytest.mark.parametrize("typed", ["jqzx", "jkzx", "聚奎", "JKZX", "ｊｋｚｘ", "jukui", "5001160001", "聚奎中学"])
def test_a_school_is_found(city: SmallCity, typed: str) -> None:
    assert "聚奎中学" in [unit.name for unit in search_units(scope=city.scope("city_staff"), text=typed)]


@pytest.mark.parametrize("typed", ["jqzx", "jkzx"])
def test_a_name_of_as_many_characters_comes_first(city: SmallCity, typed: str) -> None:
    """聚奎中学 is registered under a long name, and many names have 九年制学校 (jnzxx) in their middle."""
    for number in range(30):
        make_school(f"50023801{number:02d}", f"巫溪第{number}九年制学校", city.wuxi)
    change_school(
        actor=city.users["city_admin"], scope=city.scope("city_admin"), school_id=city.other.pk,
        name="重庆市江津聚奎中学校", short_name="聚奎中学",
    )  # fmt: skip
    first = search_units(scope=city.scope("city_staff"), text=typed)[0]
    assert first.code == city.other.code


@pytest.mark.parametrize("typed", ["jqzx", "jkzx", "jukui", "聚奎", "5001160001"])
def test_the_interface_finds_what_the_box_finds(city: SmallCity, typed: str) -> None:
    rows = Api(city, "api_client").get(f"/api/v1/units/?level=school&q={quote(typed)}").json()["results"]
    assert [row["name"] for row in rows] == ["聚奎中学"]
    assert Api(city, "reviewer").get(f"/api/v1/units/?level=school&q={quote(typed)}").json()["results"] == []


@pytest.mark.parametrize("typed", ["jkzx", "JKZX", "jukui", "聚奎", "5001160001"])
@pytest.mark.parametrize("path", ["/schools/", "/units/offices/", "/returns/"])
def test_lists_find_by_the_same_rule(city: SmallCity, path: str, typed: str) -> None:
    """Also a school whose registered name begins with its place: its letters stand in the middle."""
    change_school(
        actor=city.users["city_admin"], scope=city.scope("city_admin"), school_id=city.other.pk,
        name="重庆市江津聚奎中学校", short_name="聚奎中学",
    )  # fmt: skip
    open_form("meeting", "2026Q1", city.other)
    shown = city.client("city_admin").get(path, {"q": typed}).content.decode()
    assert "聚奎中学" in shown
    assert "云台小学" not in shown


def test_the_register_forgives_a_letter_where_nothing_fits(city: SmallCity) -> None:
    text = city.client("city_admin").get("/schools/?q=jqzx").content.decode()
    assert "聚奎中学" in text
    assert "云台小学" not in text


@pytest.mark.parametrize("typed", ["", "   ", "\0", "%", "没有的学校", "x" * 5000])
def test_nothing_is_found_without_a_fuss(city: SmallCity, typed: str) -> None:
    assert list(search_units(scope=city.scope("city_staff"), text=typed)) == []


def test_only_inside_the_scope(city: SmallCity) -> None:
    assert list(search_units(scope=city.scope("reviewer"), text="jqzx")) == []
    assert list(search_units(scope=city.scope("nobody"), text="云台")) == []


@pytest.mark.parametrize(
    ("name", "initials", "typed"),
    [
        ("重庆市", "cqs", "chongqing"), ("长寿区", "csq", "changshou"), ("綦江区", "qjq", "qijiang"),
        ("朝阳中学", "cyzx", "chaoyang"), ("曾家岩小学", "zjyxx", "zengjiayan"), ("重大附中", "cdfz", "chongda"),
        ("石柱土家族自治县", "sztjzzzx", "shizhu"), ("行知小学", "xzxx", "xingzhi"), ("聚奎中学", "jkzx", "jukui"),
    ],
)  # fmt: skip
def test_names_are_spelt_as_they_are_spoken_here(name: str, initials: str, typed: str) -> None:
    pinyin, letters = keys_of(name)
    assert letters == initials
    assert pinyin.startswith(typed)


@pytest.mark.parametrize(
    ("typed", "name"), [("cs", "长寿区"), ("qj", "綦江区"), ("qijiang", "綦江区"), ("wuxi", "巫溪县")]
)
def test_districts_are_found_by_their_letters(city: SmallCity, typed: str, name: str) -> None:
    assert name in [unit.name for unit in search_units(scope=city.scope("city_staff"), text=typed)]


def test_a_fragment_tells_the_schools_of_one_name_apart(city: SmallCity) -> None:
    make_school("5001160009", "云台小学", city.jiangjin)
    client = Client()
    client.force_login(city.users["city_staff"])
    fragment = client.get("/units/search/", {"q": "ytxx"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert fragment.count("云台小学") == 2
    assert "巫溪" in fragment
    assert "江津" in fragment
    page = client.get("/units/search/", {"q": "ytxx"}).content.decode()
    assert "<html" in page
    assert page.count(">云台小学<") == 2
