from django.core.management import call_command
from django.core.management.base import BaseCommand

from portal.migrating import options_in_place


class Command(BaseCommand):
    help = "Bring the database and the static files of a demo up to date, in one process; data that are there stay."

    def handle(self, *args: object, **options: object) -> None:
        with options_in_place():
            call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        for loader in (
            "load_districts", "load_catalogue", "load_forms", "load_kinds", "load_standard", "load_regulation",
            "load_demo",
        ):  # fmt: skip
            call_command(loader, stdout=self.stdout)
