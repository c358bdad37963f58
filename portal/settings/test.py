"""Settings of the test run: real servers, quick passwords, one Redis range a worker."""

import os

# Each xdist worker has its own Redis database numbers, so that no test sees another's queue.
os.environ.setdefault("REDIS_DB", str(2 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0)))

from .base import *  # noqa: E402, F403

PORTAL_DEMO = True
SECRET_KEY = "test-only"
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
