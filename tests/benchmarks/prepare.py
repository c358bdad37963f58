"""Servers of a run's own, empty, whatever the environment names; then Django and the reference data."""

import io
import os
import shutil
from pathlib import Path


def prepare(folder: Path) -> None:
    """Must run before anything of Django is imported."""
    for name in ("DATABASE_URL", "REDIS_URL", "TEST_DATA"):
        os.environ.pop(name, None)
    os.environ |= {"PORTAL_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "portal.settings.demo"}
    os.environ["API_REQUESTS_PER_HOUR"] = "100000000"
    from portal import embedded

    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    import django

    django.setup()
    from django.core.management import call_command

    from portal.migrating import options_in_place

    with options_in_place():
        call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    for loader in ("load_districts", "load_catalogue", "load_forms"):
        call_command(loader, stdout=io.StringIO())
