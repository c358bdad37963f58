"""Who signs in during a run: offices made for it, sessions and tokens as the portal makes them."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from districts.models import City, Office, OfficeToken, Role, Unit
from portal.accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CSRF = "b" * 32


def make_office(role: str, unit: Unit, name: str) -> tuple[User, Office]:
    user, _new = User.objects.get_or_create(username=name, defaults={"display_name": name})
    office, _new = Office.objects.get_or_create(
        user=user, role=role, unit=unit, defaults={"valid_from": date(2022, 9, 1)}
    )
    return user, office


def make_token() -> str:
    """A token of a city office that may only read."""
    user, office = make_office(Role.API_CLIENT, City.objects.get(), "bench-client")
    instance, token = OfficeToken.objects.create(user=user, expiry=timedelta(days=1))
    OfficeToken.objects.filter(pk=instance.pk).update(office=office)
    return str(token)


def sign_in(user: Any) -> dict[str, str]:
    """Headers of a signed-in browser: session and CSRF cookies, and the CSRF header that its forms send."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"Cookie": f"sessionid={session.session_key}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
