"""The gate before every call to a provider: pause, wait, breaker, quota and rate, shared by all processes."""

import random
import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Case, F, Q, When
from django.db.models.functions import Greatest, Now
from django.db.models.lookups import GreaterThan

from integrations import breaker, bucket, quota
from integrations.errors import NotNow, Tomorrow
from integrations.limits import LATENESS, ON_THE_WAY, limit_of
from integrations.models import Connection, Mode

__all__ = ["Gate", "LiveGate", "TrialGate"]

FIRST_PAUSE = 5.0  # after a 429 that does not say how long
SECOND_PAUSE = 60.0
MOST_BOOKINGS = 3


class Gate:
    """Lets one call at a time through for one connection.

    `before_call` runs last, e.g. to renew a lease; `after_call` first, when an answer came.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        revoke: bool = False,
        before_call: Callable[[], None] | None = None,
        after_call: Callable[[], None] | None = None,
    ) -> None:
        self._connection = connection
        self.revoke = revoke  # it may use what is kept of the month
        self._before_call = before_call
        self._after_call = after_call
        self.probing = False  # the breaker was open: what fails now is nobody's fault

    def enter(self) -> None:
        """Return when a call may start; short waits are slept.

        Raises: NotNow (paused, told to wait, breaker open, over our rate), Tomorrow (month used up).
        """
        self.probing = False
        self._admit()
        if not self.revoke and not quota.is_left(self._connection):
            raise Tomorrow(
                "monthly_quota", "This month's calls are used up, what is left is kept for removals."
            )
        for _ in range(MOST_BOOKINGS):
            due = self._book()
            if self._before_call is not None:
                self._before_call()
            if not self._is_late(due):
                return
        raise NotNow("our_limit", "Too slow just now to stay below the provider's limit.", wait=1.0)

    def _book(self) -> float:
        """Wait for a place in the provider's window. Returns for when it was, by this process's clock."""
        booked, seconds = bucket.book(self._connection)
        if not booked:
            raise NotNow("our_limit", "Waiting, to stay below the provider's limit.", wait=seconds)
        due = time.monotonic() + seconds
        if seconds:
            time.sleep(seconds)
            self._admit()  # a 429, a pause or an off may have come meanwhile
        return due

    def _is_late(self, due: float) -> bool:
        """Whether this thread stalled for so long that its call would crowd a second that others have booked.

        A window of minutes does not notice.
        """
        return limit_of(self._connection).seconds <= 1 and time.monotonic() - due > LATENESS - ON_THE_WAY

    def answered(self, status: int, wait: float | None = None) -> float | None:
        """Note an answer. After a 429: for how many seconds the whole connection now waits."""
        if self._after_call is not None:
            self._after_call()
        quota.count(self._connection, status)
        if status == 429:
            return self._told_to_wait(wait)
        breaker.answered(self._connection, was_open=self.probing)
        self.probing = False
        return None

    def failed(self) -> None:
        """Note that the provider failed or could not be reached."""
        breaker.failed(self._connection.pk)

    def _admit(self) -> None:
        row = (
            Connection.objects.filter(pk=self._connection.pk)
            .values_list(
                "mode",
                "paused_at",
                "failures_in_row",
                GreaterThan(F("wait_until"), Now()),
                F("wait_until") - Now(),
            )
            .first()
        )
        if row is None or self._stopped(mode=row[0], paused=row[1] is not None):
            raise NotNow("paused", "The connection is paused or off.", wait=0.0)
        if row[3]:
            raise NotNow("told_to_wait", "The provider asked us to wait.", wait=row[4].total_seconds())
        if row[2] >= breaker.STRAIGHT_FAILURES:
            if not self.probing and not breaker.may_probe(self._connection.pk):
                raise NotNow(
                    "breaker_open", "The provider is down; it is tried again every 30 seconds.", wait=30.0
                )
            self.probing = True

    def _stopped(self, *, mode: str, paused: bool) -> bool:
        return mode == Mode.OFF or paused

    def _told_to_wait(self, asked: float | None) -> float:
        """Move the connection's `wait_until`; without a wish 5 s at first, a minute when it was not enough.

        Kit's 429 names no time: https://developers.kit.com/api-reference/rate-limits
        """
        spread = 1 + 0.25 * random.random()  # noqa: S311
        first, second = (asked, asked) if asked else (FIRST_PAUSE * spread, SECOND_PAUSE * spread)
        rows = Connection.objects.filter(pk=self._connection.pk)
        if limit_of(self._connection).shared:
            rows = Connection.objects.filter(kind=self._connection.kind)
        until = [Now() + timedelta(seconds=seconds) for seconds in (first, second)]
        rows.update(
            wait_until=Case(
                When(wait_until__isnull=True, then=until[0]),
                When(Q(wait_until__gt=Now()), then=Greatest(F("wait_until"), until[0])),
                default=until[1],
            )
        )
        left = rows.filter(pk=self._connection.pk).values_list(F("wait_until") - Now(), flat=True).first()
        return max(0.0, left.total_seconds()) if left else first


class LiveGate(Gate):
    """For calls that change something there: they stop as soon as the connection is not live."""

    def _stopped(self, *, mode: str, paused: bool) -> bool:
        return mode != Mode.LIVE or paused


class TrialGate(Gate):
    """For the one call by which staff try a connection: it may start although that is paused or off."""

    def _stopped(self, *, mode: str, paused: bool) -> bool:
        return False
