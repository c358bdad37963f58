from celery import shared_task
from django.utils import timezone

from .services import facts, marks


@shared_task(name="reports.rollup.tasks.process_marks", ignore_result=True)
def process_marks() -> None:
    """Sent after an approval. Safe to run twice, and beside itself."""
    marks.process_marks()


@shared_task(name="reports.rollup.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Sent by beat: whatever no task was sent for, or whose worker died."""
    marks.process_marks()


@shared_task(name="reports.rollup.tasks.count_again", ignore_result=True)
def count_again() -> None:
    """Sent by beat soon after midnight: what is counted from records depends on the day."""
    facts.count_again(today=timezone.localdate())
    marks.process_marks()
