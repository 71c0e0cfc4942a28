"""Work that recurs in a worker, and nowhere else: a lane that is due every so many seconds."""

import time
from typing import Any

from celery.signals import worker_init


class Timer:
    """Due at most once per `seconds` in this process, from `first_after` seconds after the worker started.

    Each worker has its own, so what it starts must bear being started by several.
    """

    def __init__(self, name: str, *, seconds: float, first_after: float) -> None:
        self._seconds = seconds
        self._first_after = first_after
        self._next = float("inf")  # elsewhere than in a worker it is never due
        worker_init.connect(self.begin, weak=False, dispatch_uid=f"timer.{name}")

    def is_due(self) -> bool:
        """Whether its time has come; then the next time begins."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True

    def begin(self, **_: Any) -> None:
        """This process is a worker. Its sweeper runs what is due even while the broker never answered."""
        self._next = time.monotonic() + self._first_after
