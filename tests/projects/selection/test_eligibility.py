"""Many cases accepted at once: the eligible ones pass, each of the others says why it does not; who may do it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.access import scope_of
from districts.models import Role, Unit
from portal.workflow.errors import DomainError
from portal.workflow.models import Event
from projects.selection.models import Application, Veto
from projects.selection.services import applications as cases
from projects.selection.services.eligibility import accept_many
from schools.registry.models import School
from tests.support.city import make_office
from tests.support.selection import PLAN, Contest, hand_in, make_round, more_schools, secretary_of, title_of


def _veto(contest: Contest, school: School) -> None:
    Veto.objects.create(
        school=school, reason="师德失范", valid_from=timezone.localdate() - timedelta(days=1),
        recorded_by=contest.city.users["city_admin"],
    )  # fmt: skip


def _page(contest: Contest, name: str = "reviewer") -> Client:
    client = Client()
    client.force_login(contest.city.users[name])
    return client


def _path(contest: Contest, step: str = "") -> str:
    return f"/selection/rounds/{contest.round.pk}/eligibility/{step}"


def test_the_eligible_pass_and_the_others_say_why(contest: Contest) -> None:
    good, barred, gone = (hand_in(contest, school) for school in (*more_schools(contest.city, 2), contest.city.one))
    _veto(contest, barred.school)
    user, scope = secretary_of(gone.school)
    cases.recall_application(actor=user, scope=scope, application_id=gone.pk, lock_version=1)
    accepted, refused = accept_many(
        **contest.by("reviewer"), round_id=contest.round.pk, versions={case.pk: 1 for case in (good, barred, gone)}
    )
    assert [(case.pk, case.status) for case in accepted] == [(good.pk, "district_review")]
    reasons = {row.application.pk: row.reason for row in refused}
    assert reasons == {
        barred.pk: "学校在一票否决期内（师德失范），不得申报。", gone.pk: "刚被别人更新，请刷新后再办理。",
    }  # fmt: skip
    assert list(Application.objects.order_by("pk").values_list("status", flat=True)) == [
        "district_review", "submitted", "returned",
    ]  # fmt: skip
    assert Event.objects.filter(action="accept").count() == 1


def test_a_title_that_is_held_bars_each_as_it_bars_one(contest: Contest) -> None:
    held, free = (hand_in(contest, school) for school in more_schools(contest.city, 2))
    title_of(contest, held.school)
    with pytest.raises(DomainError, match="不重复申报"):
        cases.accept_application(**contest.by("reviewer"), application_id=held.pk, lock_version=1)
    accepted, refused = accept_many(
        **contest.by("reviewer"), round_id=contest.round.pk, versions={held.pk: 1, free.pk: 1}
    )
    assert [case.pk for case in accepted] == [free.pk]
    assert "不重复申报" in refused[0].reason


def test_a_second_click_changes_nothing_and_refuses_nothing(contest: Contest) -> None:
    versions = {hand_in(contest, contest.city.one).pk: 1}
    by = {**contest.by("reviewer"), "round_id": contest.round.pk, "versions": versions}
    assert len(accept_many(**by)[0]) == 1
    assert accept_many(**by) == ([], [])
    assert Event.objects.filter(action="accept").count() == 1


def test_whoever_handed_it_in_does_not_check_it(contest: Contest) -> None:
    """Four eyes, also when many are ticked."""
    school, user = contest.city.one, contest.city.users["reviewer"]
    make_office(Role.SCHOOL_CLERK, Unit.objects.get(pk=school.pk), user)
    by = contest.by("reviewer")
    case = cases.begin_application(**by, round_id=contest.round.pk, school=school)
    answers = {"plan": PLAN, "brand": "同心"}
    cases.save_answers(**by, application_id=case.pk, seen_version=1, answers=answers)
    cases.submit_application(**by, application_id=case.pk, lock_version=0)
    accepted, refused = accept_many(**contest.by("reviewer"), round_id=contest.round.pk, versions={case.pk: 1})
    assert not accepted
    assert refused[0].reason.startswith("提交人不能审核自己提交的内容")


@pytest.mark.parametrize("name", ["other_reviewer", "secretary", "clerk"])
def test_nobody_accepts_what_is_not_theirs_to_check(contest: Contest, name: str) -> None:
    case = hand_in(contest, contest.city.one)
    user = contest.city.users[name]
    with pytest.raises(DomainError) as refusal:
        accept_many(actor=user, scope=scope_of(user), round_id=contest.round.pk, versions={case.pk: 1})
    assert refusal.value.status == 403
    assert _page(contest, name).post(_path(contest, "accept/"), {"chosen": f"{case.pk}:1"}).status_code in (302, 403)
    case.refresh_from_db()
    assert case.status == "submitted"


def test_cases_of_another_round_are_not_taken_along(contest: Contest) -> None:
    case = hand_in(contest, contest.city.one)
    other = make_round(contest.city, code="dc-other")
    with pytest.raises(DomainError, match="请勾选"):
        accept_many(**contest.by("reviewer"), round_id=other.round.pk, versions={case.pk: 1})


def test_the_cost_does_not_grow_with_the_ticks(contest: Contest) -> None:
    counts = []
    schools = more_schools(contest.city, 9)
    for some in (schools[:2], schools[2:]):
        versions = {hand_in(contest, school).pk: 1 for school in some}
        with CaptureQueriesContext(connection) as seen:
            assert len(accept_many(**contest.by("reviewer"), round_id=contest.round.pk, versions=versions)[0]) == len(
                some
            )
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 20


def test_the_page_lists_who_waits_and_passes_what_is_ticked(contest: Contest) -> None:
    good, barred = (hand_in(contest, school) for school in more_schools(contest.city, 2))
    elsewhere = hand_in(contest, contest.city.other)
    _veto(contest, barred.school)
    client = _page(contest)
    page = client.get(_path(contest)).content.decode()
    assert good.school.name in page
    assert "师德失范" in page, "what bars a school is said before anybody ticks"
    assert f'value="{good.pk}:1"' in page
    assert f'value="{barred.pk}:1"' not in page
    assert elsewhere.school.name not in page
    answer = client.post(_path(contest, "accept/"), {"chosen": [f"{good.pk}:1", f"{barred.pk}:1", "x", "1:"]})
    said = answer.content.decode()
    assert "已通过 1 份。" in said
    assert "没有通过的" in said
    assert "一票否决期内" in said
    assert "请勾选" in client.post(_path(contest, "accept/"), {}, follow=True).content.decode()


def test_the_chair_sees_the_whole_city_and_the_desk_leads_here(contest: Contest) -> None:
    both = [hand_in(contest, school) for school in (contest.city.one, contest.city.other)]
    page = _page(contest, "city_admin").get(_path(contest)).content.decode()
    assert all(case.school.name in page for case in both)
    assert _path(contest) in _page(contest).get(f"/selection/rounds/{contest.round.pk}/desk/500238/").content.decode()
    assert _path(contest) in _page(contest, "city_admin").get(f"/selection/rounds/{contest.round.pk}/").content.decode()
