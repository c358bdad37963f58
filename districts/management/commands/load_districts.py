from django.core.management.base import BaseCommand
from django.db import connection

from districts.services.units import load_districts


class Command(BaseCommand):
    help = "Load the city and its districts, current and abolished, from districts/data (safe to run again)."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{load_districts()} units below the city")
        # Too few rows for PostgreSQL to count them by itself. While it takes them for hundreds it reads all the units,
        # every school and branch of the city, to find the names of the districts.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE districts_district")
