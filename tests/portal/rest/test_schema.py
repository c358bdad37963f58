"""The description of the API is true: every operation answers what its schema says."""

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from reports.rollup.services.marks import process_marks
from tests.support.api import Api
from tests.support.city import SmallCity, fill, open_form, report
from tests.support.creation import build_builds
from tests.support.selection import make_round, publish, title_of, to_outcome
from tests.support.showcase import build_showcase
from tests.support.standing import standing
from tests.support.topics import build_topics

PREFIX = "/api/v1"


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema) -> set[tuple[str, str]]:
    return {(method, path) for path, item in schema["paths"].items() for method in item if method != "parameters"}


def described(schema, method: str, path: str, status: int) -> dict[str, object] | None:
    """The JSON schema of an answer; OpenAPI 3.0's `nullable` in the words of JSON schema."""
    responses = schema["paths"][path][method]["responses"]
    assert str(status) in responses, f"{method} {path} answers {status}, described are {list(responses)}"
    content = responses[str(status)].get("content")
    if content is None:
        return None
    found = content["application/json"]["schema"]
    return _nullable({**found, "components": schema["components"]})


def _nullable(node):
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    # OpenAPI 3.0 says `exclusiveMinimum: true`, JSON schema gives the bound itself there.
    other = {"nullable", "exclusiveMinimum", "exclusiveMaximum"}
    plain = {key: _nullable(value) for key, value in node.items() if key not in other}
    if node.get("nullable"):
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@standing
def record(city: SmallCity):
    report("meeting", "2025Q1", city.one, city.users["clerk"], city.users["reviewer"], G05D=30, G05N=27)
    process_marks()
    return open_form("meeting", "2026Q1", city.one)


def test_every_operation_answers_as_described(city: SmallCity, record, schema) -> None:
    fill(record, city.users["clerk"])
    contest = make_round(city)
    case = to_outcome(contest)[0]
    publish(contest)
    title = title_of(contest, city.one)
    build = build_builds(city).planned(title)
    topic = build_topics(city).at("contracted")
    showcase = build_showcase(city)
    brand = showcase.brand()
    showcase.exhibit()
    samples = {
        ("get", "/api/v1/statistics/cells/"): "/api/v1/statistics/cells/?indicator=G05,G01,X11&period=2025Q1,2025&level=city,district",
        ("get", "/api/v1/units/"): "/api/v1/units/?limit=5",
        ("get", "/api/v1/indicators/"): "/api/v1/indicators/",
        ("get", "/api/v1/periods/"): "/api/v1/periods/?limit=3",
        ("get", "/api/v1/forms/"): "/api/v1/forms/",
        ("get", "/api/v1/returns/"): "/api/v1/returns/",
        ("get", "/api/v1/returns/{id}/"): f"/api/v1/returns/{record.pk}/",
        ("get", "/api/v1/rounds/"): "/api/v1/rounds/",
        ("get", "/api/v1/rounds/{code}/"): "/api/v1/rounds/dc-2026/",
        ("get", "/api/v1/applications/"): "/api/v1/applications/",
        ("get", "/api/v1/applications/{id}/"): f"/api/v1/applications/{case.pk}/",
        ("get", "/api/v1/designations/"): "/api/v1/designations/",
        ("get", "/api/v1/designations/{id}/"): f"/api/v1/designations/{title.pk}/",
        ("get", "/api/v1/builds/"): "/api/v1/builds/",
        ("get", "/api/v1/builds/{id}/"): f"/api/v1/builds/{build.pk}/",
        ("get", "/api/v1/topics/"): "/api/v1/topics/",
        ("get", "/api/v1/topics/{id}/"): f"/api/v1/topics/{topic.pk}/",
        ("get", "/api/v1/brands/"): "/api/v1/brands/",
        ("get", "/api/v1/brands/{id}/"): f"/api/v1/brands/{brand.pk}/",
        ("get", "/api/v1/exhibits/"): "/api/v1/exhibits/",
        ("get", "/api/v1/notices/"): "/api/v1/notices/",
        ("get", "/api/v1/notices/{number}/entries/"): "/api/v1/notices/DC-1/entries/",
        ("get", "/api/v1/tokens/current/"): "/api/v1/tokens/current/",
        ("post", "/api/v1/returns/"): ("/api/v1/returns/", {"form": "meeting", "period": "2026Q1", "school": city.one.code}),
        ("patch", "/api/v1/returns/{id}/"): (f"/api/v1/returns/{record.pk}/", {"values": {"G01": 3}}),
        ("post", "/api/v1/returns/{id}/submit/"): (f"/api/v1/returns/{record.pk}/submit/", {"lock_version": record.lock_version}),
        ("delete", "/api/v1/tokens/current/"): ("/api/v1/tokens/current/", None),
    }  # fmt: skip
    assert set(samples) == operations(schema), "an operation without a sample, or a sample without an operation"
    clerk, staff = Api(city, "clerk"), Api(city, "city_staff")
    for (method, path), sample in samples.items():
        api = staff if "cells" in path else clerk
        url, body = sample if isinstance(sample, tuple) else (sample, None)
        response = api.get(url) if method == "get" else api.send(method, url, body)
        assert 200 <= response.status_code < 300, (method, path, response.content[:300])
        wanted = described(schema, method, path, response.status_code)
        if wanted is None:
            assert response.content == b""
            continue
        body = response.json()
        errors = sorted(Draft202012Validator(wanted).iter_errors(body), key=str)
        assert not errors, (method, path, errors[0].message, list(errors[0].absolute_path))
        if method == "get" and "results" in body:
            assert body["results"], f"{path}: an empty sample proves nothing"


