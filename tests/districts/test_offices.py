"""Appointing, handing over, ending; the successor sees what the predecessor left open."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from districts.access import scope_of
from districts.models import Office, OfficeToken, Role
from districts.selectors.offices import list_offices
from districts.services.offices import (
    appoint,
    create_token,
    end_office,
    hand_over,
    reset_password,
    revoke_token,
)
from portal.workflow.errors import DomainError
from reports.collection.selectors.returns import list_tasks
from tests.support.city import SmallCity, open_form

TODAY = timezone.localdate


def _appoint(city: SmallCity, by: str, unit: object, role: str = Role.SCHOOL_CLERK, username: str = "newcomer"):
    return appoint(
        actor=city.users[by], scope=city.scope(by), unit=unit, role=role, username=username,
        display_name="教师 0099", since=TODAY(),
    )  # fmt: skip


def test_a_district_administrator_appoints_in_the_own_district(city: SmallCity) -> None:
    result = _appoint(city, "district_admin", city.two)
    assert result.office.unit_id == city.two.pk
    assert len(result.password) == 14
    assert result.office.user.check_password(result.password)
    assert result.office.user.must_change_password


@pytest.mark.parametrize("by", ["reviewer", "clerk", "other_reviewer", "city_staff", "nobody"])
def test_nobody_else_appoints(city: SmallCity, by: str) -> None:
    with pytest.raises(DomainError) as refusal:
        _appoint(city, by, city.one)
    assert refusal.value.code == "forbidden"


def test_not_in_another_district_and_not_at_the_city(city: SmallCity) -> None:
    for unit in (city.other, city.jiangjin, city.wuxi.city):
        with pytest.raises(DomainError, match="只有"):
            _appoint(city, "district_admin", unit)


def test_a_school_has_no_reviewer(city: SmallCity) -> None:
    with pytest.raises(DomainError) as refusal:
        _appoint(city, "district_admin", city.one, role=Role.DISTRICT_REVIEWER)
    assert refusal.value.code == "role_level"


def test_an_account_of_another_district_cannot_be_taken_over(city: SmallCity) -> None:
    with pytest.raises(DomainError) as refusal:
        _appoint(city, "district_admin", city.one, username="other_clerk")
    assert refusal.value.code == "username_taken"


def test_a_successor_sees_what_the_predecessor_left_open(city: SmallCity) -> None:
    open_form("meeting", "2026Q1", city.one)
    office = Office.objects.get(user=city.users["clerk"], valid_to=None)
    result = hand_over(
        actor=city.users["district_admin"], scope=city.scope("district_admin"), office_id=office.pk,
        username="successor", display_name="教师 0100", on=TODAY(),
    )  # fmt: skip
    assert result.office.predecessor == office
    assert [t.record.form.code for t in list_tasks(scope=scope_of(result.office.user))] == ["meeting"]
    assert not scope_of(city.users["clerk"])


def test_nobody_ends_the_own_office(city: SmallCity) -> None:
    office = Office.objects.get(user=city.users["district_admin"])
    with pytest.raises(DomainError) as refusal:
        end_office(actor=office.user, scope=city.scope("district_admin"), office_id=office.pk, on=TODAY())
    assert refusal.value.code == "own_office"


def test_a_token_ends_with_its_office(city: SmallCity) -> None:
    office = Office.objects.get(user=city.users["reviewer"])
    token = create_token(actor=office.user, scope=city.scope("reviewer"), office_id=office.pk, name="大屏")
    headers = {"Authorization": f"Token {token}"}
    assert Client().get("/api/v1/units/", headers=headers).status_code == 200
    end_office(actor=city.users["district_admin"], scope=city.scope("district_admin"), office_id=office.pk, on=TODAY())
    assert Client().get("/api/v1/units/", headers=headers).status_code == 401


def test_a_token_expires_and_is_revoked(city: SmallCity) -> None:
    office = Office.objects.get(user=city.users["reviewer"])
    token = create_token(actor=office.user, scope=city.scope("reviewer"), office_id=office.pk, name="x", days=1)
    row = OfficeToken.objects.get(office=office)
    headers = {"Authorization": f"Token {token}"}
    OfficeToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert Client().get("/api/v1/units/", headers=headers).status_code == 401
    OfficeToken.objects.update(expiry=timezone.now() + timedelta(days=1))
    assert Client().get("/api/v1/units/", headers=headers).status_code == 200
    revoke_token(actor=city.users["clerk"], token_digest=row.digest)
    assert Client().get("/api/v1/units/", headers=headers).status_code == 200, "not the own token"
    revoke_token(actor=office.user, token_digest=row.digest)
    assert Client().get("/api/v1/units/", headers=headers).status_code == 401


def test_a_token_is_made_for_the_own_office_only(city: SmallCity) -> None:
    office = Office.objects.get(user=city.users["reviewer"])
    with pytest.raises(DomainError) as refusal:
        create_token(actor=city.users["clerk"], scope=city.scope("clerk"), office_id=office.pk, name="x")
    assert refusal.value.code == "not_yours"


def test_a_new_password_ends_open_sessions_and_must_be_changed(city: SmallCity) -> None:
    clerk = Client()
    clerk.force_login(city.users["clerk"])
    assert clerk.get("/returns/").status_code == 200
    office = Office.objects.get(user=city.users["clerk"], valid_to=None)
    password = reset_password(
        actor=city.users["district_admin"], scope=city.scope("district_admin"), office_id=office.pk
    )
    assert clerk.get("/returns/").status_code == 302
    assert clerk.post("/accounts/login/", {"login": "clerk", "password": password}).status_code == 302
    assert clerk.get("/returns/").headers["Location"] == "/accounts/password/change/"
    chosen = "a-quiet-garden-7"
    clerk.post("/accounts/password/change/", {"oldpassword": password, "password1": chosen, "password2": chosen})
    assert clerk.get("/returns/").status_code == 200


def test_offices_are_listed_in_the_scope(city: SmallCity) -> None:
    names = {o.user.username for o in list_offices(scope=city.scope("district_admin"))}
    assert "clerk" in names
    assert "other_clerk" not in names
    assert "expired" not in names
    assert "expired" in {o.user.username for o in list_offices(scope=city.scope("district_admin"), ended=True)}


def test_pages_of_the_administrator(city: SmallCity) -> None:
    client = Client()
    client.force_login(city.users["district_admin"])
    assert "云台小学" in client.get("/units/offices/").content.decode()
    done = client.post(
        f"/units/offices/at/{city.one.code}/",
        {"role": "school_clerk", "username": "fresh-clerk", "display_name": "教师 0101", "since": str(TODAY())},
        follow=True,
    )
    assert "只显示这一次" in done.content.decode()
    assert client.get("/units/offices/first-password/", follow=True).redirect_chain, "a second look shows nothing"
    again = client.post(
        f"/units/offices/at/{city.one.code}/",
        {"role": "school_clerk", "username": "other_clerk", "since": str(TODAY())},
    )
    assert again.status_code == 422
    assert 'value="other_clerk"' in again.content.decode()
    assert client.get(f"/units/offices/at/{city.other.code}/").status_code == 404
    client.force_login(city.users["reviewer"])
    assert client.get("/units/offices/").status_code == 403
