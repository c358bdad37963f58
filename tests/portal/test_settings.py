"""Settings from the environment: production guesses nothing, the demo keeps what it made up."""

import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from portal.settings.secret import kept_secret
from tests.support.servers import ROOT, environment

COMPLETE = {
    "SECRET_KEY": "a-long-random-string-for-a-test-" * 2,
    "ALLOWED_HOSTS": "portal.example,www.portal.example",
    "DATABASE_URL": "postgres://portal:secret@db.example:5432/portal?sslmode=require",
    "REDIS_URL": "redis://cache.example:6379/4",
}
SHOW = """
import django
from django.conf import settings
django.setup()
database = settings.DATABASES["default"]
print(settings.ALLOWED_HOSTS, database["HOST"], database["NAME"], database["OPTIONS"]["sslmode"])
print(settings.CACHES["default"]["LOCATION"], settings.CELERY_BROKER_URL, settings.DEBUG, settings.PORTAL_DEMO)
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT)
"""


def start_production(data: Path, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
        env=environment(data, DJANGO_SETTINGS_MODULE="portal.settings.production", **given),
    )  # fmt: skip


@pytest.mark.parametrize("missing", [("REDIS_URL",), ("SECRET_KEY", "DATABASE_URL"), tuple(COMPLETE)])
def test_production_names_every_missing_variable_and_does_not_start(tmp_path: Path, missing: tuple[str, ...]) -> None:
    given = {name: value for name, value in COMPLETE.items() if name not in missing}
    # A variable that is there but empty says as little as none.
    refused = start_production(tmp_path / "data", {**given, missing[0]: " "})
    assert refused.returncode != 0
    told = refused.stderr.rsplit("environment variables:", 1)[1]
    assert [name for name in COMPLETE if f"  {name}: " in told] == [name for name in COMPLETE if name in missing]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "change-me"),
        ("SECRET_KEY", "django-insecure-" + "x" * 50),
        ("DATABASE_URL", "sqlite:///portal.sqlite3"),
        ("REDIS_URL", "locmemcache://"),
    ],
)
def test_production_does_not_start_on_what_is_no_secret_and_no_server(tmp_path: Path, name: str, value: str) -> None:
    refused = start_production(tmp_path / "data", {**COMPLETE, name: value})
    assert refused.returncode != 0
    told = refused.stderr.rsplit("environment variables hold:", 1)[1]
    assert [known for known in COMPLETE if f"  {known}: " in told] == [name]
    assert value not in refused.stderr, "a secret does not go into a log"


def test_production_starts_with_all_of_them_and_starts_no_server(tmp_path: Path) -> None:
    started = start_production(tmp_path / "data", COMPLETE)
    assert started.returncode == 0, started.stderr
    assert started.stdout.splitlines() == [
        "['portal.example', 'www.portal.example'] db.example portal require",
        "redis://cache.example:6379/5 redis://cache.example:6379/4 False False",
        "True True True",
    ]
    assert not (tmp_path / "data").exists()


def test_the_secret_of_the_demo_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    first = kept_secret(path)
    assert len(first) >= 50
    assert kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.django_db
def test_days_in_statements_are_those_of_the_city() -> None:
    """At one in the morning it is today in Chongqing and still yesterday in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT timestamptz '2026-11-29T17:00:00Z'::date, current_setting('TimeZone')")
        assert cursor.fetchone() == (date(2026, 11, 30), settings.TIME_ZONE)
