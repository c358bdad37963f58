"""The quota: never exceeded, also not by two at once and not behind the services' back."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from districts.access import scope_of
from portal.workflow.errors import DomainError
from projects.selection.models import Application, ApplicationStatus, Place, Recommendation, StageKind
from projects.selection.selectors.desk import get_list
from projects.selection.services import recommendations as desk
from projects.selection.services.applications import withdraw_application
from projects.selection.services.panel import draw_panel
from projects.selection.services.recommendations import Entry
from tests.support.city import build_small_city, make_office
from tests.support.selection import (
    Contest,
    accept,
    add_experts,
    hand_in,
    make_round,
    more_schools,
    move_to,
    recommend,
    secretary_of,
)
from tests.support.standing import standing


@standing
def five(contest: Contest) -> list[Application]:
    """Five eligible schools of 巫溪, which has two places."""
    rows = [accept(contest, hand_in(contest, school)) for school in more_schools(contest.city, 5)]
    move_to(contest.round, StageKind.RECOMMENDATION)
    return rows


def _save(contest: Contest, chosen: list[Application], reserves: list[Application] = [], by: str = "reviewer") -> Any:  # noqa: B006
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    entries = [Entry(a.pk, False, "基础好。") for a in chosen] + [Entry(a.pk, True, "候补。") for a in reserves]
    return desk.save_list(**contest.by(by), list_id=held.pk, entries=entries, minutes="11月5日会议研究。")


def test_order_reserves_and_reasons_are_one_list(contest: Contest, five: list[Application]) -> None:
    _save(contest, [five[3], five[1]], [five[0]])
    rows = Recommendation.objects.filter(round=contest.round).order_by("is_reserve", "rank")
    assert [(r.application, r.is_reserve, r.rank) for r in rows] == [
        (five[3], False, 1), (five[1], False, 2), (five[0], True, 1),
    ]  # fmt: skip
    _save(contest, [five[1]], [five[3]])
    assert [r.application for r in rows.all()] == [five[1], five[3]], "saving again replaces the list"


def test_over_the_quota_nothing_is_written(contest: Contest, five: list[Application]) -> None:
    _save(contest, five[:2])
    with pytest.raises(DomainError, match="名额 2 个，推荐了 3 个"):
        _save(contest, five[:3])
    assert Recommendation.objects.count() == 2


def test_a_reason_is_needed_for_each(contest: Contest, five: list[Application]) -> None:
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    with pytest.raises(DomainError) as refusal:
        desk.save_list(**contest.by("reviewer"), list_id=held.pk, entries=[Entry(five[0].pk, False, " ")])
    assert refusal.value.code == "reason"
    assert five[0].school.name in refusal.value.message


@pytest.mark.parametrize("name", ["other_reviewer", "secretary", "city_admin", "expert", "inspector", "nobody"])
def test_only_the_district_writes_its_list(contest: Contest, five: list[Application], name: str) -> None:
    with pytest.raises(DomainError) as refusal:
        _save(contest, five[:1], by=name)
    assert refusal.value.code == "forbidden"


def test_sending_moves_the_recommended_on_and_the_rest_out(contest: Contest, five: list[Application]) -> None:
    recommend(contest, contest.city.wuxi, five[:2], five[2:3])
    states = dict(Application.objects.values_list("pk", "status"))
    assert [states[a.pk] for a in five] == ["recommended", "recommended", "district_review", "declined", "declined"]
    with pytest.raises(DomainError) as refusal:
        _save(contest, five[:1])
    assert refusal.value.code == "sent"


def test_the_city_reopens_a_list_with_a_reason(contest: Contest, five: list[Application]) -> None:
    recommend(contest, contest.city.wuxi, five[:2])
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    desk.reopen_list(
        **contest.by("city_staff"), list_id=held.pk, lock_version=held.lock_version, reason="名单有误，请重报。"
    )
    assert set(Application.objects.values_list("status", flat=True)) == {"district_review"}
    recommend(contest, contest.city.wuxi, five[3:])


def test_a_reserve_moves_up_when_a_recommended_school_leaves(contest: Contest, five: list[Application]) -> None:
    recommend(contest, contest.city.wuxi, five[:2], five[2:4])
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    given = {**contest.by("reviewer"), "list_id": held.pk}
    with pytest.raises(DomainError, match="没有空出的名额"):
        desk.promote_reserve(**given, application_id=five[2].pk)
    user, scope = secretary_of(five[0].school)
    five[0].refresh_from_db()
    withdraw_application(
        actor=user, scope=scope, application_id=five[0].pk, lock_version=five[0].lock_version, reason="条件未备。"
    )
    assert desk.promote_reserve(**given, application_id=five[2].pk).rank == 3
    five[2].refresh_from_db()
    assert five[2].status == ApplicationStatus.RECOMMENDED


def test_unused_places_go_back_to_the_pool_by_decision_and_from_there_to_another_district(
    contest: Contest, five: list[Application]
) -> None:
    city = contest.city
    _save(contest, five[:1])
    held = get_list(round_=contest.round, district=city.wuxi)
    with pytest.raises(DomainError, match="空余名额 1 个"):
        desk.return_places(**contest.by("reviewer"), list_id=held.pk, count=2, reason="不足")
    with pytest.raises(DomainError, match="调剂理由"):
        desk.return_places(**contest.by("reviewer"), list_id=held.pk, count=1, reason="")
    desk.return_places(**contest.by("reviewer"), list_id=held.pk, count=1, reason="无合适学校。")
    assert Place.objects.filter(round=contest.round, district=None).count() == 2
    given = {"round_id": contest.round.pk, "district": city.jiangjin, "reason": "申报较多。"}
    with pytest.raises(DomainError):
        desk.grant_places(**contest.by("other_reviewer"), **given, count=1)
    assert desk.grant_places(**contest.chair, **given, count=2) == 2
    assert Place.objects.filter(round=contest.round, district=city.jiangjin).count() == 3
    assert Place.objects.filter(round=contest.round, allotted_to=city.jiangjin).count() == 1, (
        "what was allotted is kept"
    )


def test_the_draw_waits_for_every_list(contest: Contest, five: list[Application]) -> None:
    _save(contest, five[:2])
    add_experts(contest)
    with pytest.raises(DomainError, match="名单还没有报送：巫溪县"):
        draw_panel(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())


# --- behind the services' back -----------------------------------------------------------------------------------


def _row(application: Application, place: Place | None, **given: Any) -> Recommendation:
    values = {"rank": 9, "reason": "x", "round_id": application.round_id, "district_id": application.district_id}
    return Recommendation(application=application, place=place, **{**values, **given})


def test_the_database_holds_the_quota(contest: Contest, five: list[Application]) -> None:
    city = contest.city
    places = list(Place.objects.filter(round=contest.round, district=city.wuxi))
    foreign = Place.objects.get(round=contest.round, district=city.jiangjin)
    _row(five[0], places[0]).save()
    attacks = {
        "a place twice": _row(five[1], places[0]),
        "a place of another district": _row(five[1], foreign),
        "no place": _row(five[1], None),
        "a reserve with a place": _row(five[1], places[1], is_reserve=True),
        "another district's application": _row(five[1], foreign, district_id=city.jiangjin.pk),
        "no reason": _row(five[1], places[1], reason=""),
    }
    for name, row in attacks.items():
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
        assert Recommendation.objects.count() == 1, name
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.filter(pk=places[0].pk).update(district=None)


def _sql(text: str, *given: object) -> None:
    """Past every service, looked at as at the end of a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, given)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize("status", ["recommended", "expert_review", "shortlisted", "public_notice", "announced"])
