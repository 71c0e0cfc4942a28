"""How many requests a sender may make a minute: counted in PostgreSQL, for all web processes together."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

PER_MINUTE = 60

# One statement: two processes that count at once wait for each other. What is an hour old is forgotten.
_COUNT = """
WITH forgotten AS (
    DELETE FROM support_apiminute WHERE minute < statement_timestamp() - interval '1 hour'
)
INSERT INTO support_apiminute AS m (sender, minute, count)
VALUES (%s, date_trunc('minute', statement_timestamp()), 1)
ON CONFLICT (sender, minute) DO UPDATE SET count = m.count + 1 RETURNING count
"""


class PerSender(BaseThrottle):
    """DRF's interface: refuse with 429 and Retry-After what is too much in this minute."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        sender: Any = request.user
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [sender.digest])
            count: int = cursor.fetchone()[0]
        return count <= PER_MINUTE

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return 60.0 - datetime.now(UTC).second
