"""Offices become a scope; everything is narrowed by it, and it fails closed."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from districts.access import NOBODY, ensure_within, get_within, scope_of, scope_of_office, within
from districts.models import District, Office, Role, Unit
from schools.registry.models import School
from tests.support.city import SmallCity, make_office, make_user


def test_who_sees_which_schools(city: SmallCity) -> None:
    def seen(name: str) -> set[str]:
        return set(within(School.objects.all(), city.scope(name)).values_list("name", flat=True))

    assert seen("clerk") == {"云台小学"}
    assert seen("reviewer") == {"云台小学", "城厢中学"}
    assert seen("other_reviewer") == {"聚奎中学"}
    assert seen("city_staff") == {"云台小学", "城厢中学", "聚奎中学"}
    assert seen("expert") == seen("expired") == seen("nobody") == set()


def test_no_office_is_an_empty_scope(city: SmallCity) -> None:
    assert scope_of(city.users["nobody"]) == scope_of(city.users["nobody"], on=timezone.localdate())
    assert not scope_of(city.users["nobody"])
    assert scope_of(None) is NOBODY


def test_an_inactive_account_has_no_scope(city: SmallCity) -> None:
    user = city.users["city_admin"]
    user.is_active = False
    assert scope_of(user) is NOBODY


def test_an_office_counts_from_its_first_day_to_the_day_before_its_end(city: SmallCity) -> None:
    today = timezone.localdate()
    user = make_user()
    make_office(Role.DISTRICT_REVIEWER, city.wuxi, user, since=today, until=today + timedelta(days=1))
    assert not scope_of(user, on=today - timedelta(days=1))
    assert scope_of(user, on=today)
    assert not scope_of(user, on=today + timedelta(days=1))


def test_two_offices_add_up_but_a_token_carries_one(city: SmallCity) -> None:
    user = make_user()
    first = make_office(Role.SCHOOL_CLERK, city.one, user)
    make_office(Role.SCHOOL_CLERK, city.other, user)
    assert within(School.objects.all(), scope_of(user)).count() == 2
    assert within(School.objects.all(), scope_of_office(first)).get() == city.one


def test_a_model_without_a_lookup_is_invisible_below_the_city(city: SmallCity) -> None:
    assert not within(District.objects.all(), city.scope("clerk")).exists()


def test_out_of_scope_is_not_found(city: SmallCity) -> None:
    with pytest.raises(Http404):
        get_within(School.objects.all(), city.scope("other_clerk"), pk=city.one.pk)


def test_a_write_that_leaves_the_scope_is_rolled_back(city: SmallCity) -> None:
    with pytest.raises(PermissionDenied):
        ensure_within(city.other, city.scope("reviewer"))
    ensure_within(city.one, city.scope("reviewer"))


def test_units_are_reached_through_every_level(city: SmallCity) -> None:
    names = set(within(Unit.objects.all(), city.scope("district_admin")).values_list("name", flat=True))
    assert {"巫溪县", "云台小学", "城厢中学"} <= names
    assert "江津区" not in names
    assert "聚奎中学" not in names


def test_offices_of_a_district_are_its_own_and_its_schools(city: SmallCity) -> None:
    users = set(within(Office.objects.all(), city.scope("district_admin")).values_list("user__username", flat=True))
    assert {"reviewer", "clerk", "secretary", "clerk_two"} <= users
    assert not users & {"other_clerk", "other_reviewer", "city_staff"}
