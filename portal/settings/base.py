"""Settings shared by every way of running the portal; one file a concern stands beside this one."""

import structlog

from .apps import INSTALLED_APPS, MIDDLEWARE  # noqa: F401
from .env import DATA, ROOT, env
from .rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from .security import *  # noqa: F403
from .services import *  # noqa: F403

BASE_DIR = ROOT
PORTAL_DATA = DATA
PORTAL_DEMO = False
DEBUG = False
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.ui.context_processors.shell",
                "portal.accounts.context_processors.account_crumbs",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")

# Thresholds of the field, each with the default that the pages publish.
PREFILL_STALE_DAYS = 100
RETURN_EXTENSION_DAYS = 2
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=7)
COVERAGE_MARK = 0.70
COMPARABLE_MINIMUM = 5
COMPARABLE_NEAREST = 8
COMPARABLE_SCHOOLS = 20
OUTLIER_MAD_LIMIT = 3.5
SUPPRESS_BELOW = 5
API_MAX_BODY = 1024 * 1024
API_REQUESTS_PER_HOUR = env.int("API_REQUESTS_PER_HOUR", default=36000)

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
