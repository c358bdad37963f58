from .models import Programme


def default_indicator() -> str:
    """Code of the indicator that a page shows first: the headline of the first programme."""
    return Programme.objects.values_list("headline", flat=True).first() or "L03"
