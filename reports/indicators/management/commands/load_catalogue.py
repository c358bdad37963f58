from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from reports.indicators.catalogue import CatalogueError
from reports.indicators.services.catalogue import load_catalogue, load_targets
from reports.indicators.services.periods import ensure_periods

FIRST_YEAR, LAST_YEAR = 2022, 2030


class Command(BaseCommand):
    help = "Load programmes, indicators, periods and example targets from their data files (safe to run again)."

    def handle(self, *args: object, **options: object) -> None:
        try:
            with transaction.atomic():
                indicators = load_catalogue()
                periods = ensure_periods(range(FIRST_YEAR, LAST_YEAR + 1))
                targets = load_targets()
        except CatalogueError as error:
            raise CommandError(f"The catalogue is refused, nothing was written:\n{error}") from error
        self.stdout.write(f"{indicators} indicators and elements, {periods} periods, {targets} new targets")
