"""From a registered topic through a call to a funded one: who may apply, what a title does, the city's 30 a year."""

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import Journal, Unit
from portal.workflow.errors import DomainError
from projects.selection.models import (
    Application,
    ApplicationStatus,
    Decision,
    Designation,
    DesignationKind,
    PublicNotice,
    Round,
    StageKind,
)
from projects.selection.selectors.caps import count_given
from projects.selection.selectors.cases import list_candidates
from projects.selection.services import designations, notices, rounds
from projects.selection.services.applications import begin_application
from projects.topics.models import Regulation, Topic
from projects.topics.requirements import not_applicable
from projects.topics.selectors.calls import get_year_cap
from projects.topics.services import topics as registry
from projects.topics.services.awards import award_topic
from tests.support.calendar import well_into_the_year
from tests.support.city import build_small_city
from tests.support.selection import Contest, move_to, publish, title_of
from tests.support.topics import Topics, ago, build_topics, details, fresh, today

YEAR = timezone.localdate().year
CAP = 30


@pytest.fixture(autouse=True)
def _calendar() -> Iterator[None]:
    """A call belongs to the year in which it began to take applications, and here that is this year."""
    with well_into_the_year():
        yield


def refused(act: Any, *args: Any, **given: Any) -> DomainError:
    with pytest.raises(DomainError) as found:
        act(*args, **given)
    return found.value


def decided(topics: Topics, code: str, count: int, **given: Any) -> Contest:
    """A call whose review is closed: this many topics of one school proposed, nothing published."""
    contest = topics.call(code, has_recommendation=False, **given)
    school, clerk = topics.city.one, topics.city.users["clerk"]
    rows = [
        Topic(
            school=school, status="registered", title=f"{code}课题研究{n:02d}", field="members", leader="教师 0001",
            members=3, summary="研究", promised="报告", saved_by=clerk,
        )
        for n in range(count)
    ]  # fmt: skip
    for rank, topic in enumerate(Topic.objects.bulk_create(rows), 1):
        case = Application.objects.create(
            round=contest.round, holder_kind="topic", school=school, district=school.district, subject_id=topic.pk,
            subject_title=topic.title, status=ApplicationStatus.EXPERT_REVIEW,
        )  # fmt: skip
        Decision.objects.create(application=case, rank=rank, sheets=3, score=90, outcome="select")
    Round.objects.filter(pk=contest.round.pk).update(status="deliberating", seed="1")
    contest.fresh()
    return contest


def announced(contest: Contest, number: str) -> None:
    publish(contest, number)
    PublicNotice.objects.filter(round=contest.round).update(starts_on=ago(20), ends_on=ago(1))
    notices.announce_round(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())


def test_a_topic_applies_in_a_call_and_is_funded_when_it_is_announced(topics: Topics) -> None:
    topic = topics.registered()
    contest = topics.call(year=YEAR, has_recommendation=False)
    scope = topics.by("clerk")["scope"]
    (candidate,) = list_candidates(scope=scope, round_=contest.round)
    assert candidate.label == "支部建在年级组的实践研究（云台小学）"
    case = topics.applied(contest, topic)
    Application.objects.filter(pk=case.pk).update(status="expert_review")
    Decision.objects.create(application=case, rank=1, sheets=3, score=88, outcome="select")
    Round.objects.filter(pk=contest.round.pk).update(status="deliberating", seed="1")
    announced(contest, "N-1")
    topic = fresh(topic)
    assert topic.designation is not None
    assert (topic.status, topic.year, topic.number, topic.is_city) == ("funded", YEAR, 1, True)
    assert (topic.designation.round_id, topic.designation.application_id) == (contest.round.pk, case.pk)
    assert Journal.objects.filter(topic="school.topics", unit_id=topic.school_id).exists()
    assert list_candidates(scope=scope, round_=contest.round) == []


def test_numbers_run_within_the_year_of_the_call_and_not_of_the_day(topics: Topics) -> None:
    announced(decided(topics, "now", 2), "N-1")
    announced(decided(topics, "more", 1, target=28), "N-2")
    announced(decided(topics, "ahead", 1, year=YEAR + 1), "N-3")
    codes = [t.code for t in Topic.objects.order_by("year", "number")]
    assert codes == [f"{YEAR}-01", f"{YEAR}-02", f"{YEAR}-03", f"{YEAR + 1}-01"]


