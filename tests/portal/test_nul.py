"""NUL, which PostgreSQL refuses: no page falls over it, in the address or in what a filter is asked for."""

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver

from portal.ui.middleware import without_nul
from tests.architecture.test_routes import walk
from tests.support.city import SmallCity

ASKED = (
    "q", "district", "school", "kind", "level", "area", "ownership", "group", "role", "state", "programme", "batch",
    "form", "period", "status", "indicator", "slice", "unit", "page", "before", "since", "until", "code",
)  # fmt: skip
QUERY = "&".join(f"{name}=%00&{name}=a%00b" for name in ASKED)
# One address for each list and each board; a library's console and its sign-in bring their own care.
PLAIN = sorted(
    {f"/{path}" for path, _pattern in walk(get_resolver().url_patterns) if "<" not in path and "(?P" not in path}
    - {"/accounts/logout/"}
)
PLAIN = [path for path in PLAIN if not path.startswith(("/admin/", "/api/", "/health/"))]


@pytest.mark.parametrize("name", ["city_admin", "district_admin", "clerk"])
def test_no_list_falls_over_a_nul_in_a_filter(city: SmallCity, name: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(city.users[name])
    fallen = [path for path in PLAIN if client.get(f"{path}?{QUERY}").status_code >= 500]
    assert fallen == []


@pytest.mark.parametrize(
    "path",
    ["/schools/a%00b/", "/indicators/%00/", "/units/offices/at/%00/", "/dashboard/district/%00/", "/notices/a%00/"],
)
def test_an_address_with_a_nul_leads_nowhere(city: SmallCity, path: str) -> None:
    response = city.client("city_admin").get(path)
    assert response.status_code == 404
    assert "没有找到" in response.content.decode()


def test_the_interface_names_the_parameter_instead(city: SmallCity) -> None:
    response = city.client("api_client").get("/api/v1/units/?q=a%00b")
    assert (response.status_code, response.json()["parameter"]) == (400, "q")
    assert city.client("api_client").get("/api/v1/rounds/a%00b/").headers["Content-Type"] == "application/problem+json"


def test_everything_else_stays_as_it_was() -> None:
    given = QueryDict("a=1&b=x%00y&a=%00&c%00=2")
    clean = without_nul(given)
    assert list(clean.lists()) == [("a", ["1", ""]), ("b", ["xy"]), ("c", ["2"])]
    with pytest.raises(AttributeError, match="immutable"):
        clean["a"] = "3"
