"""A title that lives: recorded, checked, accepted, renewed, withdrawn; it counts only while it is valid."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from districts.models import Journal
from portal.workflow.errors import DomainError
from projects.selection.models import Designation
from projects.selection.process import DESIGNATION_PROCESS
from projects.selection.selectors.designations import list_valid
from projects.selection.services import designations as titles
from tests.support.city import SmallCity
from tests.support.selection import Contest, title_of
from tests.support.standing import standing

TODAY = timezone.localdate


@standing
def unit(contest: Contest) -> Designation:
    """A city 培育创建单位 of a year ago."""
    return title_of(contest, contest.city.one)


def _step(contest: Contest, row: Designation, action: Any, by: str = "city_admin", **given: Any) -> Any:
    row.refresh_from_db()
    values = {"finding": "集体研究通过。", **given} if action is not titles.withdraw_designation else given
    return action(**contest.by(by), designation_id=row.pk, lock_version=row.lock_version, **values)


def test_it_counts_only_inside_its_dates_and_states(contest: Contest, unit: Designation) -> None:
    valid = {"kind": "dc-cultivation", "level": "city"}
    assert list_valid(on=TODAY(), **valid).get() == unit
    assert not list_valid(on=unit.valid_from - timedelta(days=1), **valid)
    assert not list_valid(on=unit.valid_to, **valid), "the first day after the term"
    assert list_valid(on=unit.valid_to - timedelta(days=1), **valid)
    _step(contest, unit, titles.withdraw_designation, reason="出现师德失范。")
    assert not list_valid(on=TODAY(), **valid)
    assert list_valid(on=TODAY() - timedelta(days=1), **valid), "what was, was"


def test_the_whole_life_from_build_to_demonstration(contest: Contest, unit: Designation) -> None:
    with pytest.raises(DomainError, match="中期检查还没有通过"):
        _step(contest, unit, titles.accept_designation)
    _step(contest, unit, titles.order_rectification, finding="品牌内涵不清，三个月内整改。")
    _step(contest, unit, titles.pass_midterm)
    _step(contest, unit, titles.delay_acceptance, until=unit.valid_to + timedelta(days=90))
    _outcome, successor = _step(contest, unit, titles.accept_designation)
    unit.refresh_from_db()
    assert (unit.status, unit.ended_on) == ("accepted", TODAY())
    assert (successor.kind.code, successor.predecessor, successor.status) == ("dc-demonstration", unit, "active")
    assert list_valid(on=TODAY(), kind="dc-demonstration").get() == successor
    assert not list_valid(on=TODAY(), kind="dc-cultivation")
    renewed = _step(contest, successor, titles.renew_designation, until=successor.valid_to + timedelta(days=365))
    assert renewed.obj.valid_to > successor.valid_to


def test_a_failed_build_ends(contest: Contest, unit: Designation) -> None:
    _step(contest, unit, titles.pass_midterm)
    assert _step(contest, unit, titles.fail_acceptance, finding="未达到验收标准。").obj.status == "failed"
    assert not list_valid(on=TODAY(), kind="dc-cultivation")


def test_every_change_leaves_a_note_for_the_roll_up(contest: Contest, unit: Designation) -> None:
    Journal.objects.all().delete()
    _step(contest, unit, titles.pass_midterm)
    assert list(Journal.objects.values_list("topic", "unit_id")) == [("school.designation", contest.city.one.pk)]


@pytest.mark.parametrize("name", ["reviewer", "district_admin", "secretary", "expert", "inspector", "nobody"])
def test_a_title_of_the_city_is_kept_by_the_city(contest: Contest, unit: Designation, name: str) -> None:
    for attempt in (
        lambda: title_of(contest, contest.city.two, by=name),
        lambda: _step(contest, unit, titles.withdraw_designation, by=name, reason="x"),
    ):
        with pytest.raises(DomainError) as refusal, transaction.atomic():
            attempt()
        assert refusal.value.code == "forbidden"


def test_a_district_keeps_its_own_titles(contest: Contest) -> None:
    row = title_of(contest, contest.city.one, by="district_admin", level="district")
    assert _step(contest, row, titles.pass_midterm, by="reviewer").obj.midterm_passed_on == TODAY()
    with pytest.raises(DomainError):
        title_of(contest, contest.city.other, by="district_admin", level="district")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"source": " "}, "source"),
        ({"valid_from": date(2999, 1, 1)}, "date"),
        ({"valid_to": date(1999, 1, 1)}, "date"),
    ],
)
def test_what_is_recorded_by_hand_has_a_source_and_sane_dates(contest: Contest, given: Any, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        title_of(contest, contest.city.two, **given)
    assert refusal.value.code == code


def test_the_same_title_twice_is_refused(contest: Contest, unit: Designation) -> None:
    with pytest.raises(DomainError) as refusal:
        title_of(contest, contest.city.one)
    assert refusal.value.code == "already"


CHECK, CHAIR = {"city_admin", "city_staff"}, {"city_admin"}
GRID: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("cultivating", "pass_midterm"): ("passed_midterm", CHECK),
    ("cultivating", "rectify"): ("rectifying", CHECK),
    ("rectifying", "pass_midterm"): ("passed_midterm", CHECK),
    ("cultivating", "accept"): ("accepted", CHAIR),
    ("passed_midterm", "accept"): ("accepted", CHAIR),
    ("delayed", "accept"): ("accepted", CHAIR),
    ("cultivating", "delay"): ("delayed", CHAIR),
    ("passed_midterm", "delay"): ("delayed", CHAIR),
    ("cultivating", "fail"): ("failed", CHAIR),
    ("passed_midterm", "fail"): ("failed", CHAIR),
    ("delayed", "fail"): ("failed", CHAIR),
    ("active", "renew"): ("active", CHAIR),
    **{
        (s, "withdraw"): ("withdrawn", CHAIR)
        for s in ("cultivating", "rectifying", "passed_midterm", "delayed", "active")
    },
}


def test_every_state_action_and_person(city: SmallCity, contest: Contest, unit: Designation) -> None:
    from portal.workflow.services import perform
    from projects.selection.rules.access import roles_on_designation

    for state in DESIGNATION_PROCESS.states:
        Designation.objects.filter(pk=unit.pk).update(status=state)
        for action in DESIGNATION_PROCESS.actions:
            for name in ("city_admin", "city_staff", "district_admin", "reviewer", "secretary", "expert", "nobody"):
                scope = city.scope(name)
                target, who = GRID.get((state, action), ("no_transition", set()))
                savepoint = transaction.savepoint()
                try:
                    result = perform(
                        actor=city.users[name], process=DESIGNATION_PROCESS, model=Designation, pk=unit.pk,
                        action=action, lock_version=unit.lock_version, comment="x",
                        roles=lambda row, scope=scope: roles_on_designation(scope, row),
                    ).obj.status  # fmt: skip
                except DomainError as refusal:
                    result = refusal.code
                transaction.savepoint_rollback(savepoint)
                expected = target if name in who or target == "no_transition" else "forbidden"
                assert result == expected, (state, action, name)
