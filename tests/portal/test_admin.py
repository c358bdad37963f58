"""The console shows and does not write: there is no way around the services."""

import pytest
from django.contrib import admin
from django.test import Client

from portal.accounts.console import ReadOnlyAdmin
from portal.accounts.models import User
from portal.audit.models import Change
from tests.support.city import SmallCity

OURS = ("accounts", "districts", "registry", "party", "indicators", "collection", "rollup", "workflow", "audit")
REGISTERED = [model for model in admin.site._registry if model._meta.app_label in OURS]


@pytest.fixture
def console(city: SmallCity) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root-user", password="pw-for-tests"))
    return client


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_rows_are_shown_and_not_written(console: Client, model: type) -> None:
    assert isinstance(admin.site._registry[model], ReadOnlyAdmin)
    meta = model._meta  # type: ignore[attr-defined]
    base = f"/admin/{meta.app_label}/{meta.model_name}/"
    assert console.get(base).status_code == 200
    assert console.get(f"{base}?q=x").status_code == 200
    assert console.post(f"{base}add/", {}).status_code == 403
    row = meta.default_manager.first()
    if row is not None:
        assert console.get(f"{base}{row.pk}/change/").status_code == 200
        assert console.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        if model is not User:
            assert console.post(f"{base}{row.pk}/change/", {}).status_code == 403


def test_an_account_is_switched_off_and_that_is_recorded(console: Client, city: SmallCity) -> None:
    user = city.users["clerk"]
    page = f"/admin/accounts/user/{user.pk}/change/"
    console.post(page, {"username": "other", "is_superuser": "on"})
    user.refresh_from_db()
    assert (user.username, user.is_active, user.is_superuser) == ("clerk", False, False)
    change = Change.objects.filter(subject="accounts.user", object_id=str(user.pk)).latest("id")
    assert change.changes == {"is_active": [True, False]}


@pytest.mark.parametrize("name", ["city_admin", "district_admin", "clerk"])
def test_offices_do_not_open_the_console(city: SmallCity, name: str) -> None:
    client = Client()
    client.force_login(city.users[name])
    assert client.get("/admin/").status_code == 302
    User.objects.filter(username=name).update(is_staff=True)
    assert "模型" not in client.get("/admin/").content.decode()
    assert client.get("/admin/districts/office/").status_code == 403
