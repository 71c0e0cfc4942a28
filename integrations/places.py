"""Places in a provider's window, on the connection's row: for windows too short to book calls ahead in.

The connection has as many places as the provider allows calls in its window. A call takes one before it
starts, and the place is free again one window after the call's *end*. The arrival there lies between the two,
so no window ever holds more than that, however long a process or the network stalls. Its price: what calls
last is not used (of calls that last 0.2 s in a window of a second, a sixth). What remains is a call that
arrives after we gave it up: one that lies in the network for longer than 15 s, or a process that is stopped
for as long exactly between its last look at the clock and sending.
"""

from datetime import datetime
from typing import Any

from django.db import connection as database

from integrations.bucket import LONGEST_SLEEP
from integrations.http import TOTAL_SECONDS
from integrations.limits import limit_of
from integrations.models import Connection

# Whoever has not begun the call so many seconds after it was due makes none: it could outlast its place.
LATEST = 4.0
# No call and no rest reaches so far ahead: what does was written before the database's clock was set back,
# and would stop all calls until that hour comes again.
FARTHEST = 60.0

_SOON = f"<= clock_timestamp() + make_interval(secs => {FARTHEST})"
_NEXT = f"CASE WHEN next_start_at {_SOON} THEN next_start_at END"
_TAKEN = f"SELECT ends FROM unnest(places_taken) AS ends WHERE ends {_SOON}"  # noqa: S608
# At the n-th latest end of n places or more, fewer than n are still taken.
_START = f"""GREATEST(clock_timestamp(), {_NEXT}, (
    {_TAKEN} ORDER BY ends DESC OFFSET %(calls)s - 1 LIMIT 1))"""
# Taken for as long as the call can last, so that a place comes back although its holder died. No two calls
# start at the same microsecond, so the moment names the place.
_BOOK = f"""
UPDATE integrations_connection SET
    next_start_at = {_START} + interval '1 microsecond',
    places_taken = ARRAY({_TAKEN} AND ends > clock_timestamp())
        || ({_START} + make_interval(secs => %(longest)s))
WHERE id = %(id)s AND {_START} <= clock_timestamp() + make_interval(secs => %(ahead)s)
RETURNING places_taken[cardinality(places_taken)],
    EXTRACT(EPOCH FROM places_taken[cardinality(places_taken)] - clock_timestamp()) - %(longest)s
"""  # noqa: S608
_SHORT = f"""
SELECT EXTRACT(EPOCH FROM GREATEST(make_interval(secs => %(window)s), {_NEXT} - clock_timestamp()))
FROM integrations_connection WHERE id = %(id)s
"""  # noqa: S608
# Who comes back after their place was given away was late: they count once more.
_LEAVE = """
UPDATE integrations_connection SET places_taken = array_remove(places_taken, %(place)s)
    || (clock_timestamp() + make_interval(secs => %(window)s))
WHERE id = %(id)s
"""
_REST = f"""
UPDATE integrations_connection SET next_start_at = GREATEST(
    {_NEXT}, clock_timestamp() + make_interval(secs => %(seconds)s))
WHERE id = %(id)s
"""  # noqa: S608


def book(connection: Connection) -> tuple[datetime | None, float]:
    """Take a place: (its name, seconds to sleep first), or (None, seconds to come back in).

    A place that is known to become free within two seconds may be taken now, so callers queue fairly.
    """
    limit = limit_of(connection)
    values = {
        "id": connection.pk,
        "calls": max(1, int(limit.calls)),
        "window": limit.seconds,
        "longest": LATEST + TOTAL_SECONDS + limit.seconds,
        "ahead": LONGEST_SLEEP,
    }
    with database.cursor() as cursor:
        cursor.execute(_BOOK, values)
        row = cursor.fetchone()
        if row is not None:
            return row[0], float(row[1])
        cursor.execute(_SHORT, values)
        short = cursor.fetchone()
    return None, float(short[0]) if short else 1.0


def leave(connection: Connection, place: datetime) -> None:
    """The call is over, whatever came of it: its place is free one window from now."""
    values: dict[str, Any] = {"id": connection.pk, "place": place, "window": limit_of(connection).seconds}
    with database.cursor() as cursor:
        cursor.execute(_LEAVE, values)


def rest(connection: Connection, *, seconds: float) -> None:
    """Let nothing start for so many seconds: a gentle return."""
    with database.cursor() as cursor:
        cursor.execute(_REST, {"id": connection.pk, "seconds": seconds})
