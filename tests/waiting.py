"""Waiting until something is true, for as long as a busy machine may take."""

import time
from collections.abc import Callable

from django.db import connection


def eventually(true: Callable[[], bool], *, seconds: float = 60) -> bool:
    """Whether it became true within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.05)
    return true()


def somebody_waits() -> bool:
    """Whether anybody waits for a lock of this database now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])
