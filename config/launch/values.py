"""Development values: made up once per checkout, kept in `.dev/values.env`, never used in production."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def made_up() -> dict[str, str]:
    """Fresh values shaped like the real ones, so that every check on their form passes."""
    return {
        "ENVIRONMENT": "development",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "STRIPE_API_KEY": f"sk_test_madeup{secrets.token_hex(8)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(16)}",
        "CIRCLE_API_TOKEN": f"madeup-circle-{secrets.token_hex(8)}",
        "KIT_API_KEY": f"madeup-kit-{secrets.token_hex(8)}",
        "KIT_WEBHOOK_SECRETS": f"madeup-kit-signing-{secrets.token_hex(12)}",
        "SUPPORT_API_TOKENS": f"madeup-support-{secrets.token_hex(16)}",
        "DEVELOPMENT_LOGIN": "founder",
        "DEVELOPMENT_PASSWORD": secrets.token_urlsafe(9),
    }


def read(file: Path) -> dict[str, str]:
    """The `NAME=value` lines of a file; nothing when it does not exist."""
    if not file.exists():
        return {}
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def write(file: Path, *, values: Mapping[str, str]) -> None:
    """Replace the file in one step, readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write("# Made up for development on this machine. Delete the folder to start afresh.\n")
        handle.writelines(f"{name}={value}\n" for name, value in values.items())
    fresh.replace(file)
