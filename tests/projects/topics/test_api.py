"""REST: the same topics as on the pages, inside the same bounds, and no word of a paper."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.topics.services.practices import Place, add_practice
from tests.support.api import Api
from tests.support.scoping import INSIDE_SCHOOL, ask_anonymous, ask_everybody
from tests.support.topics import Topics, ago, fresh, today

URL = "/api/v1/topics/"


def results(topics: Topics, name: str, query: str = "") -> list[dict[str, Any]]:
    response = Api(topics.city, name).get(f"{URL}{query}")
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def test_a_topic_is_read_with_what_is_due_next(topics: Topics) -> None:
    topic = topics.at("contracted", since=ago(100))
    (row,) = results(topics, "clerk")
    assert (row["id"], row["number"], row["school"], row["level"]) == (
        topic.pk,
        topic.code,
        topics.city.one.code,
        "city",
    )
    assert (row["next_paper"], row["next_due"], row["duty_state"]) == ("opening", f"{topic.next_due}", "soon")
    assert (row["amount"], row["designation"]) == (10000, topic.designation_id)
    place = Place("brand", topics.city.one, brand=topics.brand())
    add_practice(**topics.by("clerk"), topic_id=topic.pk, place=place, since=ago(1), note="用在晨会")
    one = Api(topics.city, "clerk").get(f"{URL}{topic.pk}/").json()
    assert [(p["kind"], p["result"], p["settled_on"]) for p in one["papers"]] == [("contract", "agreed", f"{today()}")]
    assert [(p["kind"], p["place"], p["ended_on"]) for p in one["practices"]] == [("brand", "同心（云台小学）", None)]


def test_no_word_of_a_paper_and_no_leader_is_told(topics: Topics) -> None:
    topic = topics.at("contracted")
    topics.submitted(topic, "opening")
    text = Api(topics.city, "clerk").get(f"{URL}{topic.pk}/").content.decode()
    for word in ("党建引领教研", "党总支书记", "资料费", "方案可行"):
        assert word not in text, word


def test_topics_are_read_inside_the_scope(topics: Topics) -> None:
    one, other = topics.funded(), topics.funded(topics.city.other)
    of_district = topics.funded(topics.city.two, level="district")
    everything = {one.pk, other.pk, of_district.pk}
    expected = {
        "clerk": {one.pk}, "secretary": {one.pk}, "clerk_two": {of_district.pk}, "reviewer": {one.pk, of_district.pk},
        "other_reviewer": {other.pk}, "other_clerk": {other.pk}, "city_staff": everything, "inspector": everything,
        "api_client": everything, "expert": set(),
    }  # fmt: skip
    for name, keys in expected.items():
        assert {row["id"] for row in results(topics, name)} == keys, name
    for answer in ask_everybody(topics.city, f"{URL}{one.pk}/"):
        inside = answer.relation in INSIDE_SCHOOL
        assert answer.status == (200 if inside else 403 if "office" in answer.relation else 404), answer


def test_filters_narrow(topics: Topics) -> None:
    late = topics.at("opened", since=ago(400))
    waiting = topics.funded(topics.city.two, level="district")
    topics.submitted(waiting, "contract")
    closed = topics.at("closed", topics.city.other, since=ago(800))
    registered = topics.registered(title="登记了的课题研究")
    api = Api(topics.city, "city_staff")
    for query, keys in {
        "": {late.pk, waiting.pk, closed.pk}, "?state=running": {late.pk, waiting.pk}, "?state=late": {late.pk},
        "?state=waiting": {waiting.pk}, "?state=closed": {closed.pk}, "?state=registered": {registered.pk},
        "?level=district": {waiting.pk}, "?district=500116": {closed.pk}, "?status=opened": {late.pk},
        f"?school={topics.city.one.code},{topics.city.two.code}": {late.pk, waiting.pk}, "?field=ideology": set(),
        f"?year={fresh(closed).year}": {closed.pk} | ({late.pk} if late.year == closed.year else set()),
    }.items():  # fmt: skip
        assert {row["id"] for row in api.get(f"{URL}{query}").json()["results"]} == keys, query


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [("?state=never", 400, "state"), ("?year=20x6", 400, "year"), ("?title=x", 400, "title"), ("999999/", 404, None)],
)
def test_a_refusal_is_a_problem_document(topics: Topics, query: str, status: int, parameter: str | None) -> None:
    response = Api(topics.city, "city_staff").get(f"{URL}{query}")
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    assert response.json().get("parameter") == parameter


def test_it_is_read_only_and_with_a_token(topics: Topics) -> None:
    topic = topics.funded()
    api = Api(topics.city, "city_admin")
    for path in (URL, f"{URL}{topic.pk}/"):
        assert ask_anonymous(path).status_code == 401
        for method in ("post", "put", "patch", "delete"):
            assert api.send(method, path, {}).status_code == 405, method


def test_the_list_costs_the_same_at_one_and_at_three(topics: Topics) -> None:
    api = Api(topics.city, "city_staff")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert api.get(URL).json()["results"]
        return len(seen)

    topics.funded()
    once = queries()
    topics.funded(topics.city.two)
    topics.funded(topics.city.other)
    assert queries() == once