def test_the_city_funds_thirty_a_year_and_not_one_more(topics: Topics) -> None:
    announced(decided(topics, "first", 28), "N-1")
    second = decided(topics, "second", 3, target=2)
    Round.objects.filter(pk=second.round.pk).update(target=3)
    error = refused(publish, second, "N-2")
    assert error.code == "over_cap"
    assert f"每年至多 {CAP} 个：{YEAR} 年度已有 28 个，本批拟入选 3 个，多出 1 个" in error.message
    Decision.objects.filter(application__round=second.round, rank=3).update(outcome="decline")
    announced(second, "N-2")
    cap = get_year_cap()
    assert cap is not None
    assert (cap.given, cap.left, Topic.objects.filter(status="funded").count()) == (CAP, 0, CAP)
    # Neither a title recorded by hand nor a bare write makes it 31.
    error = refused(topics.funded, topics.city.two, since=date(YEAR, 1, 1), title="第三十一项课题研究")
    assert error.code == "over_cap"
    third = Application.objects.get(round=second.round, decision__rank=3)
    with pytest.raises(IntegrityError, match="more than 30 titles"), transaction.atomic():
        Application.objects.filter(pk=third.pk).update(status="announced")
    assert topics.funded(topics.city.two, since=date(YEAR - 1, 12, 31), title="上一年的课题研究").year == YEAR - 1


@pytest.mark.django_db(transaction=True)
def test_two_chairs_who_decide_at_once_do_not_fund_thirty_one() -> None:
    topics = build_topics(build_small_city())
    both = [decided(topics, "first", 16), decided(topics, "second", 15)]
    start, outcomes = threading.Barrier(2), []

    def run(contest: Contest) -> None:
        try:
            start.wait(60)
            publish(contest, f"N-{contest.round.pk}")
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(contest,)) for contest in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "over_cap"]
    assert count_given(DesignationKind.objects.get(code="research-topic"), YEAR) in (15, 16)


def test_who_may_not_apply(topics: Topics) -> None:
    contest = topics.call()
    topic = topics.registered()
    by = topics.by("clerk")
    # Nothing that is only typed, nothing of another school, nothing that was dropped.
    typed = {"round_id": contest.round.pk, "school": topics.city.one}
    assert refused(begin_application, **by, **typed, subject_title="临时写的题目").code == "subject"
    foreign = topics.registered(topics.city.two)
    assert refused(begin_application, **by, **typed, subject_id=foreign.pk).code == "subject"
    topics.applied(contest, topic)
    # One call of a level at a time, one topic once.
    again = topics.call("topics-2")
    error = refused(
        begin_application, **by, round_id=again.round.pk, school=topics.city.one, subject_id=topic.pk
    )  # fmt: skip
    assert (error.code, "正在“topics-1课题”申报" in error.message) == ("not_eligible", True)
    same = begin_application(**by, **typed, subject_id=topic.pk)
    assert same.round_id == contest.round.pk


def test_a_topic_in_a_call_is_not_changed_or_dropped(topics: Topics) -> None:
    topic = topics.registered()
    topics.applied(topics.call(), topic)
    by: dict[str, Any] = {**topics.by("clerk"), "topic_id": topic.pk}
    error = refused(registry.change_topic, **by, seen=topic.saved_at.isoformat(), details=details("换一个题目来研究"))
    assert (error.code, "正在“topics-1课题”申报" in error.message) == ("applied", True)
    assert refused(registry.drop_topic, **by, lock_version=0, reason="不做了").code == "applied"
    Application.objects.update(status="declined")
    changed = registry.change_topic(**by, seen=topic.saved_at.isoformat(), details=details("换一个题目来研究"))
    assert changed.title == "换一个题目来研究"
    assert registry.drop_topic(**by, lock_version=0, reason="不做了").obj.status == "dropped"
    assert refused(registry.change_topic, **by, seen="", details=details()).code == "locked"


def test_a_topic_is_registered_by_its_own_school_once(topics: Topics) -> None:
    topics.registered()
    assert refused(topics.registered).code == "already"
    for name in ("clerk_two", "reviewer", "city_admin", "expired"):
        error = refused(
            registry.register_topic, **topics.by(name), school=topics.city.one, details=details("另一个题目的研究")
        )
        assert error.code == "forbidden"


@pytest.mark.parametrize("lacking", ["holder", "rules"])
def test_a_call_without_topics_or_rules_is_not_published(topics: Topics, lacking: str) -> None:
    contest = topics.call(publish=False)
    if lacking == "holder":
        Round.objects.filter(pk=contest.round.pk).update(holder_kind="school")
    else:
        Regulation.objects.all().delete()
    error = refused(rounds.publish_round, **contest.chair, round_id=contest.round.pk, lock_version=0)
    assert ("申报主体须是课题" if lacking == "holder" else "还没有课题管理规则") in error.message


def test_a_title_that_the_register_names_becomes_a_topic(topics: Topics) -> None:
    contest = topics.call()
    kind = DesignationKind.objects.get(code="research-topic")
    holder = Designation(holder_kind="topic", school=topics.city.one, subject_title="登记在册的课题")
    row = designations.record_designation(
        **contest.by("city_admin"), holder=holder, kind=kind, level="city", batch="", official_title="年度课题",
        source="文件", valid_from=ago(400),
    )  # fmt: skip
    topic = fresh(Topic.objects.get(title="登记在册的课题"))
    assert (topic.status, topic.year, topic.designation) == ("funded", ago(400).year, row)
    row.refresh_from_db()
    assert row.subject_id == topic.pk


