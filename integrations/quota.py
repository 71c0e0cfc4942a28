"""Circle's month: what counts is metered on the connection's row, and a part is kept for revokes."""

from django.db import connection as database

from integrations.limits import KEPT_FOR_REVOKES, METERED
from integrations.models import Connection, ConnectionKind

_COUNT = """
UPDATE integrations_connection SET
    quota_used = LEAST(quota_limit, CASE WHEN quota_month = date_trunc('month', statement_timestamp())::date
        THEN quota_used + 1 ELSE 1 END),
    quota_month = date_trunc('month', statement_timestamp())::date
WHERE id = %s
"""
_LEFT = """
SELECT quota_limit IS NULL OR quota_used < quota_limit * %s
    OR quota_month IS DISTINCT FROM date_trunc('month', statement_timestamp())::date
FROM integrations_connection WHERE id = %s
"""


def count(connection: Connection, status: int) -> None:
    """Meter one answered call."""
    if status in METERED.get(ConnectionKind(connection.kind), ()):
        with database.cursor() as cursor:
            cursor.execute(_COUNT, [connection.pk])


def is_left(connection: Connection) -> bool:
    """Whether the month still has calls for anything but a revoke."""
    if ConnectionKind(connection.kind) not in METERED:
        return True
    with database.cursor() as cursor:
        cursor.execute(_LEFT, [1 - KEPT_FOR_REVOKES, connection.pk])
        row = cursor.fetchone()
    return row is None or bool(row[0])
