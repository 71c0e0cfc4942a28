"""The lanes of due work: what is due, how one piece is run, and how many slots of a worker it may fill."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

HANDED_SECONDS = 10.0
woken = threading.Event()
_lanes: dict[str, "Lane"] = {}


@dataclass(frozen=True)
class Lane:
    """One kind of due row.

    claim(n): up to n due ids, marked as handed so that nobody is handed them again for about 10 s.
    run(id): do it, if it is still due; safe to call twice. task: the Celery task that calls run.
    """

    name: str
    claim: Callable[[int], list[int]]
    run: Callable[[int], None]
    task: str
    slots: int


def register(lane: Lane) -> None:
    """Add a lane; the same name again replaces it."""
    _lanes[lane.name] = lane


def registered() -> list[Lane]:
    """All lanes, in the order in which they were added."""
    return list(_lanes.values())


def nudge() -> None:
    """Wake this process's sweeper: something became due. Cheap, and harmless where there is no sweeper."""
    woken.set()


class Handed:
    """What this process handed out lately, for lanes whose rows have no column for it. Thread-safe."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}
        self._lock = threading.Lock()

    def take(self, ids: list[int], *, most: int) -> list[int]:
        """Those that were not handed out within the last 10 s, marked as handed now."""
        now = time.monotonic()
        with self._lock:
            self._until = {each: until for each, until in self._until.items() if until > now}
            fresh = [each for each in ids if each not in self._until][:most]
            self._until.update(dict.fromkeys(fresh, now + HANDED_SECONDS))
        return fresh

    def take_due(self, due: QuerySet[Any], *, most: int) -> list[int]:
        """The same of rows, in their order; it reads past those handed out lately, even if all fail."""
        now = time.monotonic()
        with self._lock:
            lately = [each for each, until in self._until.items() if until > now]
        return self.take(list(due.exclude(pk__in=lately).values_list("pk", flat=True)[:most]), most=most)

    def done(self, row_id: int) -> None:
        """It was run: it may be handed out again at once if it is due again."""
        with self._lock:
            self._until.pop(row_id, None)
