from django.core.management.base import BaseCommand, CommandError

from portal.workflow.errors import DomainError
from reports.collection.services.forms import load_forms


class Command(BaseCommand):
    help = "Load the forms from their data file (safe to run again)."

    def handle(self, *args: object, **options: object) -> None:
        try:
            self.stdout.write(f"{load_forms()} forms")
        except DomainError as error:
            raise CommandError(error.message) from error
