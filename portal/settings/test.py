"""Settings of the test run: real servers, quick passwords, one Redis range a worker."""

import os
from pathlib import Path

# Servers of its own, beside those of a demo that may be running; every worker finds the same folder.
os.environ.setdefault("TEST_DATA", str(Path(os.environ.get("PORTAL_DATA", ".data")).resolve() / "test"))
os.environ["PORTAL_DATA"] = os.environ["TEST_DATA"]
# Each xdist worker has its own Redis database numbers, so that no test sees another's queue or clears its counters.
# Set, not defaulted: the environment that a worker inherits may already carry the number of the process before it.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ["REDIS_DB"] = str(2 * int(worker.removeprefix("gw")))

from .base import *  # noqa: F403
from .base import CACHES, STATIC_ROOT

PORTAL_DEMO = True
SECRET_KEY = "test-only"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# A busy machine is not a Redis that is away.
CACHES = {"default": {**CACHES["default"], "OPTIONS": {"socket_timeout": 10, "socket_connect_timeout": 10}}}