def test_sql_alone_recommends_nobody_without_a_place(contest: Contest, five: list[Application], status: str) -> None:
    _save(contest, five[:2], five[2:3])
    for case in five[2:4]:  # a reserve, and one that is on no list
        with pytest.raises(IntegrityError, match="without a place"):
            _sql("UPDATE selection_application SET status = %s WHERE id = %s", status, case.pk)
    _sql("UPDATE selection_application SET status = %s WHERE id = %s", status, five[0].pk)


def test_sql_alone_takes_no_place_from_a_list_that_was_sent(contest: Contest, five: list[Application]) -> None:
    recommend(contest, contest.city.wuxi, five[:2])
    for text in (
        "DELETE FROM selection_recommendation WHERE application_id = %s",
        "UPDATE selection_recommendation SET place_id = NULL, is_reserve = true WHERE application_id = %s",
    ):
        with pytest.raises(IntegrityError, match="without a place"):
            _sql(text, five[0].pk)
    assert Recommendation.objects.filter(round=contest.round, is_reserve=False).count() == 2


def test_the_quota_of_a_published_round_neither_grows_nor_shrinks(contest: Contest) -> None:
    before = Place.objects.filter(round=contest.round).count()
    with pytest.raises(IntegrityError, match="stay as many"), transaction.atomic():
        Place.objects.create(round=contest.round, number=99, district=contest.city.wuxi)
    with pytest.raises(IntegrityError, match="stay as many"), transaction.atomic():
        Place.objects.filter(round=contest.round).first().delete()  # type: ignore[union-attr]
    assert Place.objects.filter(round=contest.round).count() == before
    draft = make_round(contest.city, code="dc-draft", publish=False).round
    Place.objects.create(round=draft, number=99, district=contest.city.wuxi)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_never_pass_the_quota() -> None:
    """Four reviewers save lists of two (each others'), four press send, all at the same moment."""
    city = build_small_city()
    contest = make_round(city)
    rows = [accept(contest, hand_in(contest, school)) for school in more_schools(city, 6)]
    move_to(contest.round, StageKind.RECOMMENDATION)
    held = get_list(round_=contest.round, district=city.wuxi)
    people = [make_office("district_reviewer", city.wuxi).user for _n in range(8)]
    barrier, refused = threading.Barrier(8), []

    def work(number: int) -> None:
        user = people[number]
        by = {"actor": user, "scope": scope_of(user), "list_id": held.pk}
        barrier.wait()
        try:
            if number % 2:
                desk.save_list(**by, entries=[Entry(a.pk, False, "好。") for a in (rows[number % 6], rows[0])])
            else:
                desk.send_list(**by, lock_version=0)
        except DomainError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    places = set(Recommendation.objects.values_list("place_id", flat=True))
    assert len(places) == Recommendation.objects.count() <= 2
    assert Application.objects.filter(status="recommended").count() in (0, 2)
    assert set(refused) <= {"empty", "sent", "stale", "no_transition", "not_here"}
