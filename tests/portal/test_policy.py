"""The content security policy stands on every answer, in the words of the settings."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

HEADER = "Content-Security-Policy"


def words(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))  # type: ignore[misc]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"), [("/accounts/login/", 200), ("/nowhere/", 404), ("/api/v1/units/", 401), ("/health/", 200)]
)
def test_every_answer_has_the_policy(client: Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    told = words(answer.headers[HEADER])
    directives: dict[str, Any] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert told == {name: " ".join(map(str, sources)) for name, sources in directives.items()}


@pytest.mark.django_db
def test_other_settings_are_other_words(client: Client, settings: Any) -> None:
    client.get("/accounts/login/")
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'none'"], "img-src": ["'self'"]}}
    assert words(client.get("/accounts/login/").headers[HEADER]) == {"default-src": "'none'", "img-src": "'self'"}
