"""How one connection is now, in words: its health, what it may send, and what is left of its month."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from integrations.breaker import STRAIGHT_FAILURES
from integrations.bucket import LONGEST_SLEEP
from integrations.limits import KEPT_FOR_REVOKES, Limit, limit_of
from integrations.models import Connection, Mode
from support.screen.pills import Tone

WHY_PAUSED = {
    "staff": "by staff",
    "token_refused": "its key was refused",
    "key_refused": "its key was refused",
    "credential_missing": "its key is not set",
    "credential_unusable": "its key holds a sign that no key has",
    "payment_required": "it wants to be paid first",
    "plan_lapsed": "its plan no longer includes the API",
}
NOT_LIVE = {Mode.OFF: "is switched off", Mode.SHADOW: "is in shadow mode"}
MARKS = ((0.9, Tone.BAD), (0.7, Tone.WARN))


@dataclass(frozen=True)
class Health:
    """One word, how it should be felt, what explains it, and until when, where that is known."""

    word: str
    tone: Tone
    detail: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Quota:
    """The month's calls; a part of what is left is kept for removals."""

    used: int
    limit: int
    until: date

    @property
    def left(self) -> int:
        return self.limit - self.used

    @property
    def percent(self) -> int:
        return 100 * self.used // self.limit if self.limit else 100

    @property
    def tone(self) -> Tone:
        return next((tone for mark, tone in MARKS if self.used >= mark * self.limit), Tone.GOOD)

    @property
    def kept(self) -> int:
        return round(self.limit * KEPT_FOR_REVOKES)


@dataclass(frozen=True)
class Limiter:
    """What our limiter lets start now: `ready` of `burst` at once, then `per_minute`.

    Where places are counted, `ready` of `burst` are free, and how many follow depends on how long calls last.
    """

    ready: int
    burst: int
    per_minute: int | None
    allowed: int
    window_seconds: int


def health(connection: Connection, *, now: datetime) -> Health:
    """The first thing that stops or slows it."""
    if connection.mode == Mode.OFF:
        return Health("Off", Tone.QUIET)
    if connection.paused_at:
        why = WHY_PAUSED.get(connection.pause_reason, connection.pause_reason.replace("_", " "))
        return Health("Paused", Tone.BAD, f"{why},", connection.paused_at)
    month = quota(connection, now=now)
    if month and month.left <= month.kept:
        return Health("Month used up", Tone.BAD, "only removals go on")
    return _answers(connection, now)


def _answers(connection: Connection, now: datetime) -> Health:
    if connection.failures_in_row >= STRAIGHT_FAILURES:
        return Health("Not answering", Tone.BAD, "next probe", connection.open_until)
    if connection.wait_until and connection.wait_until > now:
        return Health("Asked to wait", Tone.WARN, "goes on", connection.wait_until)
    if connection.failures_in_row:
        return Health("Failing", Tone.WARN, f"{connection.failures_in_row} in a row")
    return Health("Healthy", Tone.GOOD)


def quota(connection: Connection, *, now: datetime) -> Quota | None:
    """The month so far; None where none is metered."""
    if not connection.quota_limit:
        return None
    month = now.date().replace(day=1)
    following = (month + timedelta(days=32)).replace(day=1)
    used = connection.quota_used if connection.quota_month == month else 0
    return Quota(used, connection.quota_limit, following)


def limiter(connection: Connection, *, now: datetime) -> Limiter:
    """As of its own row; connections that share a limit share the row of the first of their kind."""
    limit = limit_of(connection)
    if limit.by_places:
        ready, burst, per_minute = _free_places(connection, limit, now), limit.calls, None
    else:
        rested = max(0.0, (now - connection.tokens_at).total_seconds())
        burst, per_minute = limit.burst, round(limit.rate * 60)
        ready = min(burst, connection.tokens + limit.rate * rested)
    return Limiter(
        ready=max(0, int(ready)),
        burst=int(burst),
        per_minute=per_minute,
        allowed=round(limit.calls),
        window_seconds=round(limit.seconds),
    )


def _free_places(connection: Connection, limit: Limit, now: datetime) -> float:
    """None while it rests; a call that is booked ahead is no rest."""
    if connection.next_start_at and connection.next_start_at > now + timedelta(seconds=LONGEST_SLEEP):
        return 0
    return limit.calls - sum(until > now for until in connection.places_taken)
