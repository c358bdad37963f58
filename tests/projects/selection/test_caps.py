"""A kind of title that the city may give so many times a year, over all rounds and decisions at once."""

import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from portal.workflow.errors import DomainError
from projects.selection.models import Application, ApplicationStatus, Decision, Designation, DesignationKind, Round
from projects.selection.selectors.caps import cap_of_round, count_given
from projects.selection.services import designations, results, rounds
from schools.registry.models import School
from tests.support.calendar import well_into_the_year
from tests.support.city import SmallCity, build_small_city
from tests.support.selection import Contest, make_kinds, make_round, move_to, publish, title_of, unit_of

YEAR = timezone.localdate().year


@pytest.fixture(autouse=True)
def _calendar() -> Iterator[None]:
    """A call belongs to the year in which it began to take applications, and here that is this year."""
    with well_into_the_year():
        yield


def capped(most: int) -> DesignationKind:
    kind = make_kinds()
    DesignationKind.objects.filter(pk=kind.pk).update(yearly_cap=most)
    return DesignationKind.objects.get(pk=kind.pk)


def decided(city: SmallCity, code: str, *schools: School) -> Contest:
    """A round whose review is closed, these schools proposed; nothing published yet."""
    contest = make_round(city, code=code, target=2, bars_holders=False, has_recommendation=False, publish=False)
    move_to(contest.round, "deliberation")
    for rank, school in enumerate(schools, 1):
        case = Application.objects.create(
            round=contest.round, holder_kind="school", school=school, district=school.district,
            status=ApplicationStatus.EXPERT_REVIEW,
        )  # fmt: skip
        Decision.objects.create(application=case, rank=rank, sheets=3, score=90 - rank, outcome="select")
    Round.objects.filter(pk=contest.round.pk).update(status="deliberating", seed="1")
    contest.fresh()
    return contest


def test_more_than_the_cap_are_not_published_and_the_refusal_says_how_many(city: SmallCity) -> None:
    kind = capped(3)
    publish(decided(city, "first", city.one, city.two), "N-1")
    second = decided(city, "second", city.one, city.other)
    cap = cap_of_round(second.round)
    assert cap is not None
    assert (cap.year, cap.most, cap.given, cap.left) == (YEAR, 3, 2, 1)
    with pytest.raises(DomainError) as refused:
        publish(second, "N-2")
    assert refused.value.code == "over_cap"
    assert f"{YEAR} 年度已有 2 个，本批拟入选 2 个，多出 1 个" in refused.value.message
    second.fresh()
    assert second.round.status == "deliberating"
    assert set(second.round.applications.values_list("status", flat=True)) == {"expert_review"}
    results.change_decision(
        **second.chair, application_id=second.round.applications.get(school=city.other).pk, outcome="decline",
        reason="年度总数已满",
    )  # fmt: skip
    publish(second, "N-2")
    assert count_given(kind, YEAR) == 3


def test_the_page_of_the_decision_refuses_in_plain_words(city: SmallCity) -> None:
    capped(1)
    contest = decided(city, "first", city.one, city.two)
    client = city.client("city_admin")
    page = client.get(reverse("selection:outcome", args=[contest.round.pk])).content.decode()
    assert f"{YEAR} 年度至多 1 个，已有 0 个" in page
    data = {"number": "N-1", "issuer": "市委教育工委", "starts_on": f"{timezone.localdate()}", "title": "", "intro": ""}
    answer = client.post(reverse("selection:publish", args=[contest.round.pk]), data)
    assert answer.status_code == 422
    assert "每年至多 1 个" in answer.content.decode()


def test_the_database_refuses_whoever_writes(city: SmallCity) -> None:
    capped(1)
    contest = decided(city, "first", city.one, city.two)
    with pytest.raises(IntegrityError, match="more than 1 titles"), transaction.atomic():
        contest.round.applications.update(status="shortlisted")
    contest.round.applications.filter(school=city.one).update(status="announced")
    with pytest.raises(IntegrityError, match="more than 1 titles"), transaction.atomic():
        contest.round.applications.filter(school=city.two).update(status="public_notice")
    # On its way from shortlisted to announced a case is counted once.
    contest.round.applications.filter(school=city.one).update(status="public_notice")


def test_who_leaves_the_list_leaves_room(city: SmallCity) -> None:
    kind = capped(2)
    publish(decided(city, "first", city.one, city.two), "N-1")
    Application.objects.filter(school=city.one).update(status="struck")
    assert count_given(kind, YEAR) == 1
    publish(decided(city, "second", city.other), "N-2")
    assert count_given(kind, YEAR) == 2


