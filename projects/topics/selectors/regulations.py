"""Reading the rules for funded topics."""

from datetime import date

from django.db.models import QuerySet

from projects.topics.models import Regulation


def list_regulations() -> QuerySet[Regulation]:
    """All rules, the newest first."""
    return Regulation.objects.all()


def get_regulation_on(day: date) -> Regulation | None:
    return Regulation.objects.filter(valid_from__lte=day).first()
