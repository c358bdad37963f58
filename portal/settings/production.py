"""Production: nothing is guessed. What is missing is named, all of it at once."""

import os

from django.core.exceptions import ImproperlyConfigured

REQUIRED = {
    "SECRET_KEY": "a long random string, 32 characters or more",
    "ALLOWED_HOSTS": "host names, separated by commas",
    "DATABASE_URL": "postgres://user:password@host:5432/name",
    "REDIS_URL": "redis://host:6379/0",
}
if missing := [name for name in REQUIRED if not os.environ.get(name, "").strip()]:
    lines = "\n".join(f"  {name}: {REQUIRED[name]}" for name in missing)
    raise ImproperlyConfigured(f"The portal does not start without these environment variables:\n{lines}")
# Given, but nothing that a portal can stand on: a word anybody guesses, a file in place of a server.
LEAST_SECRET = 32
SERVERS = {
    "DATABASE_URL": ("postgres://", "postgresql://"),
    "REDIS_URL": ("redis://", "rediss://", "unix://"),
}
unfit = [name for name, schemes in SERVERS.items() if not os.environ[name].strip().startswith(schemes)]
secret = os.environ["SECRET_KEY"].strip()
if len(secret) < LEAST_SECRET or secret.startswith("django-insecure-"):
    unfit.insert(0, "SECRET_KEY")
if unfit:
    lines = "\n".join(f"  {name}: {REQUIRED[name]}" for name in unfit)
    raise ImproperlyConfigured(f"The portal does not start with what these environment variables hold:\n{lines}")

from .base import *  # noqa: E402, F403
from .env import env  # noqa: E402
from .rest import REST_FRAMEWORK as REST  # noqa: E402

SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[f"https://{host}" for host in ALLOWED_HOSTS])
# How many proxies of ours stand in front: the address before theirs is the client's, for lockout and throttle.
REST_FRAMEWORK = {**REST, "NUM_PROXIES": env.int("TRUSTED_PROXIES", default=1)}
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
