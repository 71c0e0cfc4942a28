"""Settings of every process, read from the environment; the README's table says which are required when."""

import os
from pathlib import Path
from typing import Any

import environ

from config import sentry
from config.database import database
from config.logs import configure_structlog, logging_settings
from config.safety import refuse_to_start
from config.signin import *  # noqa: F403
from integrations.redaction import is_private, protect

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Environment ---

refuse_to_start(os.environ)

env = environ.Env()
# django-environ reads "$NAME" as a reference to another variable; a secret may begin with a dollar sign.
env.ENVIRON = {name: value.replace("$", r"\$") for name, value in os.environ.items()}
env.escape_proxy = True


def listed(name: str) -> list[str]:
    """A comma list, trimmed; unset is empty."""
    return [each.strip() for each in env.str(name, default="").split(",") if each.strip()]


ENVIRONMENT = env.str("ENVIRONMENT", default="production")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = listed("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = listed("ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
TRUSTED_PROXIES = listed("TRUSTED_PROXIES")  # addresses or networks whose X-Forwarded-For and -Proto count
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
RELEASE_VERSION = env.str("RELEASE_VERSION", default="development")

# --- Providers ---

STRIPE_API_KEY = env.str("STRIPE_API_KEY").strip()
STRIPE_LIVEMODE = STRIPE_API_KEY[3:].startswith("live_")
STRIPE_WEBHOOK_SECRETS = listed("STRIPE_WEBHOOK_SECRETS")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com").rstrip("/")
STRIPE_ACCOUNT = env.str("STRIPE_ACCOUNT", default="")
CIRCLE_API_TOKEN = env.str("CIRCLE_API_TOKEN", default="")
CIRCLE_API_BASE = env.str("CIRCLE_API_BASE", default="https://app.circle.so/api/admin/v2").rstrip("/")
KIT_API_KEY = env.str("KIT_API_KEY", default="")
KIT_API_BASE = env.str("KIT_API_BASE", default="https://api.kit.com/v4").rstrip("/")
KIT_WEBHOOK_SECRETS = listed("KIT_WEBHOOK_SECRETS")
SUPPORT_API_TOKENS = listed("SUPPORT_API_TOKENS")  # none: no ticket API

# --- Alerts and errors ---

SENTRY_DSN = env.str("SENTRY_DSN", default="")
ALERT_EMAILS = listed("ALERT_EMAILS")
ALERT_WEBHOOK_URL = env.str("ALERT_WEBHOOK_URL", default="")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="launch-ready@localhost")
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))

# --- Logs ---

protect(each for name, text in os.environ.items() if is_private(name) for each in (text, *text.split(",")))
configure_structlog()
LOGGING = logging_settings()
sentry.start(dsn=SENTRY_DSN, release=RELEASE_VERSION, environment=ENVIRONMENT)

# --- Application ---

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_celery_beat",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "customers.apps.CustomersConfig",
    "integrations.apps.IntegrationsConfig",
    "billing.apps.BillingConfig",
    "support.apps.SupportConfig",
]
MIDDLEWARE = [
    "config.middleware.RequestId",
    "config.middleware.RealPeer",
    "csp.middleware.CSPMiddleware",  # outside of all that refuses: refusals are pages too
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.MachinesNeedTls",
    "config.middleware.NoStore",
    "config.middleware.NothingHuge",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.Sessions",
    "config.middleware.Common",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.SessionLimit",
    "django_otp.middleware.OTPMiddleware",
    "config.middleware.SecondFactor",
    "config.middleware.DeniedActs",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Database ---

DATABASES = {
    "default": database(env.str("DATABASE_URL"), patience=env.float("DATABASE_PATIENCE", default=35))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: messages are only wake-ups, so every wait is short and nothing is kept ---

REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT = "config.broker:RedisTransport" if REDIS_URL else "config.broker:FilesystemTransport"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "max_retries": 0,
}
if not REDIS_URL:
    broker_folder = Path(env.str("BROKER_FOLDER", default=str(BASE_DIR / ".dev" / "broker")))
    broker_folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(broker_folder),
        "data_folder_out": str(broker_folder),
        "control_folder": str(broker_folder / "control"),
        "polling_interval": 0.1,
    }
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_PUBLISHING = env.bool("CELERY_PUBLISHING", default=True)  # off: the sweeper does all work itself
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker without its broker still has its sweeper
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {"sign-of-life": {"task": "support.tasks.note_beat", "schedule": 30.0}}

# --- API ---

# Closed unless a view opens itself; no session authentication, so no foreign page can use a staff cookie.
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "UNAUTHENTICATED_USER": None,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # the largest body of all; events and forms stay far below

# --- Staff sign-in: how in config/signin.py ---

SECOND_FACTOR_REQUIRED = PRODUCTION

# --- Browser security ---

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.csrf_failed"
SESSION_COOKIE_NAME = "__Host-sessionid" if PRODUCTION else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PRODUCTION else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # Strict would sign staff out on links from a mail
# What staff are told may name a person: no cookie carries it.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Static files ---

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
