"""The token bucket on the connection's row, shared by all processes through its own UPDATE."""

from typing import Any

from django.db import connection as database

from integrations.limits import limit_of
from integrations.models import Connection

LONGEST_SLEEP = 2.0

# The clock, not the statement's time: who waited for the row would set it back, and time would count twice.
_FILLED = """LEAST(%(burst)s,
    tokens + %(rate)s * GREATEST(0, EXTRACT(EPOCH FROM clock_timestamp() - tokens_at)))"""
_ROW = """id = CASE WHEN %(shared)s
    THEN (SELECT min(id) FROM integrations_connection WHERE kind = %(kind)s) ELSE %(id)s END"""
_BOOK = f"""
UPDATE integrations_connection SET tokens = {_FILLED} - 1, tokens_at = clock_timestamp()
WHERE {_ROW} AND {_FILLED} - 1 >= -%(ahead)s
RETURNING tokens
"""  # noqa: S608
_SHORT = f"SELECT 1 - {_FILLED} FROM integrations_connection WHERE {_ROW}"  # noqa: S608
_EMPTY = f"""
UPDATE integrations_connection SET tokens = LEAST(tokens, -%(debt)s), tokens_at = clock_timestamp()
WHERE {_ROW}
"""  # noqa: S608


def book(connection: Connection) -> tuple[bool, float]:
    """Take one call from the bucket: (True, seconds to sleep first), or (False, seconds to come back in).

    A call may be booked up to two seconds ahead, so callers queue fairly and the rate is used fully.
    """
    values = _values(connection)
    with database.cursor() as cursor:
        cursor.execute(_BOOK, values)
        row = cursor.fetchone()
        if row is not None:
            return True, max(0.0, -row[0] / values["rate"])
        cursor.execute(_SHORT, values)
        short = cursor.fetchone()
    return False, max(0.05, short[0] / values["rate"] if short else 1.0)


def rest(connection: Connection, *, seconds: float) -> None:
    """Put the bucket into debt, so that nothing starts for so many seconds: a gentle return."""
    values = _values(connection)
    with database.cursor() as cursor:
        cursor.execute(_EMPTY, values | {"debt": values["rate"] * seconds})


def _values(connection: Connection) -> dict[str, Any]:
    limit = limit_of(connection)
    return {
        "id": connection.pk,
        "kind": connection.kind,
        "shared": limit.shared,
        "burst": limit.burst,
        "rate": limit.rate,
        "ahead": limit.rate * LONGEST_SLEEP,
    }
