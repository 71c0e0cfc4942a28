"""What a process must not start with; every finding names the setting, never its value.

STRIPE_API_KEY decides the mode by its prefix: there is no second switch that could disagree with it.
A live key is accepted in production only; a test key is accepted in both (a staging site is production with a
test key), and events of the other mode are refused where they arrive.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network
from socket import inet_aton
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

REQUIRED = ("SECRET_KEY", "DATABASE_URL", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS")
REQUIRED_IN_PRODUCTION = ("ALLOWED_HOSTS", "BASE_URL", "REDIS_URL")
# May be left out, but set and blank is a mistake in a deployment file.
NOT_BLANK = ("CIRCLE_API_TOKEN", "KIT_API_KEY", "KIT_WEBHOOK_SECRETS", "SUPPORT_API_TOKENS")
URLS = ("BASE_URL", "STRIPE_API_BASE", "CIRCLE_API_BASE", "KIT_API_BASE", "ALERT_WEBHOOK_URL", "SENTRY_DSN")
# Where we send secrets or people's data: never to a machine of our own network.
OUTWARD = ("STRIPE_API_BASE", "CIRCLE_API_BASE", "KIT_API_BASE", "ALERT_WEBHOOK_URL")
LOCAL_NAMES = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa")
STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_\w{8,}", re.ASCII)
STRIPE_SECRET = re.compile(r"whsec_[\w+/=-]{16,}", re.ASCII)
TRUE = {"1", "true", "yes", "on", "y", "ok", "t"}


def refuse_to_start(values: Mapping[str, str]) -> None:
    """Raises: ImproperlyConfigured with every finding, so that one restart shows them all."""
    found = problems(values)
    if found:
        raise ImproperlyConfigured("Refusing to start. " + "; ".join(found) + ".")


def problems(values: Mapping[str, str]) -> list[str]:
    """Everything wrong with these environment values. Pure."""
    environment = values.get("ENVIRONMENT", "production")
    if environment not in ("development", "production"):
        return ["ENVIRONMENT must be development or production"]
    production = environment == "production"
    found = _missing(values, production=production)
    found += _malformed(values) + _bad_urls(values, production=production)
    return found + (_unsafe(values) if production else _live_key_in_development(values))


def _blank(values: Mapping[str, str], name: str) -> bool:
    return not values.get(name, "").strip()


def _missing(values: Mapping[str, str], *, production: bool) -> list[str]:
    required = REQUIRED + (REQUIRED_IN_PRODUCTION if production else ())
    found = [f"{name} is not set or blank" for name in required if _blank(values, name)]
    return found + [f"{name} is blank" for name in NOT_BLANK if name in values and _blank(values, name)]


def _malformed(values: Mapping[str, str]) -> list[str]:
    found = []
    if not _blank(values, "STRIPE_API_KEY") and not STRIPE_KEY.fullmatch(values["STRIPE_API_KEY"].strip()):
        found.append("STRIPE_API_KEY is not a secret or restricted key (sk_ or rk_, then test_ or live_)")
    if not _blank(values, "STRIPE_WEBHOOK_SECRETS") and not all(
        STRIPE_SECRET.fullmatch(each.strip()) for each in values["STRIPE_WEBHOOK_SECRETS"].split(",")
    ):
        found.append("STRIPE_WEBHOOK_SECRETS must be a comma list of whole whsec_ secrets")
    if not _blank(values, "KIT_WEBHOOK_SECRETS") and not all(
        len(each.strip()) >= 8 for each in values["KIT_WEBHOOK_SECRETS"].split(",")
    ):
        found.append("KIT_WEBHOOK_SECRETS must be a comma list of secrets of at least 8 characters")
    if not _blank(values, "SUPPORT_API_TOKENS") and not all(
        len(each.strip()) >= 32 for each in values["SUPPORT_API_TOKENS"].split(",")
    ):
        found.append("SUPPORT_API_TOKENS must be a comma list of tokens of at least 32 characters")
    if not _blank(values, "DATABASE_URL") and not _is_postgresql(values["DATABASE_URL"]):
        found.append("DATABASE_URL must be a postgresql:// address; no other engine is supported")
    if not _blank(values, "REDIS_URL") and not values["REDIS_URL"].startswith(("redis://", "rediss://")):
        found.append("REDIS_URL must be a redis:// or rediss:// address")
    if not all(_is_network(each.strip()) for each in values.get("TRUSTED_PROXIES", "").split(",")):
        found.append("TRUSTED_PROXIES must be a comma list of addresses or networks")
    if values.get("CELERY_ACCEPT_CONTENT", "json").strip() != "json":
        found.append("CELERY_ACCEPT_CONTENT must be json: other content can run code")
    return found


def _is_postgresql(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("postgres", "postgresql") and (parts.port or 5432) > 0
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        ip_network(text or "127.0.0.1")
    except ValueError:
        return False
    return True


def _bad_urls(values: Mapping[str, str], *, production: bool) -> list[str]:
    found = []
    for name in URLS:
        if _blank(values, name):
            continue
        scheme, _, rest = values[name].strip().partition("://")
        if scheme not in ("http", "https") or not rest:
            found.append(f"{name} is not an http(s) address")
        elif production and scheme == "http":
            found.append(f"{name} must be https in production")
        elif production and name in OUTWARD and _points_inside(values[name].strip()):
            found.append(f"{name} points inside (this machine, a private or link-local address)")
    return found


def _points_inside(url: str) -> bool:
    """Whether the host is an address that is not on the internet, however it is written, or a local name."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return True
    with suppress(ValueError):  # a name, or an address that is written oddly
        return not ip_address(host).is_global
    try:
        inet_aton(host)
    except OSError:
        return "." not in host or host.endswith(LOCAL_NAMES)
    return True  # decimal, octal, hexadecimal or shortened: nobody honest writes an address like that


def _unsafe(values: Mapping[str, str]) -> list[str]:
    found = []
    if not _blank(values, "FAILPOINT"):
        found.append("FAILPOINT kills processes and is for tests only: it must not be set in production")
    if values.get("DEBUG", "").strip().lower() in TRUE:
        found.append("DEBUG must be off in production")
    key = values.get("SECRET_KEY", "").strip()
    if key and (len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-")):
        found.append("SECRET_KEY is too short or a default: at least 50 random characters")
    if "*" in (host.strip() for host in values.get("ALLOWED_HOSTS", "").split(",")):
        found.append("ALLOWED_HOSTS must name the hosts, not *")
    if not _blank(values, "ALERT_EMAILS") and _blank(values, "EMAIL_URL"):
        found.append("EMAIL_URL is not set, so the mails of ALERT_EMAILS would go to the log")
    return found


def _live_key_in_development(values: Mapping[str, str]) -> list[str]:
    if values.get("STRIPE_API_KEY", "").strip()[2:].startswith("_live_"):
        return ["STRIPE_API_KEY is a live key: development accepts test keys only"]
    return []
