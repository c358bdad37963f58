"""REST: the same rounds, cases, titles and notices as on the pages, inside the same bounds."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.selection.models import Application, Designation, PublicNotice, StageKind
from tests.support.api import Api
from tests.support.scoping import INSIDE_SCHOOL, ask_anonymous, ask_everybody
from tests.support.selection import (
    Contest,
    begin,
    hand_in,
    make_round,
    more_schools,
    publish,
    title_of,
)

URL = "/api/v1"


def results(contest: Contest, name: str, path: str) -> list[dict[str, Any]]:
    response = Api(contest.city, name).get(f"{URL}/{path}")
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def test_a_round_is_read_with_its_dates_form_and_rubric(contest: Contest) -> None:
    (row,) = results(contest, "clerk", "rounds/?fields=code,status,unit,target,applications")
    assert row == {"code": "dc-2026", "status": "open", "unit": "500000", "target": 2, "applications": 0}
    one = Api(contest.city, "clerk").get(f"{URL}/rounds/dc-2026/").json()
    assert {stage["kind"] for stage in one["stages"]} == set(StageKind.values)
    assert [question["code"] for question in one["questions"]][:2] == ["plan", "brand"]
    assert [(c["code"], c["maximum"]) for c in one["criteria"]] == [("base", 40.0), ("fusion", 40.0), ("brand", 20.0)]
    assert one["seed"] == ""


def test_a_draft_of_a_round_is_read_only_by_those_who_run_it(contest: Contest) -> None:
    make_round(contest.city, code="dc-2027", publish=False)
    for name, seen in {
        "city_staff": True,
        "inspector": False,
        "reviewer": False,
        "clerk": False,
        "expert": False,
    }.items():
        codes = {row["code"] for row in results(contest, name, "rounds/")}
        assert ("dc-2027" in codes) is seen, name
        assert Api(contest.city, name).get(f"{URL}/rounds/dc-2027/").status_code == (200 if seen else 404), name
    assert not results(contest, "city_admin", "rounds/?status=announced")
    assert len(results(contest, "city_admin", "rounds/?status=draft,open&programme=dual_creation&unit=500000")) == 2


def test_cases_are_read_inside_the_scope_and_drafts_by_their_own_side(contest: Contest) -> None:
    draft, handed, elsewhere = (
        begin(contest, contest.city.one), hand_in(contest, contest.city.two), hand_in(contest, contest.city.other),
    )  # fmt: skip
    expected = {
        "clerk": {draft.pk}, "clerk_two": {handed.pk}, "reviewer": {handed.pk}, "other_reviewer": {elsewhere.pk},
        "city_staff": {handed.pk, elsewhere.pk}, "inspector": {handed.pk, elsewhere.pk}, "expert": set(),
    }  # fmt: skip
    for name, keys in expected.items():
        assert {row["id"] for row in results(contest, name, "applications/")} == keys, name
    (row,) = results(contest, "city_staff", "applications/?round=dc-2026&district=500116&status=submitted")
    assert (row["school"], row["holder"], row["status"]) == ("5001160001", "聚奎中学", "submitted")
    assert not results(contest, "city_staff", "applications/?school=5002380001")


def test_a_case_tells_its_versions_and_steps_and_no_word_of_its_text(contest: Contest) -> None:
    case = hand_in(contest, contest.city.one, people=["李四"])
    allowed = {"own", "own secretary", "parent", "parent administrator", "city"}
    assert allowed == INSIDE_SCHOOL
    for answer in ask_everybody(contest.city, f"{URL}/applications/{case.pk}/"):
        expected = (
            200 if answer.relation in allowed else 403 if answer.relation in ("expired office", "no office") else 404
        )
        assert answer.status == expected, answer
    response = Api(contest.city, "clerk").get(f"{URL}/applications/{case.pk}/")
    body = response.json()
    assert [(v["number"], bool(v["frozen_at"])) for v in body["versions"]] == [(1, True)]
    assert [(e["action"], e["source_status"], e["status"]) for e in body["events"]] == [
        ("submit", "draft", "submitted")
    ]
    assert "李四" not in response.content.decode()
    assert "骨干教师" not in response.content.decode()


def test_held_decisions_are_told_to_nobody(contest: Contest, decided: list[Application]) -> None:
    for name in ("clerk", "reviewer", "city_admin"):
        assert {row["status"] for row in results(contest, name, "applications/")} == {"expert_review"}, name


def test_an_expert_is_told_nothing_that_identifies(contest: Contest, drawn: list[Application]) -> None:
    user = contest.experts[0].office.user
    contest.city.users["panelist"] = user
    api = Api(contest.city, "panelist")
    case = Application.objects.first()
    for path in ("rounds/", "rounds/dc-2026/", "applications/", f"applications/{case.pk}/", "designations/", "units/"):
        text = api.get(f"{URL}/{path}").content.decode()
        for word in ("云台", "城厢", "聚奎", "5002380001", "巫溪", "500238"):
            assert word not in text, (path, word)


def test_titles_are_filtered_by_what_counted_on_a_day(contest: Contest) -> None:
    row = title_of(contest, contest.city.one)
    today = timezone.localdate()
    assert [r["id"] for r in results(contest, "clerk", f"designations/?valid_on={today}&level=city")] == [row.pk]
    assert not results(contest, "clerk", f"designations/?valid_on={today - timedelta(days=400)}")
    assert not results(contest, "other_clerk", "designations/")
    (found,) = results(contest, "city_staff", "designations/?kind=dc-cultivation&school=5002380001")
    assert (found["counts"], found["check_code"], found["holder"]) == (True, row.check_code, "云台小学")
    Designation.objects.filter(pk=row.pk).update(valid_to=today)
    assert not results(contest, "clerk", "designations/?kind=dc-cultivation")[0]["counts"]
    for answer in ask_everybody(contest.city, f"{URL}/designations/{row.pk}/"):
        inside = answer.relation in INSIDE_SCHOOL
        assert answer.status == (200 if inside else 403 if "office" in answer.relation else 404), answer


def test_notices_are_read_by_everybody_and_only_when_published(contest: Contest, decided: list[Application]) -> None:
    assert Client().get(f"{URL}/notices/").json()["results"] == []
    publish(contest)
    (row,) = Client().get(f"{URL}/notices/?phase=running").json()["results"]
    assert (row["number"], row["phase"], row["round"]) == ("DC-1", "running", "dc-2026")
    page = Client().get(f"{URL}/notices/DC-1/entries/?limit=1").json()
    second = Client().get(page["next"]).json()
    assert [r["status"] for r in page["results"] + second["results"]] == ["public_notice"] * 2
    assert "score" not in page["results"][0]
    PublicNotice.objects.update(
        starts_on=timezone.localdate() - timedelta(days=30), ends_on=timezone.localdate() - timedelta(days=20)
    )
    assert Client().get(f"{URL}/notices/?phase=running").json()["results"] == []


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("applications/?status=won", 400, "status"),
        ("applications/?score=1", 400, "score"),
        ("designations/?valid_on=2025-02-30", 400, "valid_on"),
        ("rounds/dc-1999/", 404, None),
        ("applications/999999/", 404, None),
        ("notices/none/entries/", 404, None),
        ("notices/?phase=past", 400, "phase"),
    ],
)
def test_a_refusal_is_a_problem_document(contest: Contest, path: str, status: int, parameter: str | None) -> None:
    response = Api(contest.city, "city_staff").get(f"{URL}/{path}")
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/problem+json")
    body = response.json()
    assert body["detail"]
    assert body.get("parameter") == parameter


def test_nobody_comes_in_without_a_token_except_to_notices(contest: Contest) -> None:
    for path in ("rounds/", "rounds/dc-2026/", "applications/", "applications/1/", "designations/", "designations/1/"):
        assert ask_anonymous(f"{URL}/{path}").status_code == 401, path
    assert ask_anonymous(f"{URL}/notices/").status_code == 200


def test_lists_cost_the_same_at_one_and_at_three(contest: Contest) -> None:
    api = Api(contest.city, "city_staff")

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert api.get(f"{URL}/{path}").json()["results"]
        return len(seen)

    paths = ("rounds/", "applications/", "designations/")
    first, *rest = more_schools(contest.city, 3)
    hand_in(contest, first)
    title_of(contest, first)
    once = [queries(path) for path in paths]
    for n, school in enumerate(rest):
        hand_in(contest, school)
        title_of(contest, school)
        make_round(contest.city, code=f"dc-{n}")
    assert [queries(path) for path in paths] == once
