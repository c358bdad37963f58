"""PostgreSQL, Redis and Celery: addresses from the environment, or the embedded servers when there are none."""

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from celery.schedules import crontab, schedule
from django.core.exceptions import ImproperlyConfigured

from portal import embedded

from .env import DATA, env

_servers = embedded.addresses(
    DATA, database_url=env.str("DATABASE_URL", default=""), redis_url=env.str("REDIS_URL", default="")
)

if _servers.redis_url and not _servers.redis_url.startswith(("redis://", "rediss://")):
    raise ImproperlyConfigured("REDIS_URL must begin with redis:// or rediss://")


def database() -> dict[str, Any]:
    """Django's default database. A socket folder arrives in OPTIONS as `?host=/folder`."""
    config = env.db_url_config(_servers.database_url)
    return {
        **config,
        "ENGINE": "portal.postgres",
        # A database host that does not answer is an error within seconds, not a page that hangs. Compiling a statement
        # before running it costs the roll-up one to three seconds per period and gains nothing: see docs/production.md.
        # Pages join a row with eight or ten of its fellows by key: to weigh every order of those takes longer than to
        # run any of them.
        "OPTIONS": {
            "connect_timeout": 5,
            "options": "-c jit=off -c join_collapse_limit=6",
            **config.get("OPTIONS", {}),
        },
        "CONN_MAX_AGE": env.int("DB_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        # CURRENT_DATE and the day of a moment are the city's; in UTC it is yesterday until eight in the morning.
        "TIME_ZONE": "Asia/Shanghai",
    }


def redis_url(db: int) -> str:
    """Address for redis-py and Django's cache."""
    if _servers.redis_socket:
        return f"unix://{quote(str(_servers.redis_socket))}?db={db}"
    return urlunsplit(urlsplit(_servers.redis_url)._replace(path=f"/{db}"))


def broker_url(db: int) -> str:
    """Address for kombu, which spells a socket differently."""
    if _servers.redis_socket:
        return f"redis+socket://{quote(str(_servers.redis_socket))}?virtual_host={db}"
    return redis_url(db)


def _first_redis_db() -> int:
    """The number in REDIS_URL (0 if it has none): the queue is there, the cache in the one after it."""
    number = urlsplit(_servers.redis_url).path.strip("/")
    return int(number) if number.isdigit() else 0


REDIS_DB = env.int("REDIS_DB", default=_first_redis_db())
DATABASES = {"default": database()}
CACHES = {
    "default": {
        "BACKEND": "portal.cache.KeptRedisCache",
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
# However long Redis is away, the worker waits for it.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# kombu looks for abandoned tasks only every 100 s unless told otherwise; our work list is in PostgreSQL anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # Sending from a request: give up at once, the sweep will find the work. (`retry=False` alone only spares the
    # message a second try; opening the channel would still be tried for six seconds.)
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "collection-remove-imports": {
        "task": "reports.collection.tasks.remove_expired_imports",
        "schedule": crontab("20", "3"),
    },
    "selection-end-notices": {"task": "projects.selection.tasks.end_due_notices", "schedule": schedule(600.0)},
    # A call that nobody took before the next one came is dropped: an hour without a worker leaves no heap behind.
    "rollup-sweep": {
        "task": "reports.rollup.tasks.sweep",
        "schedule": schedule(10.0),
        "options": {"expires": 10.0},
    },
    "rollup-count-again": {
        "task": "reports.rollup.tasks.count_again",
        "schedule": crontab("10", "0"),
        "options": {"expires": 3600.0},
    },
    "collection-open-returns": {
        "task": "reports.collection.tasks.open_due_returns",
        "schedule": schedule(3600.0),
        "options": {"expires": 3600.0},
    },
}
