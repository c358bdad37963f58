"""The test database is a copy of a migrated one, made once for each state of the migration files."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tests.support import template

pytestmark = pytest.mark.django_db


def kept() -> list[str]:
    rows = template.run("SELECT datname FROM pg_database WHERE datname LIKE %s", f"{template.PREFIX}%")
    return [name for (name,) in rows]


def test_one_template_is_kept_and_found_again() -> None:
    (name,) = kept()
    assert template.migrated_template() == name == connection.settings_dict["TEST"]["TEMPLATE"]
    assert kept() == [name]


def test_an_edited_migration_asks_for_another_template(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    before = template._fingerprint()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001_initial.py").write_text("edited")
    monkeypatch.setattr(apps.get_app_config("districts"), "path", str(tmp_path))
    assert template._fingerprint() != before


def test_nothing_is_left_to_migrate() -> None:
    call_command("migrate", check_unapplied=True, verbosity=0)
