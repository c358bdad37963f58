"""A round is data: drafted, copied, published; then only its dates move."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.workflow.errors import DomainError
from projects.selection.models import Round, StageKind
from projects.selection.services import rounds
from projects.selection.services.rounds import copy_round, publish_round, set_stages
from tests.support.city import SmallCity
from tests.support.selection import CRITERIA, QUESTIONS, Contest, make_round, move_to, unit_of, window


def test_a_copy_has_the_rules_form_rubric_quota_and_dates_of_last_year_but_no_seed(contest: Contest) -> None:
    source = contest.round
    new = copy_round(
        **contest.chair, round_id=source.pk, code="dc-2027", title="第四批", official_title="第四批培育创建单位"
    )
    assert (new.status, new.seed, new.copied_from) == ("draft", "", source)
    assert [q.code for q in new.questions.all()] == [q["code"] for q in QUESTIONS]
    assert [c.code for c in new.criteria.all()] == [c["code"] for c in CRITERIA]
    assert new.places.filter(district=contest.city.wuxi).count() == 2
    assert new.places.filter(district=None).count() == 1
    assert {s.kind: s.opens_at.year for s in new.stages.all()} == {
        s.kind: s.opens_at.year + 1 for s in source.stages.all()
    }
    assert new.designation_kind == source.designation_kind
    assert source.questions.count() == len(QUESTIONS), "the source keeps its own"


def test_the_copy_of_a_districts_round_feeds_this_years_city_round(city: SmallCity, contest: Contest) -> None:
    """Never last year's, which is over: the copy of that one, while it can be fed."""
    by = {**contest.by("district_admin"), "title": "区县评审", "official_title": "区县评审"}
    own = make_round(
        city, code="wx-2026", unit=unit_of(city.wuxi), by="district_admin", has_recommendation=False,
        feeds=contest.round, publish=False,
    ).round  # fmt: skip
    assert copy_round(**by, round_id=own.pk, code="wx-2027").feeds is None
    given = {"round_id": contest.round.pk, "title": "第四批", "official_title": "第四批"}
    following = copy_round(**contest.by("city_admin"), **given, code="dc-2027")
    assert copy_round(**by, round_id=own.pk, code="wx-2027b").feeds == following
    Round.objects.filter(pk=following.pk).update(status="cancelled")
    assert copy_round(**by, round_id=own.pk, code="wx-2027c").feeds is None


def test_a_draft_says_everything_that_it_lacks(city: SmallCity) -> None:
    contest = make_round(city, publish=False, target=0, tie_rule=["nonsense"])
    contest.round.questions.all().delete()
    contest.round.stages.filter(kind=StageKind.REVIEW).delete()
    with pytest.raises(DomainError) as refusal:
        publish_round(**contest.chair, round_id=contest.round.pk, lock_version=0)
    assert refusal.value.code == "incomplete"
    for word in ("专家盲评", "申报表", "nonsense", "拟入选数"):
        assert word in refusal.value.message


def test_what_is_published_stands(contest: Contest) -> None:
    with pytest.raises(DomainError) as refusal:
        rounds.set_criteria(**contest.chair, round_id=contest.round.pk, rows=CRITERIA)
    assert refusal.value.code == "published"


def test_stages_follow_one_another(city: SmallCity) -> None:
    contest = make_round(city, publish=False)
    early, late = window(9), window(1)
    with pytest.raises(DomainError) as refusal:
        set_stages(
            **contest.chair, round_id=contest.round.pk,
            stages={StageKind.APPLICATION: late, StageKind.RECOMMENDATION: early},
        )  # fmt: skip
    assert refusal.value.code == "stage_order"
    with pytest.raises(DomainError) as refusal:
        set_stages(**contest.chair, round_id=contest.round.pk, stages={StageKind.APPLICATION: (late[1], late[0])})
    assert refusal.value.code == "stage_length"


def test_a_deadline_moves_only_to_a_later_moment(contest: Contest) -> None:
    stage = contest.round.stages.get(kind=StageKind.APPLICATION)
    given = {**contest.chair, "round_id": contest.round.pk, "kind": StageKind.APPLICATION}
    with pytest.raises(DomainError) as refusal:
        rounds.extend_stage(**given, closes_at=stage.closes_at)
    assert refusal.value.code == "not_later"
    later = stage.closes_at + timedelta(days=2)
    assert rounds.extend_stage(**given, closes_at=later).closes_at == later


@pytest.mark.parametrize("name", ["reviewer", "district_admin", "clerk", "expert", "inspector", "nobody"])
def test_others_do_not_run_the_citys_round(contest: Contest, name: str) -> None:
    with pytest.raises(DomainError) as refusal:
        rounds.extend_stage(
            **contest.by(name), round_id=contest.round.pk, kind=StageKind.APPLICATION, closes_at=timezone.now()
        )
    assert refusal.value.code == "forbidden"


def test_a_district_runs_its_own_rounds_and_no_others(city: SmallCity) -> None:
    own = make_round(city, code="wx-2026", unit=unit_of(city.wuxi), by="district_admin", has_recommendation=False)
    assert own.round.status == "open"
    with pytest.raises(DomainError) as refusal:
        make_round(city, code="jj-2026", unit=unit_of(city.jiangjin), by="district_admin")
    assert refusal.value.code == "forbidden"


def test_two_chairs_publish_once_and_a_double_click_finds_the_first_result(city: SmallCity) -> None:
    contest = make_round(city, publish=False)
    first = publish_round(**contest.chair, round_id=contest.round.pk, lock_version=0)
    again = publish_round(**contest.chair, round_id=contest.round.pk, lock_version=0)
    assert (first.repeated, again.repeated) == (False, True)
    from districts.models import City, Role
    from tests.support.city import make_office

    other = make_office(Role.CITY_ADMIN, unit_of(City.objects.get())).user
    from districts.access import scope_of

    with pytest.raises(DomainError) as refusal:
        publish_round(actor=other, scope=scope_of(other), round_id=contest.round.pk, lock_version=0)
    assert refusal.value.code == "stale"
    assert Round.objects.get(pk=contest.round.pk).lock_version == 1


def test_the_page_says_beforehand_how_ties_are_broken_and_who_is_barred(contest: Contest) -> None:
    page = contest.city.client("secretary").get(f"/selection/rounds/{contest.round.pk}/").content.decode()
    assert "依次比较“深度融合”平均分、中位数、按种子抽签" in page
    assert "已有有效的“培育创建单位”；在一票否决期内" in page


def test_the_chair_is_warned_before_a_draw_that_would_end_the_applications(contest: Contest) -> None:
    chair, path = contest.city.client("city_admin"), f"/selection/rounds/{contest.round.pk}/"
    assert "申报还没有截止" in chair.get(path).content.decode()
    move_to(contest.round, StageKind.RECOMMENDATION)
    assert "申报还没有截止" not in chair.get(path).content.decode()
