"""Handing due ids to Celery, and running them here while the broker does not answer."""

import logging
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from celery import current_app
from django.conf import settings
from django.db import connections
from kombu.exceptions import KombuError, OperationalError

from integrations.lanes import HANDED_SECONDS, Lane, nudge
from integrations.watchdog import watchdog

logger = logging.getLogger(__name__)
OWN_THREADS = 16  # more than all lanes that ask Stripe may fill, so that it alone can never take them all
LONGEST_SILENCE = 30.0
TAKEN_SECONDS = 0.5  # an idle thread hears a message well before: another process took it
_sent: dict[tuple[str, int], float] = {}  # a message is under way since then; another process may get it
_begun: Counter[tuple[str, int]] = Counter()  # runs here, however long it takes
_lock = threading.Lock()


def free_slots(lane: Lane) -> int:
    """How many more pieces of this lane the process may have under way.

    What another process took is not ours to count. While all threads here are busy a message may wait for
    one of them: it keeps its slot until it counts as lost.
    """
    now, full_at = time.monotonic(), watchdog.full_at
    with _lock:
        for key, sent in list(_sent.items()):
            if now >= min(max(sent, full_at) + TAKEN_SECONDS, sent + HANDED_SECONDS):
                del _sent[key]
        under_way = sum(1 for name, _ in _sent if name == lane.name)
        return lane.slots - under_way - sum(count for (name, _), count in _begun.items() if name == lane.name)


def begun(lane: str, row_id: int) -> None:
    """A piece is run here: its slot is taken until it is over."""
    with _lock:
        _sent.pop((lane, row_id), None)
        _begun[(lane, row_id)] += 1


def finished(lane: str, row_id: int) -> None:
    """A piece came back: its slot is free, and more may be due."""
    with _lock:
        _begun[(lane, row_id)] -= 1
        if _begun[(lane, row_id)] <= 0:
            del _begun[(lane, row_id)]
    nudge()


class Hands:
    """Publishes to Celery; while that fails, or is switched off, a small pool of threads does the work."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(OWN_THREADS, thread_name_prefix="sweeper")
        self._silence = 0.0
        self._ask_again_at = 0.0

    def hand(self, lane: Lane, row_id: int) -> None:
        with _lock:
            _sent[(lane.name, row_id)] = time.monotonic()
        if not self._publish(lane, row_id):
            begun(lane.name, row_id)  # it cannot be lost on the way
            self._pool.submit(_run_here, lane, row_id)

    def close(self) -> None:
        """Wait for what runs here."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _publish(self, lane: Lane, row_id: int) -> bool:
        if not getattr(settings, "CELERY_PUBLISHING", True) or time.monotonic() < self._ask_again_at:
            return False
        try:
            current_app.send_task(lane.task, args=[row_id], retry=False)
        except (KombuError, OperationalError, OSError, ConnectionError) as error:
            self._silence = min(LONGEST_SILENCE, max(1.0, self._silence * 2))
            self._ask_again_at = time.monotonic() + self._silence
            watchdog.unpublished()
            logger.warning("broker_silent", extra={"error": type(error).__name__, "wait": self._silence})
            return False
        self._silence = 0.0
        watchdog.published()
        return True


def _run_here(lane: Lane, row_id: int) -> None:
    try:
        lane.run(row_id)
    except Exception:  # the thread must live; the row is due again by itself
        logger.exception("run_failed", extra={"lane": lane.name, "id": row_id})
    finally:
        connections.close_all()
        finished(lane.name, row_id)
