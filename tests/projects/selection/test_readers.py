"""Who may read the cases under their names does not judge them blind: not registered, not drawn, not seated, not let in."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from districts.models import City, Office, Role
from portal.workflow.errors import DomainError
from projects.selection.models import Application, Assignment, Conflict, ConflictKind, Expert, StageKind
from projects.selection.services import panel, sheets
from tests.support.city import FOUNDED, make_office, make_user
from tests.support.selection import (
    Contest,
    accept,
    add_experts,
    expert_of,
    hand_in,
    move_to,
    recommend,
    unit_of,
)

CITY_ROLES = [Role.CITY_ADMIN, Role.CITY_STAFF, Role.INSPECTOR]


def _office(**given: Any) -> Office:
    return make_office(Role.EXPERT, unit_of(City.objects.get()), make_user(), **given)


def _becomes(expert: Expert, role: str, unit: Any = None) -> None:
    make_office(role, unit or unit_of(City.objects.get()), expert.office.user)


def _ready(contest: Contest) -> None:
    case = accept(contest, hand_in(contest, contest.city.one))
    move_to(contest.round, StageKind.RECOMMENDATION)
    recommend(contest, contest.city.wuxi, [case])
    move_to(contest.round, StageKind.REVIEW)


def _draw(contest: Contest) -> None:
    panel.draw_panel(**contest.chair, round_id=contest.round.pk, lock_version=contest.version(), seed="s")


@pytest.mark.parametrize("role", CITY_ROLES)
def test_whoever_reads_everything_is_not_registered(contest: Contest, role: str) -> None:
    office = _office()
    make_office(role, unit_of(City.objects.get()), office.user)
    with pytest.raises(DomainError) as refusal:
        panel.register_expert(**contest.chair, office=office, expertise=[], employer=None)
    assert (refusal.value.code, refusal.value.extra["field"]) == ("reads_cases", "office")
    assert "市级任职" in refusal.value.message
    assert not Expert.objects.exists()


def test_an_office_that_is_over_or_reads_elsewhere_bars_nobody_from_the_register(contest: Contest) -> None:
    former, abroad = _office(), _office()
    make_office(Role.CITY_STAFF, unit_of(City.objects.get()), former.user, since=FOUNDED, until=timezone.localdate())
    make_office(Role.DISTRICT_REVIEWER, unit_of(contest.city.jiangjin), abroad.user)
    for office in (former, abroad):
        assert panel.register_expert(**contest.chair, office=office, expertise=[], employer=None).is_active


def test_the_draw_seats_nobody_who_has_come_to_read_everything(contest: Contest) -> None:
    reader, *free = add_experts(contest, 4)
    _becomes(reader, Role.INSPECTOR)
    _ready(contest)
    _draw(contest)
    assert set(Assignment.objects.values_list("expert", flat=True)) == {expert.pk for expert in free}
    assert set(Conflict.objects.values_list("expert", "kind")) == {(reader.pk, ConflictKind.READS)}


def test_the_chair_is_told_why_a_panel_is_short(contest: Contest) -> None:
    reader = add_experts(contest, 3)[0]
    _becomes(reader, Role.CITY_STAFF)
    _ready(contest)
    with pytest.raises(DomainError, match="1 名专家因市级任职可查阅材料，不参加抽取") as refusal:
        _draw(contest)
    assert refusal.value.code == "panel_short"


def test_a_district_office_bars_from_the_cases_of_that_district_only(contest: Contest) -> None:
    own, away, *_rest = add_experts(contest, 4)
    _becomes(own, Role.DISTRICT_REVIEWER, unit_of(contest.city.wuxi))
    _becomes(away, Role.DISTRICT_REVIEWER, unit_of(contest.city.jiangjin))
    _ready(contest)
    _draw(contest)
    seated = set(Assignment.objects.values_list("expert", flat=True))
    assert own.pk not in seated
    assert away.pk in seated


def test_a_seat_that_comes_free_goes_to_nobody_who_reads(contest: Contest, drawn: list[Application]) -> None:
    case = drawn[0]
    seats = case.assignments.select_related("expert__office__user")
    spare = next(e for e in contest.experts if e.pk not in {seat.expert_id for seat in seats})
    _becomes(spare, Role.CITY_STAFF)
    late = seats[0]
    _outcome, seated = sheets.replace_expert(
        **contest.chair, assignment_id=late.pk, lock_version=late.lock_version, reason="逾期未评。"
    )
    assert seated is None


def _attempts(sheet: Assignment) -> dict[str, Any]:
    by = {**expert_of(sheet), "assignment_id": sheet.pk}
    return {
        "declare": lambda: sheets.declare_free(**by), "save": lambda: sheets.save_comment(**by, comment="好。"),
        "submit": lambda: sheets.submit_sheet(**by, lock_version=sheet.lock_version),
        "report": lambda: sheets.report_leak(**by, note="看到校名。"),
    }  # fmt: skip


@pytest.mark.parametrize("role", [*CITY_ROLES, Role.DISTRICT_ADMIN])
def test_an_office_that_comes_later_closes_the_sheets_that_are_assigned(
    contest: Contest, drawn: list[Application], role: str
) -> None:
    case = drawn[0]
    sheet = case.assignments.select_related("expert__office__user")[0]
    sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk)
    client = Client()
    client.force_login(sheet.expert.office.user)
    assert client.get(f"/selection/panel/{sheet.pk}/").status_code == 200
    _becomes(sheet.expert, role, unit_of(contest.city.wuxi) if role == Role.DISTRICT_ADMIN else None)
    answer = client.get(f"/selection/panel/{sheet.pk}/")
    assert answer.status_code == 403
    assert "您现在的任职可以查阅这份申报材料" in answer.content.decode()
    assert client.get(f"/selection/panel/{sheet.pk}/files/1/").status_code == 403
    for attempt in _attempts(sheet).values():
        with pytest.raises(DomainError) as refusal:
            attempt()
        assert (refusal.value.code, refusal.value.status) == ("reads_case", 403)
    chair = Client()
    chair.force_login(contest.city.users["city_admin"])
    page = chair.get(f"/selection/rounds/{contest.round.pk}/panel/").content.decode()
    assert ("现有市级任职" in page) == (role != Role.DISTRICT_ADMIN)


def test_the_office_of_another_district_closes_no_sheet(contest: Contest, drawn: list[Application]) -> None:
    """Nor does one that begins tomorrow."""
    case = drawn[0]
    sheet = case.assignments.select_related("expert__office__user")[0]
    _becomes(sheet.expert, Role.DISTRICT_ADMIN, unit_of(contest.city.jiangjin))
    tomorrow = timezone.localdate() + timedelta(days=1)
    make_office(Role.CITY_STAFF, unit_of(City.objects.get()), sheet.expert.office.user, since=tomorrow)
    assert sheets.declare_free(**expert_of(sheet), assignment_id=sheet.pk).declared_at


def test_who_was_barred_is_replaced_and_the_next_one_may_score(contest: Contest, drawn: list[Application]) -> None:
    case = drawn[0]
    sheet = case.assignments.select_related("expert__office__user")[0]
    _becomes(sheet.expert, Role.CITY_STAFF)
    _outcome, seated = sheets.replace_expert(
        **contest.chair, assignment_id=sheet.pk, lock_version=sheet.lock_version, reason="已任市级职务。"
    )
    assert seated is not None
    assert sheets.declare_free(**expert_of(seated), assignment_id=seated.pk).declared_at