def test_other_titles_make_no_topic(topics: Topics) -> None:
    topic = topics.registered()
    title_of(topics.call(), topics.city.one)
    assert fresh(topic).status == "registered"
    title = Designation(
        kind=DesignationKind.objects.get(code="research-topic"), level="national", holder_kind="topic",
        school=topics.city.one, subject_id=topic.pk, subject_title=topic.title, valid_from=today(),
        recorded_by=topics.city.users["city_admin"],
    )  # fmt: skip
    award_topic(title)
    assert fresh(topic).status == "registered"


def test_a_title_that_is_taken_back_ends_the_topic(topics: Topics) -> None:
    topic = topics.at("opened")
    title = topic.designation
    assert title is not None
    designations.withdraw_designation(
        **topics.by("city_admin"), designation_id=title.pk, lock_version=title.lock_version, reason="一票否决"
    )
    assert (fresh(topic).status, fresh(topic).ended_on) == ("terminated", today())
    closed = topics.at("closed", topics.city.two)
    assert closed.designation is not None
    designations.withdraw_designation(
        **topics.by("city_admin"), designation_id=closed.designation_id, lock_version=closed.designation.lock_version,
        reason="一票否决",
    )  # fmt: skip
    assert fresh(closed).status == "closed"


def test_a_topic_of_a_district_may_be_funded_by_the_city_too(topics: Topics) -> None:
    topic = topics.at("opened", level="district", since=ago(200))
    assert (topic.is_city, topic.unit) == (False, Unit.objects.get(pk=topics.city.wuxi.pk))
    case = topics.applied(topics.call(), topic)
    assert case.subject_id == topic.pk
    promoted = topics.fund(topic)
    assert (promoted.status, promoted.is_city, promoted.number) == ("opened", True, 1)
    assert promoted.awarded_on == topic.awarded_on


def test_the_chair_sets_another_funding_before_the_contract(topics: Topics) -> None:
    topic = topics.funded()
    given: dict[str, Any] = {"topic_id": topic.pk, "lock_version": topic.lock_version, "reason": "重点课题"}
    for name in ("city_staff", "clerk", "district_admin"):
        assert refused(registry.set_amount, **topics.by(name), **given, amount=1).code == "forbidden"
    assert refused(registry.set_amount, **topics.by("city_admin"), **given, amount=1_000_001).code == "amount"
    registry.set_amount(**topics.by("city_admin"), **given, amount=20000)
    topics.settled(topic, "contract", "agreed")
    assert (fresh(topic).amount, fresh(topic).status) == (20000, "contracted")
    given["lock_version"] = fresh(topic).lock_version
    assert refused(registry.set_amount, **topics.by("city_admin"), **given, amount=5).code == "no_transition"


def test_the_chair_ends_a_topic_and_its_title(topics: Topics) -> None:
    topic = topics.at("contracted")
    given: dict[str, Any] = {"topic_id": topic.pk, "lock_version": topic.lock_version, "reason": "逾期未开题"}
    for name in ("city_staff", "clerk", "district_admin"):
        assert refused(registry.terminate_topic, **topics.by(name), **given).code == "forbidden"
    first = registry.terminate_topic(**topics.by("city_admin"), **given)
    again = registry.terminate_topic(**topics.by("city_admin"), **given)
    assert (first.repeated, again.repeated) == (False, True)
    topic = fresh(topic)
    assert topic.designation is not None
    assert (topic.status, topic.designation.status) == ("terminated", "withdrawn")


def test_outside_the_application_stage_nothing_is_begun(topics: Topics) -> None:
    contest = topics.call()
    move_to(contest.round, StageKind.REVIEW)
    refused(topics.applied, contest, topics.registered())
    assert not Application.objects.exists()


def test_many_cases_of_a_call_are_looked_at_as_one_is(topics: Topics) -> None:
    """Registered or not, in another call or not: each its own answer, for the same number of queries."""
    contest, other = topics.call(), topics.call("topics-2")
    assert contest.round.designation_kind.code == "research-topic"
    rows = [topics.registered(title=f"支部建在年级组的实践研究之{n}") for n in range(6)]
    registry.drop_topic(**topics.by("clerk"), topic_id=rows[0].pk, lock_version=0, reason="不再研究")
    topics.applied(other, rows[1])
    cases = [
        Application(round=contest.round, holder_kind="topic", school=topics.city.one, subject_id=topic.pk)
        for topic in rows
    ]
    seen = []
    for some in (cases[:1], cases):
        with CaptureQueriesContext(connection) as queries:
            answers = not_applicable(contest.round, some)
        seen.append(len(queries))
    assert answers[0].startswith("课题须先登记")
    assert answers[1] == f"这个课题正在“{other.round.title}”申报。"
    assert answers[2:] == [""] * 4
    assert seen == [2, 2]
