"""The Celery application, and the one way to send work from a request."""

import os
from typing import Any

import structlog
from celery import Celery, Task
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = structlog.get_logger(__name__)


def enqueue_on_commit(task: Task, *args: Any) -> None:
    """Send `task` once the transaction is committed. A dead broker never breaks the request.

    Whatever is sent this way must also be found by a sweep: the work list is in PostgreSQL.
    """
    transaction.on_commit(lambda: _send(task, args))


def _send(task: Task, args: tuple[Any, ...]) -> None:
    try:
        task.apply_async(args=args, retry=False)
    except Exception as error:  # any transport error: redis, socket, kombu
        log.warning("enqueue_failed", task=task.name, error=str(error))
