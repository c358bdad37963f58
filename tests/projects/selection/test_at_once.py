"""Two at the same moment, in real transactions: at every step that cannot be taken back, one of them is late."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from districts.access import scope_of
from districts.models import City, Role
from portal.accounts.models import User
from portal.workflow.models import Event
from projects.selection.models import (
    Application,
    Assignment,
    AssignmentStatus,
    Decision,
    Designation,
    DistrictList,
    Mark,
    Objection,
    Place,
    PublicNotice,
    Recommendation,
    Round,
    StageKind,
    Version,
)
from projects.selection.services import applications as cases
from projects.selection.services import notices, panel, recommendations, results, sheets
from tests.support.city import build_small_city, make_office
from tests.support.concurrency import at_once, refusals
from tests.support.concurrency import results as done
from tests.support.selection import (
    COMMENT,
    PLAN,
    Contest,
    accept,
    add_experts,
    expert_of,
    hand_in,
    make_round,
    more_schools,
    move_to,
    open_now,
    publish,
    score,
    secretary_of,
    to_outcome,
    to_review,
    unit_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contest(transactional_db: None) -> Contest:
    return make_round(build_small_city())


def by(user: User) -> dict[str, Any]:
    return {"actor": user, "scope": scope_of(user)}


def chairs() -> list[dict[str, Any]]:
    """Two chairs of the city, and no other."""
    return [by(make_office(Role.CITY_ADMIN, unit_of(City.objects.get())).user) for _n in range(2)]


def both(service: Callable[..., Any], people: list[dict[str, Any]], **given: Any) -> list[Any]:
    """The same step by each of them, at once; a list stands for what differs between them."""

    def call(number: int, person: dict[str, Any]) -> Callable[[], Any]:
        own = {name: value[number] if isinstance(value, list) else value for name, value in given.items()}
        return lambda: service(**person, **own)

    return at_once(*(call(number, person) for number, person in enumerate(people)))


def steps(process: str, *actions: str) -> int:
    return Event.objects.filter(process=process, action__in=actions).count()


def test_a_school_begins_and_hands_in_once(contest: Contest) -> None:
    school = contest.city.one
    user, scope = secretary_of(school)
    own = {"actor": user, "scope": scope}
    given = {**own, "round_id": contest.round.pk, "school": school}
    begun = at_once(*[lambda: cases.begin_application(**given) for _n in range(3)])
    assert len({case.pk for case in begun}) == Application.objects.count() == Version.objects.count() == 1
    case = begun[0]
    cases.save_answers(**own, application_id=case.pk, seen_version=1, answers={"plan": PLAN, "brand": "同心"})
    two = [own, by(contest.city.users["clerk"])]
    answers = both(cases.submit_application, [*two, own], application_id=case.pk, lock_version=0)
    assert set(refusals(answers)) <= {"stale"}
    assert sum(not outcome.repeated for outcome in done(answers)) == 1
    assert steps("selection.application", "submit") == 1
    # Taking it back and checking it at the same moment: one of the two happens.
    answers = at_once(
        lambda: cases.recall_application(**own, application_id=case.pk, lock_version=1),
        lambda: cases.accept_application(**contest.by("reviewer"), application_id=case.pk, lock_version=1),
    )
    assert refusals(answers) == ["stale"]
    case.refresh_from_db()
    assert (case.status, case.versions.count()) in (("returned", 2), ("district_review", 1))


def test_two_districts_and_the_pool_never_pass_the_quota(contest: Contest) -> None:
    """巫溪 has two places, 江津 one, the pool one. Both lists, both returns and two grants of the last place, at once."""
    city = contest.city
    wuxi = [accept(contest, hand_in(contest, school)) for school in more_schools(city, 4)]
    jiangjin = [accept(contest, hand_in(contest, school)) for school in more_schools(city, 3, city.jiangjin)]
    move_to(contest.round, StageKind.RECOMMENDATION)
    lists = {row.district_id: row.pk for row in DistrictList.objects.filter(round=contest.round)}
    one, other, more = contest.by("reviewer"), contest.by("other_reviewer"), contest.by("reviewer2")
    first, second = chairs()

    def entries(rows: list[Application], *numbers: int) -> list[recommendations.Entry]:
        return [recommendations.Entry(rows[n].pk, False, "基础好。") for n in numbers]

    def save(person: dict[str, Any], place: Any, chosen: list[recommendations.Entry]) -> Callable[[], Any]:
        return lambda: recommendations.save_list(**person, list_id=lists[place.pk], entries=chosen)

    def grant(person: dict[str, Any], place: Any) -> Callable[[], Any]:
        given = {"round_id": contest.round.pk, "district": place, "count": 1, "reason": "申报较多。"}
        return lambda: recommendations.grant_places(**person, **given)

    answers = at_once(
        save(one, city.wuxi, entries(wuxi, 0, 1)), save(more, city.wuxi, entries(wuxi, 2, 3, 1)),
        save(other, city.jiangjin, entries(jiangjin, 0, 1)), grant(first, city.wuxi), grant(second, city.jiangjin),
        lambda: recommendations.return_places(**more, list_id=lists[city.wuxi.pk], count=1, reason="让出。"),
    )  # fmt: skip
    assert set(refusals(answers)) <= {"over_quota", "not_free"}
    places = Place.objects.filter(round=contest.round)
    assert places.count() == 4, "a place moves; none is made and none is lost"
    taken = Recommendation.objects.filter(is_reserve=False)
    assert len(set(taken.values_list("place", flat=True))) == taken.count() <= 4
    for row in taken.select_related("place"):
        assert row.place is not None
        assert row.place.district_id == row.district_id
    for district in (city.wuxi, city.jiangjin):
        assert taken.filter(district=district).count() <= places.filter(district=district).count()


def test_two_chairs_draw_once(contest: Contest) -> None:
    cases_ = [accept(contest, hand_in(contest, school)) for school in (contest.city.one, contest.city.two)]
    move_to(contest.round, StageKind.RECOMMENDATION)
    held = DistrictList.objects.get(round=contest.round, district=contest.city.wuxi)
    chosen = [recommendations.Entry(case.pk, False, "好。") for case in cases_]
    recommendations.save_list(**contest.by("reviewer"), list_id=held.pk, entries=chosen)
    people = [contest.by("reviewer"), contest.by("reviewer2")]
    sent = both(recommendations.send_list, people, list_id=held.pk, lock_version=0)
    assert (refusals(sent), steps("selection.list", "send"), steps("selection.application", "recommend")) == (
        ["stale"], 1, 2,
    )  # fmt: skip
    add_experts(contest, 4)
    move_to(contest.round, StageKind.REVIEW)
    drawn = both(panel.draw_panel, chairs(), round_id=contest.round.pk, lock_version=contest.version(), seed=["a", "b"])
    assert (refusals(drawn), Assignment.objects.count()) == (["stale"], 6)
    round_ = contest.fresh()
    assert round_.seed == done(drawn)[0].obj.seed


def test_seats_that_are_filled_at_once_go_to_different_experts_and_keep_the_limit(contest: Contest) -> None:
    rows = to_review(contest, experts=4)
    extra = add_experts(contest, 2)[-2:]
    case = rows[0]
    first, second = case.assignments.order_by("pk")[:2]
    given = {"assignment_id": [first.pk, second.pk], "lock_version": 0, "reason": "逾期未评。"}
    answers = both(sheets.replace_expert, chairs(), **given)
    assert refusals(answers) == []
    seated = [new for _outcome, new in answers]
    assert len({row.expert_id for row in seated}) == 2
    # Nobody above the limit: two fresh experts, room for one item each, four seats that fall free at once.
    Round.objects.filter(pk=contest.round.pk).update(expert_load=1)
    Assignment.objects.filter(expert__in=extra).delete()
    open_sheets = list(rows[1].assignments.order_by("pk")[:2]) + list(rows[2].assignments.order_by("pk")[:2])
    people = chairs() + chairs()
    both(
        sheets.replace_expert, people, assignment_id=[s.pk for s in open_sheets], lock_version=0, reason="逾期未评。"
    )  # fmt: skip
    live = Assignment.objects.filter(status=AssignmentStatus.ASSIGNED)
    assert all(live.filter(expert=expert).count() <= 1 for expert in extra)
    assert live.filter(expert__in=extra).count() == 2
    pairs = list(Assignment.objects.values_list("application", "expert"))
    assert len(set(pairs)) == len(pairs)


def test_a_sheet_is_handed_in_or_taken_away_and_never_both(contest: Contest) -> None:
    sheet = to_review(contest, experts=5)[0].assignments.select_related("expert__office__user").order_by("pk")[0]
    own = expert_of(sheet)
    sheets.declare_free(**own, assignment_id=sheet.pk)
    for code, points in (("base", "30"), ("fusion", "30"), ("brand", "15")):
        sheets.save_mark(**own, assignment_id=sheet.pk, criterion=code, points=points)
    sheets.save_comment(**own, assignment_id=sheet.pk, comment=COMMENT)
    given = {"assignment_id": sheet.pk, "lock_version": 0}
    (chair, _other) = chairs()
    answers = at_once(
        lambda: sheets.submit_sheet(**own, **given), lambda: sheets.submit_sheet(**own, **given),
        lambda: sheets.replace_expert(**chair, **given, reason="逾期未评。"),
        lambda: sheets.save_mark(**own, assignment_id=sheet.pk, criterion="base", points="31"),
    )  # fmt: skip
    assert set(refusals(answers)) <= {"stale", "locked"}
    sheet.refresh_from_db()
    assert steps("selection.sheet", "submit", "replace") == 1
    assert sheet.status in ("submitted", "replaced")
    assert Assignment.objects.filter(replaces=sheet).count() == (sheet.status == "replaced")
    assert Mark.objects.filter(assignment=sheet).count() == 3


def test_the_review_closes_on_what_stands_or_not_at_all(contest: Contest) -> None:
    """One chair closes while another gives a sheet back: the frozen scores are those of the sheets that are in."""
    for case in to_review(contest):
        for sheet in case.assignments.all():
            score(sheet)
    sheet = Assignment.objects.order_by("pk")[0]
    first, second = chairs()
    version = contest.version()
    answers = at_once(
        lambda: results.close_review(**first, round_id=contest.round.pk, lock_version=version),
        lambda: sheets.unlock_sheet(
            **second, assignment_id=sheet.pk, lock_version=sheet.lock_version, reason="评语与分数不符。"
        ),
    )
    assert len(refusals(answers)) == 1
    assert refusals(answers)[0] in ("closed", "sheets_open")
    sheet.refresh_from_db()
    closed = contest.fresh().status == "deliberating"
    assert sheet.status == ("submitted" if closed else "assigned")
    assert Decision.objects.count() == (3 if closed else 0)


def test_two_chairs_close_decide_publish_and_announce_once(contest: Contest) -> None:
    for case in to_review(contest):
        for sheet in case.assignments.all():
            score(sheet)
    people = chairs()
    the_round = {"round_id": contest.round.pk}
    closed = both(results.close_review, people, **the_round, lock_version=contest.version())
    assert (refusals(closed), Decision.objects.count()) == (["stale"], 3)

    held = Decision.objects.order_by("rank")[2]
    decided = both(
        results.change_decision, people, application_id=held.application_id, outcome=["select", "decline"],
        reason=["乡村学校。", "名额所限。"],
    )  # fmt: skip
    assert refusals(decided) == [], "both may; the later word stands, with its reason and its person"
    held.refresh_from_db()
    assert (held.outcome, held.reason) in (("select", "乡村学校。"), ("decline", "名额所限。"))
    assert held.changed_by == people[held.outcome == "decline"]["actor"]
    results.change_decision(
        **people[0], application_id=held.application_id, outcome="decline", reason="集体审议。"
    )  # fmt: skip

    today = timezone.localdate()
    given = {"issuer": "市委教育工委（演示）", "starts_on": today, "number": ["DC-1", "DC-2"]}
    published = both(results.publish_decisions, people, **the_round, lock_version=contest.version(), **given)
    assert (refusals(published), PublicNotice.objects.count()) == (["stale"], 1)
    assert sorted(Application.objects.values_list("status", flat=True)) == [
        "declined", "public_notice", "public_notice",
    ]  # fmt: skip

    PublicNotice.objects.update(starts_on=today - timedelta(days=20), ends_on=today - timedelta(days=1))
    open_now(contest.round, StageKind.ANNOUNCEMENT)
    announced = both(notices.announce_round, people, **the_round, lock_version=contest.version())
    assert (refusals(announced), Designation.objects.count()) == (["stale"], 2)


def test_the_same_objection_twice_is_one_and_two_chairs_answer_it_once(contest: Contest) -> None:
    rows = to_outcome(contest)
    notice = publish(contest)
    filed = {"notice_id": notice.pk, "ticket": "t", "text": "材料里的达标率与实际不符。", "application_id": rows[0].pk}
    codes = at_once(*[lambda: notices.file_objection(**filed) for _n in range(4)])
    assert (len(set(codes)), Objection.objects.count()) == (1, 1)
    row = Objection.objects.get()
    answers = both(
        notices.close_objection, chairs(), objection_id=row.pk, lock_version=0, upheld=[True, False],
        reply=["查实，取消。", "经核属实。"],
    )  # fmt: skip
    assert refusals(answers) == ["stale"]
    row.refresh_from_db()
    struck = Application.objects.get(pk=rows[0].pk).status == "struck"
    assert (row.status, row.reply) == (("upheld", "查实，取消。") if struck else ("dismissed", "经核属实。"))


def test_nobody_is_designated_over_an_objection_that_comes_at_the_last_moment(contest: Contest) -> None:
    """Filed and announced at once, on the first day after: the objection is late, the list stands; never both open."""
    to_outcome(contest)
    notice = publish(contest)
    PublicNotice.objects.update(starts_on=timezone.localdate() - timedelta(days=20))
    (chair, _other) = chairs()
    filed = {"notice_id": notice.pk, "ticket": "t", "text": "材料里的达标率与实际不符。"}
    PublicNotice.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    version = contest.version()
    answers = at_once(
        lambda: notices.file_objection(**filed),
        lambda: notices.announce_round(**chair, round_id=contest.round.pk, lock_version=version),
    )
    assert refusals(answers) == ["closed"]
    assert (Objection.objects.count(), Designation.objects.count()) == (0, 2)


def test_an_applicant_who_leaves_while_the_list_is_published_is_not_on_it(contest: Contest) -> None:
    rows = to_outcome(contest)
    user, scope = secretary_of(rows[0].school)
    case = Application.objects.get(pk=rows[0].pk)
    (chair, _other) = chairs()
    version = contest.version()
    answers = at_once(
        lambda: cases.withdraw_application(
            actor=user, scope=scope, application_id=case.pk, lock_version=case.lock_version, reason="退出。"
        ),
        lambda: results.publish_decisions(
            **chair, round_id=contest.round.pk, lock_version=version, number="DC-1", issuer="市委教育工委（演示）",
            starts_on=timezone.localdate(),
        ),
    )  # fmt: skip
    assert set(refusals(answers)) <= {"stale", "no_transition"}
    case.refresh_from_db()
    listed = Application.objects.filter(status="public_notice").count()
    if contest.fresh().status == "notice":
        assert (case.status, listed) in (("public_notice", 2), ("withdrawn", 1))
    else:
        assert (case.status, listed) == ("withdrawn", 0), "refused as a whole; the chair sees who left and goes on"
