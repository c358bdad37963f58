"""A token stands for one office: it ends with it, by its date, or when somebody revokes it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from districts.models import Office, OfficeToken
from tests.support.api import Api
from tests.support.city import SmallCity, make_office

CURRENT = "/api/v1/tokens/current/"
UNITS = "/api/v1/units/?limit=1"


def test_a_token_says_what_it_stands_for(city: SmallCity) -> None:
    answer = Api(city, "reviewer").get(CURRENT).json()
    assert (answer["role"], answer["unit"], answer["name"]) == ("district_reviewer", "500238", "test")
    assert answer["expires"] > timezone.now().isoformat()


def test_a_client_revokes_its_token(city: SmallCity) -> None:
    api, other = Api(city, "reviewer"), Api(city, "reviewer")
    assert api.send("delete", CURRENT).status_code == 204
    assert api.get(UNITS).status_code == 401
    assert other.get(UNITS).status_code == 200, "only that one"


def test_a_token_carries_one_office_and_not_all_of_its_holder(city: SmallCity) -> None:
    api = Api(city, "reviewer")
    make_office("district_reviewer", city.jiangjin, city.users["reviewer"])
    codes = {row["code"] for row in api.get("/api/v1/units/?level=district").json()["results"]}
    assert codes == {"500238"}


@pytest.mark.parametrize("way", ["expired", "office ended", "office not begun", "account closed"])
def test_a_token_ends(city: SmallCity, way: str) -> None:
    api = Api(city, "reviewer")
    assert api.get(UNITS).status_code == 200
    today = timezone.localdate()
    offices = Office.objects.filter(user=city.users["reviewer"])
    if way == "expired":
        OfficeToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    elif way == "office ended":
        offices.update(valid_to=today)
    elif way == "office not begun":
        offices.update(valid_from=today + timedelta(days=1))
    else:
        city.users["reviewer"].is_active = False
        city.users["reviewer"].save()
    refused = api.get(UNITS)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Token")
    assert refused.json()["status"] == 401


def test_a_browser_has_no_current_token(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["reviewer"])
    assert client.get(CURRENT).json()["code"] == "no_token"


def test_the_page_of_tokens_makes_and_revokes_them(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["reviewer"])
    assert client.get("/units/tokens/").status_code == 200
