from celery import shared_task

from .services.notices import end_due_notices as end_due


@shared_task
def end_due_notices() -> int:
    """Stamp public notices whose last day is over."""
    return end_due()
