"""REST: the same builds as on the pages, inside the same bounds, and no word of a paper."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.selection.models import Designation
from tests.support.api import Api
from tests.support.creation import Builds, ago, fresh, today
from tests.support.scoping import INSIDE_SCHOOL, ask_anonymous, ask_everybody
from tests.support.selection import more_schools

URL = "/api/v1/builds/"


def results(builds: Builds, name: str, query: str = "", api: Api | None = None) -> list[dict[str, Any]]:
    response = (api or Api(builds.city, name)).get(f"{URL}{query}")
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def test_a_build_is_read_with_what_is_due_next(builds: Builds) -> None:
    build = builds.give(since=ago(10))
    (row,) = results(builds, "clerk")
    assert (row["id"], row["holder"], row["kind"], row["status"]) == (
        build.pk,
        "云台小学",
        "dc-cultivation",
        "cultivating",
    )
    due = f"{build.valid_from + timedelta(days=60)}"
    assert (row["brand"], row["next_paper"], row["next_due"], row["next_state"]) == ("", "plan", due, "soon")
    builds.planned(build)
    one = Api(builds.city, "clerk").get(f"{URL}{build.pk}/").json()
    assert (one["brand"], one["next_paper"], one["next_due"]) == ("同心", "midterm", f"{fresh(build).midterm_due}")
    assert one["plan"] == {"agreed": True, "goals": 1, "milestones": 1, "done": 0}
    assert [(p["kind"], p["status"], p["result"], p["settled_on"]) for p in one["papers"]] == [
        ("plan", "settled", "agreed", f"{today()}")
    ]


def test_no_word_of_a_paper_and_no_person_is_told(builds: Builds) -> None:
    build = builds.give()
    builds.submitted(build)
    text = Api(builds.city, "clerk").get(f"{URL}{build.pk}/").content.decode()
    for word in ("党建引领教研", "六个研修共同体", "教师"):
        assert word not in text, word


def test_builds_are_read_inside_the_scope(builds: Builds) -> None:
    one, other = builds.give(), builds.give(builds.city.other)
    of_district = builds.give(builds.city.two, level="district")
    everything = {one.pk, other.pk, of_district.pk}
    expected = {
        "clerk": {one.pk}, "secretary": {one.pk}, "clerk_two": {of_district.pk}, "reviewer": {one.pk, of_district.pk},
        "other_reviewer": {other.pk}, "other_clerk": {other.pk}, "city_staff": everything, "inspector": everything,
        "api_client": everything, "expert": set(),
    }  # fmt: skip
    for name, keys in expected.items():
        assert {row["id"] for row in results(builds, name)} == keys, name
    for answer in ask_everybody(builds.city, f"{URL}{one.pk}/"):
        inside = answer.relation in INSIDE_SCHOOL
        assert answer.status == (200 if inside else 403 if "office" in answer.relation else 404), answer


def test_only_what_is_built_is_a_build(builds: Builds) -> None:
    title = builds.give(code="dc-demonstration")
    assert results(builds, "city_staff") == []
    assert Api(builds.city, "city_staff").get(f"{URL}{title.pk}/").status_code == 404
    assert Api(builds.city, "city_staff").get(f"/api/v1/designations/{title.pk}/").status_code == 200


def test_filters_narrow(builds: Builds) -> None:
    late, soon = builds.give(since=ago(100)), builds.give(builds.city.other, since=ago(10))
    handed = builds.give(builds.city.two, level="district")
    builds.submitted(handed, by="clerk_two")
    ended = builds.give(more_schools(builds.city, 1)[0])
    Designation.objects.filter(pk=ended.pk).update(status="failed", ended_on=today())
    api = Api(builds.city, "city_staff")
    for query, keys in {
        "": {late.pk, soon.pk, handed.pk, ended.pk}, "?state=late": {late.pk}, "?state=soon": {soon.pk},
        "?state=waiting": {handed.pk}, "?state=over": {ended.pk}, "?level=district": {handed.pk},
        "?district=500116": {soon.pk}, "?school=5002380001,5001160001": {late.pk, soon.pk}, "?status=failed": {ended.pk},
        "?stage=plan": {late.pk, soon.pk, handed.pk}, "?stage=acceptance": set(),
    }.items():  # fmt: skip
        assert {row["id"] for row in results(builds, "city_staff", query, api)} == keys, query


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [("?state=never", 400, "state"), ("?stage=x", 400, "stage"), ("?brand=x", 400, "brand"), ("999999/", 404, None)],
)
def test_a_refusal_is_a_problem_document(builds: Builds, query: str, status: int, parameter: str | None) -> None:
    response = Api(builds.city, "city_staff").get(f"{URL}{query}")
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    assert response.json().get("parameter") == parameter


def test_it_is_read_only_and_with_a_token(builds: Builds) -> None:
    build = builds.give()
    api = Api(builds.city, "city_admin")
    for path in (URL, f"{URL}{build.pk}/"):
        assert ask_anonymous(path).status_code == 401
        for method in ("post", "put", "patch", "delete"):
            assert api.send(method, path, {}).status_code == 405, method


def test_the_list_costs_the_same_at_one_and_at_three(builds: Builds) -> None:
    api = Api(builds.city, "city_staff")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert api.get(URL).json()["results"]
        return len(seen)

    first, *rest = more_schools(builds.city, 3)
    builds.give(first)
    once = queries()
    for school in rest:
        builds.give(school)
    assert queries() == once
