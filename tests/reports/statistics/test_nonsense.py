"""Whatever is sent to the API, it answers with data or with a problem document: never with an error of its own."""

from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.api import Api
from tests.support.city import SmallCity, open_form
from tests.support.standing import standing

QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PARAMETERS = {
    "statistics/cells/": ("indicator", "unit", "level", "period", "slice", "boundaries", "format", "limit", "cursor"),
    "units/": ("level", "district", "code", "valid_on", "q", "fields", "format", "limit", "cursor"),
    "indicators/": ("code", "aggregation", "programme", "fields", "limit", "cursor"),
    "periods/": ("code", "kind", "fields", "limit", "cursor"),
    "forms/": ("fields", "limit", "cursor"),
    "returns/": ("form", "period", "school", "district", "status", "fields", "limit", "cursor"),
    "rounds/": ("code", "status", "programme", "unit", "fields", "limit", "cursor"),
    "applications/": ("round", "status", "district", "school", "fields", "limit", "cursor"),
    "designations/": ("kind", "level", "batch", "district", "school", "round", "status", "valid_on", "limit", "cursor"),
    "notices/": ("phase", "fields", "limit", "cursor"),
    "tokens/current/": ("fields", "format"),
}
ROUTES = [(path, name) for path, names in PARAMETERS.items() for name in names]
# Values that make sense for the cells endpoint, so that the fuzzed one is what is refused.
SENSE = {"indicator": "G05", "period": "2025Q1"}

nasty = st.one_of(
    st.text(max_size=40),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        ["\0", "a\0b", "%", "%ED%A0%80", "20x4", "-1", "1e9", "１２", "٣", "²", "9" * 400, "x" * 30_000, ",", ",,", "a,",
         "../..", "' OR 1=1 --", "null", "2025-02-30", "0000-00-00", "99999-01-01", "\u202e", "\U0001f600", "all,all",
         "kind:", "5002380001", ",".join(f"{n:06d}" for n in range(5000))]
    ),
)  # fmt: skip
values = st.lists(nasty, min_size=1, max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@standing
def tokens(city: SmallCity) -> dict[str, dict[str, str]]:
    """Authorization headers by user of the small city; asking often must not meet the throttle."""
    return {name: Api(city, name).headers for name in ("api_client", "reviewer", "clerk", "secretary", "expert")}


def ask(headers: dict[str, str], url: str, method: str = "get", **more: object):
    return getattr(Client(raise_request_exception=True), method)(f"/api/v1/{url}", headers=headers, **more)


def assert_problem(response, parameter: str | None = None) -> None:
    assert 400 <= response.status_code < 500, response.status_code
    assert response.headers["Content-Type"].startswith("application/problem+json")
    body = response.json()
    assert body["status"] == response.status_code
    assert body["detail"]
    if parameter:
        assert body["parameter"] == parameter, body


@pytest.mark.parametrize(("path", "name"), ROUTES, ids=[f"{p}?{n}" for p, n in ROUTES])
@pytest.mark.timeout(600)
@QUIET
@given(given_values=values)
def test_a_parameter_is_understood_or_refused_by_name(
    tokens: dict[str, dict[str, str]], path: str, name: str, given_values: list[str]
) -> None:
    query = [f"{name}={quote(value, errors='replace')}" for value in given_values]
    if path == "statistics/cells/":
        query += [f"{key}={value}" for key, value in SENSE.items() if key != name]
    response = ask(tokens["api_client"], f"{path}?{'&'.join(query)}")
    if response.status_code == 200:
        return
    # A name of a parameter can itself be nonsense only here, where it is not fuzzed.
    assert response.status_code == 400, response.content[:200]
    assert_problem(response, name)


@pytest.mark.timeout(600)
@QUIET
@given(name=st.text(min_size=1, max_size=30), value=st.text(max_size=30))
@pytest.mark.parametrize("path", PARAMETERS)
def test_an_unknown_parameter_is_named(tokens: dict[str, dict[str, str]], path: str, name: str, value: str) -> None:
    if name in {*PARAMETERS[path], "fields", "format", "limit", "cursor"}:
        return
    response = ask(tokens["api_client"], f"{path}?{quote(name, errors='replace')}={quote(value, errors='replace')}")
    assert_problem(response)
    assert response.status_code == 400


@pytest.mark.timeout(600)
@QUIET
@given(body=json_values)
@example(body={"form": "meeting", "period": "2026Q1", "school": "\ud800"})
@example(body={"values": {"G01": [[]], "G02": {"a": 1}}, "remarks": {"G01": "\0"}})
@example(body={"values": {"G01": 10**300}, "lock_version": 10**40})
@pytest.mark.parametrize("route", ["post returns/", "patch returns/{pk}/", "post returns/{pk}/submit/"])
def test_a_body_is_understood_or_refused(
    city: SmallCity, tokens: dict[str, dict[str, str]], route: str, body: object
) -> None:
    import json

    record = open_form("meeting", "2026Q1", city.one)
    method, path = route.split()
    response = ask(
        tokens["clerk"], path.format(pk=record.pk), method, data=json.dumps(body), content_type="application/json"
    )
    if response.status_code not in (200, 201):
        assert_problem(response)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"form": NaN}', 400),
        (b'{"form": "\\ud800"}', 400),
        (b'{"form": "' + b"x" * 1024 * 1024 + b'"}', 413),
    ],
    ids=["cut short", "empty", "not UTF-8", "nested without end", "NaN", "half a surrogate", "too large"],
)
def test_a_body_that_is_no_json(tokens: dict[str, dict[str, str]], body: bytes, status: int) -> None:
    response = ask(tokens["clerk"], "returns/", "post", data=body, content_type="application/json")
    assert_problem(response)
    assert response.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("get", "nowhere/", {}, 404),
        ("get", "returns/x/", {}, 404),
        ("get", "returns/0/", {}, 404),
        ("get", f"returns/{10**40}/", {}, 404),
        ("delete", "units/", {}, 405),
        ("put", "returns/", {"data": "{}", "content_type": "application/json"}, 405),
        ("post", "statistics/cells/", {"data": "{}", "content_type": "application/json"}, 405),
        ("get", "units/", {"HTTP_ACCEPT": "application/pdf"}, 406),
        ("get", "schema/?format=pdf", {}, 400),
        ("post", "returns/", {"data": "<a/>", "content_type": "text/xml"}, 415),
        ("post", "returns/", {"data": {"form": "meeting"}}, 415),
    ],
)
def test_every_refusal_is_a_problem_document(
    tokens: dict[str, dict[str, str]], method: str, path: str, more: dict[str, object], status: int
) -> None:
    response = ask(tokens["clerk"], path, method, **more)
    assert response.status_code == status
    assert_problem(response)


