"""Made-up values that a production process accepts; every test breaks one of them."""

import os
import secrets
import subprocess
import sys

GOOD = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "ALLOWED_HOSTS": "office.example.com",
    "BASE_URL": "https://office.example.com",
    "DATABASE_URL": "postgresql://app:madeup-password@db.example.com/launch",
    "REDIS_URL": "rediss://:madeup-password@redis.example.com:6379/0",
    "STRIPE_API_KEY": "rk_test_" + "madeup" * 2,
    "STRIPE_WEBHOOK_SECRETS": "whsec_" + "madeup" * 4,
    "CIRCLE_API_TOKEN": "madeup-circle-token",
    "KIT_API_KEY": "madeup-kit-key",
    "KIT_WEBHOOK_SECRETS": "madeup-kit-secret",
}


def run(code: str, values: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """A fresh process with exactly these settings."""
    basis = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": "."}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=basis | values,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
