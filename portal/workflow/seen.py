"""Whether a form was filled in on what is stored now: it carries the moment of the last saving."""

from datetime import datetime

from django.utils.dateparse import parse_datetime


def saw_latest(seen: str, saved_at: datetime) -> bool:
    """`seen`: the moment as the form carried it, in any time zone. Nonsense has seen nothing."""
    try:
        return parse_datetime(seen) == saved_at
    except ValueError:
        return False