@pytest.mark.parametrize("path", ["/api/", "/api/v2/units/", "/api/v1/"])
def test_an_address_outside_the_interface_is_a_problem_too(db: None, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 404
    assert_problem(response)


def test_an_error_of_ours_and_a_lost_database_are_problems(
    tokens: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from reports.indicators import api

    def fail(error: Exception):
        def list_periods() -> None:
            raise error

        return list_periods

    monkeypatch.setattr(api, "list_periods", fail(OperationalError("server closed the connection")))
    gone = Client(raise_request_exception=False).get("/api/v1/periods/", headers=tokens["api_client"])
    assert (gone.status_code, gone.json()["code"]) == (503, "unavailable")
    assert int(gone.headers["Retry-After"]) > 0
    monkeypatch.setattr(api, "list_periods", fail(RuntimeError("secret detail")))
    broken = Client(raise_request_exception=False).get("/api/v1/periods/", headers=tokens["api_client"])
    assert broken.status_code == 500
    assert broken.headers["Content-Type"].startswith("application/problem+json")
    assert "secret" not in broken.content.decode()


def test_a_cursor_of_another_list_is_refused(tokens: dict[str, dict[str, str]]) -> None:
    following = ask(tokens["api_client"], "units/?limit=1").json()["next"]
    cursor = following.split("cursor=")[1]
    for path in ("returns/", "periods/", "forms/", "indicators/", "statistics/cells/"):
        response = ask(tokens["api_client"], f"{path}?indicator=G05&period=2025Q1&cursor={cursor}")
        assert response.status_code == 400
    assert_problem(ask(tokens["api_client"], f"returns/?cursor={cursor}"), "cursor")


def test_a_limit_with_many_zeros_does_not_slip_through(tokens: dict[str, dict[str, str]]) -> None:
    assert_problem(ask(tokens["api_client"], "units/?limit=0000000055000000"), "limit")
