from celery import shared_task

from .services import opening, workbooks


@shared_task(name="reports.collection.tasks.open_due_returns", ignore_result=True)
def open_due_returns() -> None:
    """Hourly: new periods open on their first day, schools that join late get their returns."""
    opening.open_due_returns()


@shared_task(name="reports.collection.tasks.remove_expired_imports", ignore_result=True)
def remove_expired_imports() -> None:
    """Daily: uploads that were never confirmed, and the receipts of those that were, are kept for some days only."""
    workbooks.remove_expired_imports()
