from django.core.management.base import BaseCommand

from districts.services.units import load_districts


class Command(BaseCommand):
    help = "Load the city and its districts, current and abolished, from districts/data (safe to run again)."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{load_districts()} units below the city")
