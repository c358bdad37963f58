"""The main navigation: at most seven words for every role, and every page of the programmes one step away."""

import re

import pytest

from portal.ui.navigation import group_navigation
from tests.support.city import SmallCity

MOST_WORDS = 7
HOME = "/accounts/me/"


def item(label: str, group: str = "", count: int | None = None, *, current: bool = False) -> dict[str, object]:
    return {"label": label, "url": f"/{label}/", "group": group, "count": count, "current": current}


def test_items_that_stand_together_open_from_one_word() -> None:
    words = group_navigation(
        [item("工作台"), item("甲", "项目", 2), item("乙", "项目", None, current=True), item("口径")]
    )
    assert [word["label"] for word in words] == ["工作台", "项目", "口径"]
    assert (words[1]["count"], words[1]["current"]) == (2, True)
    assert [member["label"] for member in words[1]["members"]] == ["甲", "乙"]


def test_one_item_alone_is_no_group() -> None:
    (word,) = group_navigation([item("变更记录", "管理", 3)])
    assert (word["label"], word["url"], word["count"]) == ("变更记录", "/变更记录/", 3)


@pytest.mark.parametrize(
    "name",
    [
        "city_admin",
        "city_staff",
        "inspector",
        "expert",
        "api_client",
        "district_admin",
        "reviewer",
        "secretary",
        "clerk",
    ],
)
def test_the_bar_holds_at_most_seven_words(city: SmallCity, name: str) -> None:
    response = city.client(name).get(HOME)
    words = response.context["nav_words"]
    assert 1 <= len(words) <= MOST_WORDS
    shown = re.search(r'<nav class="w-nav".*?</nav>', response.content.decode(), re.S)
    assert shown is not None
    # Nothing is lost in the groups: every item is a link, and no two stand for the same page.
    links = re.findall(r'<a href="([^"]+)"', shown.group())
    assert sorted(links) == sorted(entry["url"] for entry in response.context["nav"])


def test_a_page_marks_its_item_and_the_word_that_it_opens_from(city: SmallCity) -> None:
    text = city.client("district_admin").get("/units/offices/").content.decode()
    assert re.search(r"<summary data-current>管理", text)
    assert re.search(r'<a href="/units/offices/" aria-current="page">任职</a>', text)
