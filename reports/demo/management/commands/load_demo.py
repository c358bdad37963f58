import os
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from portal.settings.env import env
from portal.workflow.errors import DomainError
from reports.demo.people import begin_credentials
from reports.demo.selection import load_selection
from reports.demo.services import FIRST_YEAR, generate_city, load_demo_city, write_accounts
from reports.rollup.services.marks import drain_journal, rebuild
from schools.registry.models import School

SCHOOL = "5002380001"


class Command(BaseCommand):
    help = (
        "Load the demo city (演示数据) into an empty database and write the logins to $PORTAL_DATA/demo.json. "
        "With DEMO_SCHOOLS in the environment: that many generated schools instead of the city with its named ones."
    )

    def handle(self, *args: object, **options: object) -> None:
        started, few = time.perf_counter(), env.int("DEMO_SCHOOLS", default=0)
        url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/"
        try:
            credentials = None if School.objects.exists() else begin_credentials()
            with transaction.atomic():
                years = range(FIRST_YEAR, timezone.localdate().year + 1)
                if few:
                    loaded = generate_city(schools=few, districts=None, years=years, roll_up=False)
                else:
                    loaded = load_demo_city(roll_up=False)
                school = School.objects.filter(code=SCHOOL).first() or School.objects.order_by("code")[0]
                write_accounts(
                    Path(settings.PORTAL_DATA) / "demo.json",
                    url,
                    district_code=school.district.code,
                    school_code=school.code,
                    credentials=credentials,
                )
                selection = {"rounds": 0} if few else load_selection()
                drain_journal()
        except DomainError as error:
            self.stdout.write(error.message)
            return
        seconds = time.perf_counter() - started
        # Everything is marked: should this be interrupted, the sweep goes on with it.
        rebuild(workers=os.cpu_count() or 1)
        self.stdout.write(
            f"演示数据: {loaded.schools} schools, {loaded.returns} returns, {loaded.values} values, "
            f"{loaded.facts} facts, {loaded.periods} periods, {selection['rounds']} rounds in "
            f"{time.perf_counter() - started:.1f} s ({seconds:.1f} s to load them, the rest to roll them up)"
        )