def test_titles_recorded_by_hand_count_too_and_are_refused(city: SmallCity) -> None:
    kind = capped(1)
    contest = decided(city, "first", city.one)
    this_year = {"valid_from": date(YEAR, 1, 1), "kind": kind}
    title_of(contest, city.two, **this_year)
    with pytest.raises(DomainError) as refused:
        title_of(contest, city.other, **this_year)
    assert (refused.value.code, refused.value.extra["field"]) == ("over_cap", "valid_from")
    with pytest.raises(DomainError) as refused:
        publish(contest)
    assert refused.value.code == "over_cap"
    with pytest.raises(IntegrityError, match="more than 1 titles"), transaction.atomic():
        Designation.objects.create(
            kind=kind, level="city", holder_kind="school", school=city.one, district=city.wuxi, source="文件",
            official_title="全称", valid_from=date(YEAR, 1, 2), status="active", check_code="X",
            recorded_by=city.users["city_admin"],
        )  # fmt: skip


def test_other_years_other_levels_and_successors_do_not_count(city: SmallCity) -> None:
    kind = capped(1)
    contest = decided(city, "first", city.one)
    title_of(contest, city.two, kind=kind, valid_from=date(YEAR - 1, 12, 31))
    title_of(contest, city.one, kind=kind, valid_from=date(YEAR, 1, 1), level="district", by="district_admin")
    assert count_given(kind, YEAR) == 0
    publish(contest)
    assert count_given(kind, YEAR) == 1


def test_a_round_may_belong_to_another_year_than_its_call(city: SmallCity) -> None:
    kind = capped(1)
    now = decided(city, "now", city.one)
    publish(now, "N-1")
    ahead = decided(city, "ahead", city.two)
    Round.objects.filter(pk=ahead.round.pk).update(year=YEAR + 1)
    publish(ahead, "N-2")
    assert (count_given(kind, YEAR), count_given(kind, YEAR + 1)) == (1, 1)
    copied = rounds.copy_round(
        **ahead.chair, round_id=ahead.round.pk, code="later", title="后年", official_title="后年批次"
    )
    assert copied.year == YEAR + 2


def test_a_district_s_own_round_knows_no_cap_of_the_city(city: SmallCity) -> None:
    capped(0)
    contest = make_round(city, code="own", unit=unit_of(city.wuxi), by="district_admin", publish=False)
    assert cap_of_round(contest.round) is None
    assert not any("年度" in text for text in rounds.missing_parts(contest.round))


def test_a_draft_that_plans_more_than_is_left_is_not_published(city: SmallCity) -> None:
    capped(1)
    contest = make_round(city, target=2, publish=False)
    with pytest.raises(DomainError) as refused:
        rounds.publish_round(**contest.chair, round_id=contest.round.pk, lock_version=0)
    assert f"{YEAR} 年度只剩 1 个" in refused.value.message


def test_kinds_without_a_cap_are_as_they_were(contest: Contest, decided: list[Application]) -> None:
    publish(contest)
    assert cap_of_round(contest.round) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", ["services", "bare"])
def test_two_decisions_at_once_cannot_both_have_the_last_places(write: str) -> None:
    """Three places; two chairs publish two each at the same moment. One is refused, by the service or the trigger."""
    city = build_small_city()
    kind = capped(3)
    both = [decided(city, "first", city.one, city.two), decided(city, "second", city.one, city.other)]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(60)
            act()
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        except IntegrityError as error:
            outcomes.append("over_cap" if "more than 3 titles" in str(error) else str(error))
        finally:
            connection.close()

    def bare(contest: Contest) -> object:
        with transaction.atomic():
            return contest.round.applications.update(status="shortlisted")

    def service(contest: Contest) -> object:
        return publish(contest, f"N-{contest.round.pk}")

    chosen = service if write == "services" else bare
    threads = [threading.Thread(target=run, args=(lambda c=c: chosen(c),)) for c in both]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "over_cap"]
    assert count_given(kind, YEAR) == 2


def test_a_title_that_follows_an_accepted_one_takes_no_place(city: SmallCity) -> None:
    kind = capped(1)
    contest = decided(city, "first")
    first = title_of(contest, city.one, kind=kind, valid_from=date(YEAR, 1, 1))
    holder = Designation(holder_kind="school", school=city.two, predecessor=first)
    designations.record_designation(
        **contest.by("city_admin"), holder=holder, kind=kind, level="city", batch="", official_title="后继", source="期满",
        valid_from=date(YEAR, 1, 2),
    )  # fmt: skip
    assert count_given(kind, YEAR) == 1
