"""A worker judges itself: deaf to messages, or with a sweeper that stands still, it starts the process anew.

It asks neither broker nor database: sweeper, publisher and tasks (threads of this process)
tell it what they did.
An alive but deaf worker is a known fault: https://github.com/celery/celery/issues/10302
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)
QUESTIONED_AFTER = 25.0  # a canary comes each 15 s; then one each second, as other workers may take some
DEAF_AFTER = 60.0
STILL_AFTER = 70.0  # a sweep that waits for a silent database gives up before that
LOOK_EVERY = 5.0
LAST_WAIT = 5.0  # for what runs now; what is cut off is resumed like any killed worker's


class Watchdog:
    """What happened last in this process, by a clock that only goes forward. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.threads = 16  # of the worker's pool, which says so when it starts
        self._clock = clock
        self._swept_at = clock()
        self._heard_at: float | None = None  # None: nothing was sent that could have been heard
        self._running = 0
        self._full_at = float("-inf")
        self._dismissed = False
        self._lock = threading.Lock()

    def swept(self) -> None:
        """The sweeper's loop goes round, with or without success."""
        self._swept_at = self._clock()

    def published(self) -> None:
        """The broker took a message: from now on silence means something."""
        if self._heard_at is None:
            self._heard_at = self._clock()

    def unpublished(self) -> None:
        """The broker takes nothing: nobody can hear, and the sweeper does the work itself."""
        self._heard_at = None

    def heard(self) -> None:
        """A message came and its task begins."""
        self._heard_at = self._clock()
        with self._lock:
            self._running += 1

    def finished(self) -> None:
        with self._lock:
            self._full_at = self.full_at
            self._running = max(0, self._running - 1)

    def dismiss(self) -> None:
        """The worker shuts down: nobody needs to start it anew."""
        self._dismissed = True

    @property
    def is_idle(self) -> bool:
        return self._running == 0

    @property
    def full_at(self) -> float:
        """When every thread of the pool was last busy."""
        return self._clock() if self._running >= self.threads else self._full_at

    @property
    def in_question(self) -> bool:
        """Whether it is so quiet that canaries should come thick and fast."""
        return self._silence() > QUESTIONED_AFTER

    def complaint(self) -> str:
        """Why this process should start anew; empty while it is well."""
        if self._dismissed:
            return ""
        if self._clock() - self._swept_at > STILL_AFTER:
            return "its sweeper stands still"
        return "it hears no messages" if self._silence() > DEAF_AFTER else ""

    def _silence(self) -> float:
        heard_at = self._heard_at
        return 0.0 if heard_at is None else self._clock() - heard_at


watchdog = Watchdog()


def watch() -> None:
    """Look after this process from a thread of its own, for as long as it lives."""
    watchdog.swept()
    threading.Thread(target=_watch, name="watchdog", daemon=True).start()


def _watch() -> None:
    while True:
        time.sleep(LOOK_EVERY)
        why = watchdog.complaint()
        if why:
            _start_anew(why)


def _start_anew(why: str) -> None:
    """The same command in the same process; its threads end with it, rows that it held are taken over."""
    logger.critical("worker_starts_anew", extra={"why": why})
    until = time.monotonic() + LAST_WAIT
    while not watchdog.is_idle and time.monotonic() < until:
        time.sleep(0.1)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
