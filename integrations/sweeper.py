"""The sweeper: finds what is due each second and hands it out; messages are only wake-ups."""

import logging
import threading
import time

from django.db import DatabaseError, connections

from integrations import heartbeat
from integrations.handing import Hands, free_slots
from integrations.lanes import Lane, nudge, registered, woken
from integrations.watchdog import watchdog

__all__ = ["CANARY", "Sweeper", "drain", "nudge"]

logger = logging.getLogger(__name__)
POLL_SECONDS = 1.0
BEAT_SECONDS = 5.0
CANARY_SECONDS = 15.0
AT_ONCE = 50

# Goes the way of real work, so its heartbeat means that work is done, not only that a process exists.
CANARY = Lane(
    name="canary",
    claim=lambda _most: [0],
    run=lambda _id: heartbeat.beat("worker"),
    task="integrations.tasks.run_canary",
    slots=1,
)


def drain(max_rounds: int = 1_000) -> int:
    """Run everything due, here and now, until nothing is. Returns how many pieces were run."""
    count = 0
    for _ in range(max_rounds):
        found = 0
        for lane in registered():
            for due in lane.claim(AT_ONCE):
                lane.run(due)
                found += 1
        if not found:
            break
        count += found
    return count


class Sweeper:
    """A thread in every Celery worker."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sweeper", daemon=True)
        self._hands = Hands()
        self._beat_at = 0.0
        self._canary_at = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Hand out nothing more, and wait for what runs here."""
        self._stopped.set()
        nudge()
        self._thread.join(timeout=20)
        self._hands.close()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            woken.clear()
            watchdog.swept()
            try:
                self.sweep()
            except DatabaseError as error:
                logger.warning("sweep_failed", extra={"error": type(error).__name__})
                connections.close_all()
                self._stopped.wait(POLL_SECONDS)
            except Exception:  # a bug in one lane must not stop the others for good
                logger.exception("sweep_failed")
                self._stopped.wait(POLL_SECONDS)
            woken.wait(POLL_SECONDS)
        connections.close_all()

    def sweep(self) -> None:
        """One look at all lanes."""
        self._sign_of_life()
        for lane in registered():
            free = free_slots(lane)
            if free > 0:
                for due in lane.claim(free):
                    self._hands.hand(lane, due)

    def _sign_of_life(self) -> None:
        now = time.monotonic()
        if now >= self._beat_at:
            self._beat_at = now + BEAT_SECONDS
            heartbeat.beat("sweeper")
        if now >= self._canary_at or watchdog.in_question:
            self._canary_at = now + CANARY_SECONDS
            self._hands.hand(CANARY, 0)
