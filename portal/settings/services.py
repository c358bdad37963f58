"""PostgreSQL, Redis and Celery: addresses from the environment, or the embedded servers when there are none."""

from typing import Any
from urllib.parse import quote

from celery.schedules import schedule

from portal import embedded

from .env import DATA, env

_servers = embedded.addresses(
    DATA, database_url=env.str("DATABASE_URL", default=""), redis_url=env.str("REDIS_URL", default="")
)


def database() -> dict[str, Any]:
    """Django's default database. A socket folder arrives in OPTIONS as `?host=/folder`."""
    return {
        **env.db_url_config(_servers.database_url),
        "CONN_MAX_AGE": env.int("DB_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def redis_url(db: int) -> str:
    """Address for redis-py and Django's cache."""
    if _servers.redis_socket:
        return f"unix://{quote(str(_servers.redis_socket))}?db={db}"
    return f"{_servers.redis_url.rstrip('/').rsplit('/', 1)[0] if _has_db(_servers.redis_url) else _servers.redis_url}/{db}"


def broker_url(db: int) -> str:
    """Address for kombu, which spells a socket differently."""
    if _servers.redis_socket:
        return f"redis+socket://{quote(str(_servers.redis_socket))}?virtual_host={db}"
    return redis_url(db)


def _has_db(url: str) -> bool:
    return url.rstrip("/").rsplit("/", 1)[-1].isdigit()


REDIS_DB = env.int("REDIS_DB", default=0)
DATABASES = {"default": database()}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_url(REDIS_DB + 1),
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}

CELERY_BROKER_URL = broker_url(REDIS_DB)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# kombu looks for abandoned tasks only every 100 s unless told otherwise; our work list is in PostgreSQL anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
# Sending from a request: give up at once, the sweep will find the work.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "rollup-sweep": {"task": "reports.rollup.tasks.sweep", "schedule": schedule(10.0)},
    "collection-open-returns": {"task": "reports.collection.tasks.open_due_returns", "schedule": schedule(3600.0)},
}
