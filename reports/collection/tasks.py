from celery import shared_task

from .services import opening


@shared_task(name="reports.collection.tasks.open_due_returns", ignore_result=True)
def open_due_returns() -> None:
    """Hourly: new periods open on their first day, schools that join late get their returns."""
    opening.open_due_returns()
