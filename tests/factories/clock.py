"""The moments that factories use."""

from datetime import UTC, datetime

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def now_utc() -> datetime:
    return datetime.now(UTC)
