"""Every route says who may come in; whoever is not let in gets nothing."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.city import SmallCity

# Rooms of libraries that bring their own rules: sign-in and second factor, the superuser's console, health.
FOREIGN = ("admin/", "accounts/", "health/")
# Public by intent.
PUBLIC = frozenset(
    {
        "api/v1/schema/", "api/v1/docs/", "api/v1/notices/", "api/v1/notices/<slug:number>/entries/", "notices/", "notices/objections/", "notices/verify/",
        "notices/<slug:number>/", "notices/<slug:number>/object/",
    }
)  # fmt: skip


def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, path)
        else:
            yield path, pattern


OWN = [(path, pattern) for path, pattern in walk(get_resolver().url_patterns) if not path.startswith(FOREIGN)]
OWN += [(p, q) for p, q in walk(get_resolver().url_patterns) if p.startswith("accounts/me/")]


@pytest.mark.parametrize(("path", "pattern"), OWN, ids=[path for path, _pattern in OWN])
def test_a_route_declares_its_rule(path: str, pattern: URLPattern) -> None:
    view = getattr(pattern.callback, "view_class", pattern.callback)
    rule = getattr(pattern.callback, "access_rule", None) or getattr(view, "access_rule", None)
    assert rule, f"/{path} declares no access rule: decorate it with one of portal.accounts.access_rules"


def example(path: str) -> str:
    """An address of the route with made-up values; enough to meet the door."""
    for converter, value in (("int:", "1"), ("str:", "500238"), ("slug:", "x"), ("path:", "x")):
        while f"<{converter}" in path:
            start = path.index(f"<{converter}")
            path = path[:start] + value + path[path.index(">", start) + 1 :]
    return "/" + path


@pytest.mark.parametrize("path", sorted({path for path, _pattern in OWN} - PUBLIC))
def test_without_signing_in_nothing_opens(db: None, path: str) -> None:
    for method in ("get", "post"):
        response = getattr(Client(), method)(example(path))
        if path.startswith("api/"):
            assert response.status_code in (401, 405), response.status_code
        elif response.status_code == 302:
            assert response.headers["Location"].startswith("/accounts/login/")
        else:
            assert response.status_code == 405, response.status_code


@pytest.mark.parametrize("path", sorted({path for path, _pattern in OWN} - PUBLIC - {"accounts/me/"}))
def test_without_an_office_nothing_of_the_city_opens(city: SmallCity, path: str) -> None:
    client = Client()
    client.force_login(city.users["expired"])
    text = client.get(example(path)).content.decode(errors="replace")
    for name in ("云台小学", "城厢中学", "聚奎中学"):
        assert name not in text, f"/{path} shows {name} to somebody without an office"


def test_signing_up_is_closed(db: None) -> None:
    page = Client().get("/accounts/signup/")
    assert "password1" not in page.content.decode()
    assert Client().post("/accounts/signup/", {"username": "me", "password1": "x-y-z-1234", "password2": "x-y-z-1234"})
    from portal.accounts.models import User

    assert not User.objects.filter(username="me").exists()
