import os
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.indicators.models import Period
from reports.rollup.services.facts import rewrite_all_facts
from reports.rollup.services.marks import process_marks, rebuild
from reports.rollup.verify import find_differences


class Command(BaseCommand):
    help = (
        "rebuild: recompute every cell; verify: compare facts and cells with approved returns; sweep: work off marks."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["rebuild", "verify", "sweep"])
        parser.add_argument("--period", action="append", help="code of a period, e.g. 2024; may be repeated")
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="rebuild: periods at a time")
        parser.add_argument("--facts", action="store_true", help="rebuild: write the facts anew first")

    def handle(
        self, *args: object, action: str, period: list[str] | None, facts: bool, workers: int, **options: object
    ) -> None:
        started = time.perf_counter()
        if action == "verify":
            self._verify()
        elif action == "sweep":
            self.stdout.write(f"{process_marks()} periods recomputed")
        else:
            if facts:
                self.stdout.write(f"{rewrite_all_facts()} facts")
            self.stdout.write(f"{rebuild(self._periods(period), workers=max(workers, 1))} periods rebuilt")
        self.stdout.write(f"{time.perf_counter() - started:.2f} s")

    def _periods(self, codes: list[str] | None) -> list[int] | None:
        if not codes:
            return None
        known = dict(Period.objects.filter(code__in=codes).values_list("code", "pk"))
        if unknown := [code for code in codes if code not in known]:
            raise CommandError(f"no such period: {', '.join(unknown)}")
        return list(known.values())

    def _verify(self) -> None:
        differences = list(find_differences())
        for line in differences:
            self.stderr.write(line)
        if differences:
            raise CommandError(f"{len(differences)} differences")
        self.stdout.write("clean: facts, cells and marks agree with the approved returns")
