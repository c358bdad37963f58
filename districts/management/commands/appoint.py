from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from districts.access import Grant, Scope
from districts.models import City, Role, Unit
from districts.services.offices import appoint
from portal.accounts.models import User
from portal.workflow.errors import DomainError


class Command(BaseCommand):
    help = (
        "Give somebody an office from the command line and print the first password once: how the first city "
        "administrator of a new installation comes in. Everybody after that is appointed on the pages."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("unit", help="code of the unit, 500000 for the city")
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="name shown on the pages; the user name by default")

    def handle(self, *args: object, role: str, unit: str, username: str, name: str, **options: object) -> None:
        city = City.objects.first()
        place = Unit.objects.filter(code=unit).first()
        if city is None or place is None:
            raise CommandError(f"no unit {unit}: run load_districts first, or check the code")
        # Whoever may run commands on the server is the city's administrator for as long as the command runs.
        scope = Scope(None, (Grant(0, Role.CITY_ADMIN, city.level, city.pk),))
        try:
            result = appoint(
                actor=User(),
                scope=scope,
                unit=place,
                role=role,
                username=username,
                display_name=name,
                since=timezone.localdate(),
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{result.office}: {username}")
        if result.password:
            self.stdout.write(f"first password, to be changed at the first sign-in: {result.password}")