def test_every_parameter_that_is_read_is_described(schema) -> None:
    for path, names in {
        "/api/v1/statistics/cells/": {"indicator", "unit", "level", "period", "slice", "boundaries", "limit", "cursor", "format"},
        "/api/v1/units/": {"level", "district", "code", "valid_on", "q", "fields", "limit", "cursor"},
        "/api/v1/rounds/": {"code", "status", "programme", "unit", "fields", "limit", "cursor"},
        "/api/v1/applications/": {"round", "status", "district", "school", "fields", "limit", "cursor"},
        "/api/v1/designations/": {"kind", "level", "batch", "district", "school", "round", "status", "valid_on", "fields"},
        "/api/v1/builds/": {"state", "stage", "level", "district", "school", "status", "fields", "limit", "cursor"},
        "/api/v1/topics/": {"state", "year", "field", "level", "district", "school", "status", "fields", "limit", "cursor"},
        "/api/v1/brands/": {"state", "owner", "district", "school", "group", "fields", "limit", "cursor"},
        "/api/v1/exhibits/": {"kind", "state", "published", "reach", "district", "school", "brand", "fields"},
        "/api/v1/notices/": {"phase", "fields", "limit", "cursor"},
        "/api/v1/returns/": {"form", "period", "school", "district", "status", "fields", "limit", "cursor"},
    }.items():  # fmt: skip
        assert {p["name"] for p in schema["paths"][path]["get"]["parameters"]} >= names


def test_every_operation_has_a_line_of_its_own(schema) -> None:
    lines = {(method, path): schema["paths"][path][method].get("summary", "") for method, path in operations(schema)}
    assert not {key for key, line in lines.items() if not 8 <= len(line) <= 120}
    assert len(set(lines.values())) == len(lines), "two operations say the same"
    assert not {line for line in lines.values() if line.startswith("Base of")}
    assert schema["paths"]["/api/v1/returns/"]["get"]["summary"] == "Returns in the scope of the caller"
    assert schema["paths"]["/api/v1/returns/"]["post"]["summary"].startswith("Make sure that the return")


def test_refusals_are_described_as_problem_documents(city: SmallCity, schema) -> None:
    refused = Api(city, "clerk").get("/api/v1/units/?limit=-1")
    for item in schema["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                content = operation["responses"]["4XX"]["content"]
                assert list(content) == ["application/problem+json"]
    wanted = _nullable({"$ref": "#/components/schemas/Problem", "components": schema["components"]})
    assert not list(Draft202012Validator(wanted).iter_errors(refused.json()))


def test_the_schema_is_served_to_everybody(db: None) -> None:
    assert Client().get("/api/v1/schema/").status_code == 200
    assert Client().get("/api/v1/schema/?format=json").json()["openapi"].startswith("3")
