"""The gate before every call to a provider: pause, wait, breaker, quota and rate, shared by all processes."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, When
from django.db.models.functions import Greatest, Now
from django.db.models.lookups import GreaterThan

from integrations import breaker, bucket, places, quota
from integrations.errors import LeaseLost, NotNow, Tomorrow
from integrations.limits import limit_of
from integrations.models import Connection, Mode

__all__ = ["Gate", "LiveGate", "TrialGate"]

FIRST_PAUSE = 5.0  # after a 429 that does not say how long
SECOND_PAUSE = 60.0


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
        self._place: datetime | None = None  # what it has in the provider's window, where places are counted
        self.probing = False  # the breaker was open: what fails now is nobody's fault

    def enter(self) -> None:
        """Return when a call may start; short waits are slept.

        Raises: NotNow (paused, told to wait, breaker open, over our rate), Tomorrow (month used up).
        """
        self.probing = False
        if not self.revoke and not quota.is_left(self._connection):
            raise Tomorrow(
                "monthly_quota", "This month's calls are used up, what is left is kept for removals."
            )
        self._admit()  # after the month: the one probe of an open breaker is for who may call
        begun = time.monotonic()
        seconds = self._book()
        try:
            self._wait(seconds)
            if self._place is not None and time.monotonic() > begun + seconds + places.LATEST:
                raise NotNow("our_limit", "Too slow just now to stay below the provider's limit.", wait=1.0)
        except (NotNow, LeaseLost):
            self._leave()
            raise

    def _book(self) -> float:
        """Ask for room in the provider's window. Returns in how many seconds it is ours."""
        if limit_of(self._connection).by_places:
            self._place, seconds = places.book(self._connection)
            booked = self._place is not None
        else:
            booked, seconds = bucket.book(self._connection)
        if not booked:
            raise NotNow("our_limit", "Waiting, to stay below the provider's limit.", wait=seconds)
        return seconds

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)
            self._admit()  # a 429, a pause or an off may have come meanwhile
        if self._before_call is not None:
            self._before_call()

    def _leave(self) -> None:
        if self._place is not None:
            places.leave(self._connection, self._place)
            self._place = None

    def answered(self, status: int, wait: float | None = None) -> float | None:
        """Note an answer. After a 429: for how many seconds the whole connection now waits."""
        if self._after_call is not None:
            self._after_call()
        self._leave()
        quota.count(self._connection, status)
        if status == 429:
            return self._told_to_wait(wait)
        breaker.answered(self._connection, was_open=self.probing)
        self.probing = False
        return None

    def failed(self) -> None:
        """Note that the provider failed or could not be reached."""
        self._leave()
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
