"""The life of a return: draft → submitted → returned → submitted → approved; reopened only with a reason."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from districts.access import scope_of
from portal.workflow.errors import DomainError, StaleError
from portal.workflow.models import Event
from reports.collection.models import Return, ReturnStatus, Value, Verdict
from reports.collection.services.extensions import extend_return
from reports.collection.services.progress import (
    approve_return,
    reopen_return,
    send_back_return,
    submit_return,
    withdraw_return,
)
from reports.collection.services.values import save_value
from reports.rollup.models import Fact
from tests.support.city import SmallCity, approve, fill, report, submit
from tests.support.standing import standing


def _given(city: SmallCity, name: str, record: Return) -> dict[str, object]:
    record.refresh_from_db()
    return {
        "actor": city.users[name], "scope": city.scope(name), "return_id": record.pk, "lock_version": record.lock_version,
    }  # fmt: skip


@standing
def submitted(city: SmallCity, draft: Return) -> Return:
    assert fill(draft, city.users["clerk"], G05D=100, G05N=90, G01=9, G02=8) == {}
    return submit(draft, city.users["clerk"])


def test_the_whole_way(city: SmallCity, submitted: Return) -> None:
    send_back_return(**_given(city, "reviewer", submitted), reasons={"G05N": "与名册不一致。"})
    submitted.refresh_from_db()
    assert submitted.status == ReturnStatus.RETURNED
    save_value(actor=city.users["clerk"], scope=city.scope("clerk"), return_id=submitted.pk, code="G05N", text="88")
    submit(submitted, city.users["clerk"])
    approved = approve(submitted, city.users["reviewer"])
    assert approved.status == ReturnStatus.APPROVED
    assert [e.action for e in Event.objects.filter(object_id=submitted.pk).order_by("id")] == [
        "submit", "return", "submit", "approve",
    ]  # fmt: skip
    assert Fact.objects.get(school_id=city.one.pk, indicator__code="G05N").value == 88


def test_only_the_returned_cells_reopen(city: SmallCity, submitted: Return) -> None:
    send_back_return(**_given(city, "reviewer", submitted), reasons={"G05N": "请核对。"})
    with pytest.raises(DomainError) as refusal:
        save_value(actor=city.users["clerk"], scope=city.scope("clerk"), return_id=submitted.pk, code="G01", text="1")
    assert refusal.value.code == "cell_locked"
    assert Value.objects.get(return_record=submitted, indicator__code="G01").number == 9


@pytest.mark.parametrize("reasons", [{}, {"G05N": "  "}, {"G05N": "好", "NONE": "x"}, {"X18": ""}])
def test_sending_back_needs_cells_with_reasons(city: SmallCity, submitted: Return, reasons: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        send_back_return(**_given(city, "reviewer", submitted), reasons=reasons)
    submitted.refresh_from_db()
    assert submitted.status == ReturnStatus.SUBMITTED
    assert not Value.objects.filter(return_record=submitted, verdict=Verdict.RETURNED).exists()


def test_an_empty_cell_blocks_until_it_is_explained(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"], G05D="", G05N="")
    with pytest.raises(DomainError) as refusal:
        submit(draft, city.users["clerk"])
    assert set(refusal.value.extra["cells"]) == {"G05D", "G05N"}
    for code in ("G05D", "G05N"):
        save_value(
            actor=city.users["clerk"], scope=city.scope("clerk"), return_id=draft.pk, code=code, text="",
            remark="本季没有召开党员大会。",
        )  # fmt: skip
    assert submit(draft, city.users["clerk"]).status == ReturnStatus.SUBMITTED


def test_a_part_may_not_exceed_its_whole(city: SmallCity, draft: Return) -> None:
    assert "不能大于" in fill(draft, city.users["clerk"], G05D=100, G05N=101)["G05N"]
    assert Value.objects.filter(return_record=draft, indicator__code="G05N", number=101).count() == 0


def test_a_double_submission_is_one(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"])
    given = _given(city, "clerk", draft)
    assert submit_return(**given).repeated is False
    assert submit_return(**given).repeated is True
    assert Event.objects.filter(object_id=draft.pk).count() == 1


def test_two_reviewers_one_wins_the_other_is_told(city: SmallCity, submitted: Return) -> None:
    first, second = _given(city, "reviewer", submitted), _given(city, "reviewer2", submitted)
    approve_return(**first)
    with pytest.raises(StaleError, match="刚被别人更新"):
        send_back_return(**second, reasons={"G01": "请核对。"})
    submitted.refresh_from_db()
    assert submitted.status == ReturnStatus.APPROVED


def test_who_handed_in_does_not_approve(city: SmallCity, draft: Return) -> None:
    from districts.models import Role
    from tests.support.city import make_office

    both = city.users["clerk"]
    make_office(Role.DISTRICT_REVIEWER, city.wuxi, both)
    fill(draft, both)
    submit(draft, both)
    with pytest.raises(DomainError) as refusal:
        approve(draft, both)
    assert refusal.value.code == "four_eyes"


@pytest.mark.parametrize(
    "name", ["clerk", "clerk_two", "other_reviewer", "city_staff", "inspector", "expert", "nobody"]
)
def test_who_may_not_approve(city: SmallCity, submitted: Return, name: str) -> None:
    with pytest.raises(DomainError) as refusal:
        approve_return(**_given(city, name, submitted))
    assert refusal.value.code == "forbidden"


@pytest.mark.parametrize("name", ["clerk_two", "reviewer", "other_clerk", "city_admin", "expired"])
def test_who_may_not_submit(city: SmallCity, draft: Return, name: str) -> None:
    fill(draft, city.users["clerk"])
    with pytest.raises(DomainError) as refusal:
        submit_return(**_given(city, name, draft))
    assert refusal.value.code == "forbidden"


def test_a_school_takes_back_what_nobody_has_decided(city: SmallCity, submitted: Return) -> None:
    withdraw_return(**_given(city, "secretary", submitted))
    submitted.refresh_from_db()
    assert submitted.status == ReturnStatus.DRAFT
    submit(submitted, city.users["clerk"])
    approve(submitted, city.users["reviewer"])
    with pytest.raises(DomainError) as refusal:
        withdraw_return(**_given(city, "secretary", submitted))
    assert refusal.value.code == "no_transition"


def test_nobody_takes_back_what_could_not_be_handed_in_again(city: SmallCity, submitted: Return) -> None:
    client = city.client("clerk")
    page = f"/returns/{submitted.pk}/"
    assert f"{page}withdraw/" in client.get(page).content.decode()
    Return.objects.filter(pk=submitted.pk).update(closes_on=timezone.localdate() - timedelta(days=1))
    shown = client.get(page).content.decode()
    assert f"{page}withdraw/" not in shown
    assert "不能撤回" in shown
    answer = client.post(f"{page}withdraw/", {"lock_version": submitted.lock_version})
    assert "撤回后就不能再提交" in answer.content.decode()
    submitted.refresh_from_db()
    assert submitted.status == ReturnStatus.SUBMITTED
    approve(submitted, city.users["reviewer"])


def test_the_day_proposed_for_an_extension_is_one_that_helps(city: SmallCity, draft: Return) -> None:
    today = timezone.localdate()
    Return.objects.filter(pk=draft.pk).update(opens_on=today - timedelta(days=60), closes_on=today - timedelta(days=30))
    page = city.client("reviewer").get(f"/returns/{draft.pk}/")
    assert page.context["proposed_until"] > today
    assert f'value="{page.context["proposed_until"]:%Y-%m-%d}"' in page.content.decode()
    later = today + timedelta(days=90)
    Return.objects.filter(pk=draft.pk).update(closes_on=later)
    assert city.client("reviewer").get(f"/returns/{draft.pk}/").context["proposed_until"] == later


def test_reopening_needs_a_reason_and_takes_the_facts_back(city: SmallCity) -> None:
    record = report("meeting", "2026Q1", city.one, city.users["clerk"], city.users["reviewer"], G01=9)
    assert Fact.objects.filter(school_id=city.one.pk, derived=False).exists()
    with pytest.raises(DomainError):
        reopen_return(**_given(city, "reviewer", record), reason=" ")
    assert Fact.objects.filter(school_id=city.one.pk, derived=False).exists()
    reopen_return(**_given(city, "reviewer", record), reason="学校来函更正。")
    assert not Fact.objects.filter(school_id=city.one.pk, derived=False).exists()


def test_after_the_window_the_form_is_locked_until_it_is_extended(city: SmallCity, draft: Return) -> None:
    fill(draft, city.users["clerk"])
    yesterday = timezone.localdate() - timedelta(days=1)
    Return.objects.filter(pk=draft.pk).update(closes_on=yesterday)
    with pytest.raises(DomainError, match="延期"):
        submit(draft, city.users["clerk"])
    with pytest.raises(DomainError):
        extend_return(
            actor=city.users["clerk"],
            scope=city.scope("clerk"),
            return_id=draft.pk,
            until=timezone.localdate(),
            reason="停电。",
        )
    extend_return(
        actor=city.users["reviewer"],
        scope=city.scope("reviewer"),
        return_id=draft.pk,
        until=timezone.localdate(),
        reason="停电。",
    )
    assert submit(draft, city.users["clerk"]).status == ReturnStatus.SUBMITTED


@pytest.mark.parametrize("statement", ["UPDATE workflow_event SET comment = 'x'", "DELETE FROM workflow_event"])
def test_events_are_append_only(city: SmallCity, submitted: Return, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_somebody_else_was_faster_in_the_same_cell(city: SmallCity, draft: Return) -> None:
    save_value(actor=city.users["clerk"], scope=city.scope("clerk"), return_id=draft.pk, code="G01", text="9", seen="")
    with pytest.raises(StaleError, match="已改为 9") as refusal:
        save_value(
            actor=city.users["secretary"],
            scope=city.scope("secretary"),
            return_id=draft.pk,
            code="G01",
            text="7",
            seen="",
        )
    assert refusal.value.extra["theirs"] == "9"


def test_a_successor_in_the_office_goes_on(city: SmallCity, submitted: Return) -> None:
    from districts.models import Role
    from tests.support.city import make_office, make_user

    late = make_user()
    make_office(Role.DISTRICT_REVIEWER, city.wuxi, late)
    given = {"actor": late, "scope": scope_of(late), "return_id": submitted.pk, "lock_version": submitted.lock_version}
    assert approve_return(**given).obj.status == ReturnStatus.APPROVED
