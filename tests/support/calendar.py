"""Days on which a test may rely, whenever it is run."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import time_machine
from django.utils import timezone

ENOUGH_DAYS = 60


@contextmanager
def well_into_the_year() -> Iterator[None]:
    """Calls that began some weeks ago began in this year: in January and February it is two months later."""
    now = timezone.localtime()
    if now.timetuple().tm_yday > ENOUGH_DAYS:
        yield
        return
    with time_machine.travel(now + timedelta(days=ENOUGH_DAYS)):
        yield
