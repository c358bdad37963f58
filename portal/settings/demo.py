"""The demo on one machine: embedded servers unless others are named, a generated secret, data marked 演示数据."""

from .base import *  # noqa: F403
from .env import DATA, env
from .secret import kept_secret

PORTAL_DEMO = True
DEBUG = env.bool("PORTAL_DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(DATA / "secret")
# Compressing takes half a minute and gains nothing on one machine.
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
