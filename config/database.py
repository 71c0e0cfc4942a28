"""DATABASE_URL as Django's database settings, with time-outs on everything that can hang."""

from typing import Any

import environ

# Milliseconds; a stuck statement or a forgotten transaction ends by itself. A view may set less for itself.
SERVER_OPTIONS = (
    "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
)


def database(url: str) -> dict[str, Any]:
    """Settings of the one PostgreSQL database. `safety` has already refused every other engine."""
    parsed: dict[str, Any] = environ.Env.db_url_config(url)
    options = {"connect_timeout": 2, "options": SERVER_OPTIONS, **parsed.pop("OPTIONS", {})}
    return {**parsed, "OPTIONS": options, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
