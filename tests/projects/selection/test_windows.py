"""Every step has its dates: a second before they begin and from the second in which they end it is refused, in words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from portal.ui.formats import show_begin
from portal.workflow.errors import DomainError
from projects.selection.models import PublicNotice, Stage, StageKind
from projects.selection.selectors.desk import get_list
from projects.selection.services import applications as cases
from projects.selection.services import notices, recommendations, results
from projects.selection.services.eligibility import accept_many
from tests.support.selection import (
    Contest,
    accept,
    hand_in,
    move_to,
    publish,
    recommend,
    score,
    secretary_of,
    to_outcome,
    to_review,
)

Call = Callable[[], Any]
SECOND = timedelta(seconds=1)


def _check(step: str) -> Callable[[Contest], Call]:
    def prepare(contest: Contest) -> Call:
        case = hand_in(contest, contest.city.one)
        by = {**contest.by("reviewer"), "application_id": case.pk, "lock_version": 1}
        calls: dict[str, Call] = {
            "accept": lambda: cases.accept_application(**by),
            "refuse": lambda: cases.refuse_application(**by, reason="不是本批次对象。"),
            "send_back": lambda: cases.send_back_application(**by, reason="请补充数据。"),
        }
        return calls[step]

    return prepare


def _save_list(contest: Contest) -> Call:
    case = accept(contest, hand_in(contest, contest.city.one))
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    entries = [recommendations.Entry(case.pk, False, "基础好。")]
    return lambda: recommendations.save_list(**contest.by("reviewer"), list_id=held.pk, entries=entries)


def _send_list(contest: Contest) -> Call:
    save = _save_list(contest)
    move_to(contest.round, StageKind.RECOMMENDATION)
    save()
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    return lambda: recommendations.send_list(**contest.by("reviewer"), list_id=held.pk, lock_version=0)


def _reopen_list(contest: Contest) -> Call:
    case = accept(contest, hand_in(contest, contest.city.one))
    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, contest.city.wuxi, [case])
    held = get_list(round_=contest.round, district=contest.city.wuxi)
    return lambda: recommendations.reopen_list(**contest.chair, list_id=held.pk, lock_version=1, reason="补一家。")


def _close_review(contest: Contest) -> Call:
    for case in to_review(contest):
        for sheet in case.assignments.all():
            score(sheet)
    return lambda: results.close_review(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())


def _decide(contest: Contest) -> Call:
    case = to_outcome(contest)[0]
    return lambda: results.change_decision(
        **contest.chair, application_id=case.pk, outcome="decline", reason="集体审议决定。"
    )


def _publish(contest: Contest) -> Call:
    to_outcome(contest)
    return lambda: results.publish_decisions(
        **contest.chair, round_id=contest.round.pk, lock_version=contest.version(), number="DC-9", issuer="市委教育工委",
        starts_on=timezone.localdate(),
    )  # fmt: skip


def _announce(contest: Contest) -> Call:
    to_outcome(contest)
    publish(contest)
    over = timezone.localdate() - timedelta(days=9)
    PublicNotice.objects.update(starts_on=over, ends_on=over + timedelta(days=6))
    return lambda: notices.announce_round(**contest.chair, round_id=contest.round.pk, lock_version=contest.version())


STEPS: dict[str, tuple[str, Callable[[Contest], Call]]] = {
    "accept": (StageKind.ELIGIBILITY, _check("accept")), "refuse": (StageKind.ELIGIBILITY, _check("refuse")),
    "send_back": (StageKind.ELIGIBILITY, _check("send_back")), "save_list": (StageKind.RECOMMENDATION, _save_list),
    "send_list": (StageKind.RECOMMENDATION, _send_list), "reopen_list": (StageKind.RECOMMENDATION, _reopen_list),
    "close_review": (StageKind.REVIEW, _close_review), "decide": (StageKind.DELIBERATION, _decide),
    "publish": (StageKind.DELIBERATION, _publish), "announce": (StageKind.ANNOUNCEMENT, _announce),
}  # fmt: skip


def _only(contest: Contest, kind: str) -> tuple[datetime, datetime]:
    """Only this stage lies around today; every other one was over long ago."""
    move_to(contest.round, kind, alone=True)
    opens = timezone.now().replace(microsecond=0)
    Stage.objects.filter(round=contest.round, kind=kind).update(opens_at=opens, closes_at=opens + timedelta(hours=2))
    return opens, opens + timedelta(hours=2)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_within_its_dates_to_the_second(contest: Contest, step: str) -> None:
    kind, prepare = STEPS[step]
    call = prepare(contest)
    opens, closes = _only(contest, kind)
    for moment in (opens - SECOND, closes, closes + SECOND):
        with time_machine.travel(moment, tick=False), pytest.raises(DomainError) as refusal:
            call()
        assert (refusal.value.code, refusal.value.status) == ("closed", 409)
        assert f"“{StageKind(kind).label}”的时间是 {show_begin(opens)}" in refusal.value.message
        assert ("延期" in refusal.value.message) == (moment >= closes), "who may help is said when it is too late"
    for moment in (opens, closes - SECOND):
        with time_machine.travel(moment, tick=False), transaction.atomic():
            call()
            transaction.set_rollback(True)


def test_a_step_without_dates_is_bound_by_none(contest: Contest) -> None:
    case = hand_in(contest, contest.city.one)
    move_to(contest.round, StageKind.APPLICATION, alone=True)
    with pytest.raises(DomainError, match="资格审核"):
        accept(contest, case)
    contest.round.stages.filter(kind=StageKind.ELIGIBILITY).delete()
    assert accept(contest, case).status == "district_review"


def test_what_came_back_mended_is_checked_while_the_districts_recommend(contest: Contest) -> None:
    back, fresh = hand_in(contest, contest.city.one), hand_in(contest, contest.city.two)
    cases.send_back_application(**contest.by("reviewer"), application_id=back.pk, lock_version=1, reason="补数据。")
    move_to(contest.round, StageKind.RECOMMENDATION)
    user, scope = secretary_of(contest.city.one)
    cases.submit_application(actor=user, scope=scope, application_id=back.pk, lock_version=2)
    with pytest.raises(DomainError, match="资格审核"):
        accept(contest, fresh)
    versions = {back.pk: 3, fresh.pk: 1}
    accepted, refused = accept_many(**contest.by("reviewer"), round_id=contest.round.pk, versions=versions)
    assert accepted == [back]
    assert [row.application for row in refused] == [fresh]
    assert "资格审核" in refused[0].reason
