"""The one thing that the dashboards write."""

from datetime import datetime

from portal.accounts.models import User
from reports.dashboards.models import NoticeMark


def mark_notices_seen(*, actor: User, until: datetime) -> None:
    """Remember that the person has seen the notices up to a moment; doing it twice changes nothing."""
    NoticeMark.objects.update_or_create(user=actor, defaults={"seen_at": until})
