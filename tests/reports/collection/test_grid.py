"""Every state × every action × every role: what is allowed, and that everything else is refused and changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from districts.access import scope_of
from districts.models import City, Role, Unit
from portal.workflow.errors import DomainError
from portal.workflow.models import Event
from reports.collection.models import Return, ReturnStatus
from reports.collection.process import RETURN_PROCESS
from reports.collection.services.extensions import extend_return
from reports.collection.services.progress import (
    approve_return,
    reopen_return,
    send_back_return,
    submit_return,
    withdraw_return,
)
from reports.collection.services.questions import ask_question
from reports.collection.services.values import save_value
from reports.collection.services.verdicts import keep_verdicts
from tests.support.city import SmallCity, fill, make_office, make_user, open_form, submit

SCHOOL = (Role.SCHOOL_SECRETARY, Role.SCHOOL_CLERK)
DISTRICT = (Role.DISTRICT_REVIEWER, Role.DISTRICT_ADMIN)

ACTIONS: dict[str, Callable[..., Any]] = {
    "save": lambda lock_version, **given: save_value(**given, code="G05N", text="88"),
    "submit": submit_return,
    "withdraw": withdraw_return,
    "return": lambda **given: send_back_return(**given, reasons={"G05N": "请核对。"}),
    "approve": approve_return,
    "reopen": lambda **given: reopen_return(**given, reason="学校来函更正。"),
    "keep": lambda **given: keep_verdicts(**given, verdicts={"G05N": ("passed", "")}),
    "extend": lambda lock_version, **given: extend_return(
        **given, until=timezone.localdate() + timedelta(days=9), reason="停电。"
    ),
    "ask": lambda lock_version, **given: ask_question(**given, code="G05N", text="名册有几人？"),
}
# (state, action) → who may; whatever is not named here is forbidden to everybody.
ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    (ReturnStatus.DRAFT, "save"): SCHOOL,
    (ReturnStatus.DRAFT, "submit"): SCHOOL,
    (ReturnStatus.RETURNED, "save"): SCHOOL,
    (ReturnStatus.RETURNED, "submit"): SCHOOL,
    (ReturnStatus.SUBMITTED, "withdraw"): SCHOOL,
    (ReturnStatus.SUBMITTED, "return"): DISTRICT,
    (ReturnStatus.SUBMITTED, "approve"): DISTRICT,
    (ReturnStatus.SUBMITTED, "keep"): DISTRICT,
    (ReturnStatus.APPROVED, "reopen"): (*DISTRICT, Role.CITY_ADMIN),
    (ReturnStatus.DRAFT, "extend"): DISTRICT,
    (ReturnStatus.RETURNED, "extend"): DISTRICT,
    **{(state, "ask"): DISTRICT for state in ReturnStatus.values},
}
UNIT_OF = {
    **dict.fromkeys(SCHOOL, "school"),
    Role.BRANCH_SECRETARY: "school",
    **dict.fromkeys(DISTRICT, "district"),
    **dict.fromkeys((Role.CITY_ADMIN, Role.CITY_STAFF, Role.EXPERT, Role.INSPECTOR, Role.API_CLIENT), "city"),
}
NOBODY = "none"


@pytest.fixture
def in_state(city: SmallCity) -> Callable[[str], Return]:
    """The same return, taken to a state by the services."""

    def build(state: str) -> Return:
        record = open_form("meeting", "2026Q1", city.one)
        clerk, reviewer = city.users["clerk"], city.users["reviewer"]
        assert fill(record, clerk, G05D=100, G05N=90) == {}
        if state == ReturnStatus.DRAFT:
            return record
        submit(record, clerk)
        record.refresh_from_db()
        given = {
            "actor": reviewer, "scope": scope_of(reviewer), "return_id": record.pk, "lock_version": record.lock_version,
        }  # fmt: skip
        if state == ReturnStatus.RETURNED:
            send_back_return(**given, reasons={"G05N": "请核对。"})
            save_value(actor=clerk, scope=scope_of(clerk), return_id=record.pk, code="G05N", text="89")
        if state == ReturnStatus.APPROVED:
            approve_return(**given)
        record.refresh_from_db()
        return record

    return build


def test_the_grid_knows_every_state_action_and_role() -> None:
    assert {state for state, _action in ALLOWED} <= set(ReturnStatus.values)
    assert set(RETURN_PROCESS.actions) <= set(ACTIONS)
    assert set(UNIT_OF) == set(Role.values)
    declared = {(step.source, step.action): set(step.roles) for step in RETURN_PROCESS.transitions}
    assert declared == {key: set(ALLOWED[key]) for key in declared}


@pytest.mark.parametrize("action", list(ACTIONS))
@pytest.mark.parametrize("state", ReturnStatus.values)
def test_state_action_role(city: SmallCity, in_state: Callable[[str], Return], state: str, action: str) -> None:
    """Every role in turn, each from the same beginning: what one did is rolled back before the next."""
    record = in_state(state)
    units: dict[str, Unit] = {"school": city.one, "district": city.wuxi, "city": City.objects.get()}
    allowed = []
    for role in [*Role.values, NOBODY]:
        actor = make_user()
        if role != NOBODY:
            make_office(role, units[UNIT_OF[role]], actor)
        given = {
            "actor": actor, "scope": scope_of(actor), "return_id": record.pk, "lock_version": record.lock_version,
        }  # fmt: skip
        if _take(ACTIONS[action], given, record, state):
            allowed.append(role)
    assert set(allowed) == set(ALLOWED.get((state, action), ()))


def _take(act: Callable[..., Any], given: dict[str, Any], record: Return, state: str) -> bool:
    """Whether the step was taken. A refusal is one of the two kinds, and leaves neither event nor change behind."""
    events = Event.objects.count()
    status = 200
    with transaction.atomic():
        try:
            act(**given)
        except DomainError as error:
            status = error.status
        if status != 200:
            assert status in (403, 409)
            assert Event.objects.count() == events
            record.refresh_from_db()
            assert record.status == state
        transaction.set_rollback(True)
    return status == 200
