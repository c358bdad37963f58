import os
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from portal.workflow.errors import DomainError
from reports.demo.services import load_demo_city, write_accounts

DISTRICT, SCHOOL = "500238", "5002380001"


class Command(BaseCommand):
    help = "Load the demo city (演示数据) into an empty database and write the logins to $PORTAL_DATA/demo.json."

    def handle(self, *args: object, **options: object) -> None:
        started = time.perf_counter()
        url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/"
        try:
            with transaction.atomic():
                loaded = load_demo_city()
                write_accounts(
                    Path(settings.PORTAL_DATA) / "demo.json", url, district_code=DISTRICT, school_code=SCHOOL
                )
        except DomainError as error:
            self.stdout.write(error.message)
            return
        self.stdout.write(
            f"演示数据: {loaded.schools} schools, {loaded.returns} returns, {loaded.values} values, {loaded.facts} facts, "
            f"{loaded.periods} periods in {time.perf_counter() - started:.1f} s"
        )
