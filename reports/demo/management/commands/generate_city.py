import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.workflow.errors import DomainError
from reports.demo.services import generate_city


class Command(BaseCommand):
    help = "Fill an empty database with a generated city of any size (演示数据), for measurements."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--schools", type=int, required=True)
        parser.add_argument("--districts", type=int, help="as many as there are, or as schools, if not given")
        parser.add_argument("--periods", type=int, default=1, help="calendar years, the last one the year before this")
        parser.add_argument("--seed", type=int, default=1)

    def handle(
        self, *args: object, schools: int, districts: int | None, periods: int, seed: int, **options: object
    ) -> None:
        if periods < 1:
            raise CommandError("--periods: at least 1 calendar year")
        last = timezone.localdate().year - 1
        started = time.perf_counter()
        try:
            loaded = generate_city(
                schools=schools, districts=districts, years=range(last - periods + 1, last + 1), seed=seed
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{loaded} in {time.perf_counter() - started:.1f} s")
