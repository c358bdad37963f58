"""Whether the roll-up keeps up."""

from datetime import datetime, timedelta

from django.db.models import Min
from django.utils import timezone

from reports.rollup.models import StaleMark

PATIENCE = timedelta(minutes=2)


def get_lag() -> datetime | None:
    """Since when approved figures have been waiting to be rolled up, if that is longer than they ever should."""
    oldest: datetime | None = StaleMark.objects.aggregate(oldest=Min("marked_at"))["oldest"]
    return oldest if oldest and timezone.now() - oldest > PATIENCE else None
