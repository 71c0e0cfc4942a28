"""DATABASE_URL as Django's database settings, with time-outs on everything that can hang."""

from typing import Any

import environ

# A forgotten transaction or a queue for a lock ends by itself. Who stalls inside a transaction loses its
# locks before its lease of 30 s ends, so that whoever takes over does not wait for it.
SERVER_OPTIONS = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=20s -c statement_timeout={}ms"


def database(url: str, *, patience: float) -> dict[str, Any]:
    """Settings of the one PostgreSQL database; `safety` has already refused every other engine.

    `patience` is how many seconds one answer may take. The server ends a statement a little earlier, so that
    the client gives up only on a server that does not answer at all.
    """
    parsed: dict[str, Any] = environ.Env.db_url_config(url, engine="config.postgresql")
    options = {
        "connect_timeout": 2,
        "options": SERVER_OPTIONS.format(int(patience * 900)),
        "patience": patience,
        **parsed.pop("OPTIONS", {}),
    }
    return {**parsed, "OPTIONS": options, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
