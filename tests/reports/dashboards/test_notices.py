"""The bell: what others did with the returns that concern me."""

import pytest
from django.test import Client

from tests.support.city import SmallCity, approve, fill, open_form, submit
from tests.support.scoping import ask_anonymous
from tests.support.standing import standing


def client_of(city: SmallCity, name: str) -> Client:
    client = Client()
    client.force_login(city.users[name])
    return client


def bell(client: Client) -> str:
    page = client.get("/").content.decode()
    return page.split('class="w-bell"')[1].split("</a>")[0] if 'class="w-bell"' in page else ""


@standing
def submitted(city: SmallCity) -> SmallCity:
    record = open_form("meeting", "2026Q1", city.one)
    fill(record, city.users["clerk"])
    submit(record, city.users["clerk"])
    return city


def test_a_reviewer_hears_of_what_was_handed_in_and_a_school_of_the_verdict(submitted: SmallCity) -> None:
    assert "1 条新的" in bell(client_of(submitted, "reviewer"))
    assert "没有新的" in bell(client_of(submitted, "clerk"))
    approve(open_form("meeting", "2026Q1", submitted.one), submitted.users["reviewer"])
    clerk = client_of(submitted, "clerk")
    assert "1 条新的" in bell(clerk)
    page = clerk.get("/inbox/").content.decode()
    assert "组织生活与整改季报" in page
    assert "已通过" in page


def test_having_looked_silences_the_bell_for_this_person_only(submitted: SmallCity) -> None:
    client = client_of(submitted, "reviewer")
    assert "云台小学" in client.get("/inbox/").content.decode()
    assert "没有新的" in bell(client)
    assert "云台小学" in client.get("/inbox/").content.decode()
    assert "1 条新的" in bell(client_of(submitted, "reviewer2"))


@pytest.mark.parametrize("name", ["other_reviewer", "other_clerk", "clerk_two", "city_staff", "expert"])
def test_nobody_hears_of_returns_of_others(submitted: SmallCity, name: str) -> None:
    client = client_of(submitted, name)
    assert "云台小学" not in client.get("/inbox/").content.decode()
    assert "条新的" not in bell(client)


def test_without_an_office_there_is_no_bell(submitted: SmallCity) -> None:
    assert client_of(submitted, "nobody").get("/inbox/").status_code == 403
    assert bell(client_of(submitted, "nobody")) == ""
    assert ask_anonymous("/inbox/").status_code == 302
