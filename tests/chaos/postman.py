"""Stripe's deliveries as they really come: late, twice, out of order, again until answered 2xx."""

import heapq
import itertools
import random
import threading
import time
from collections import Counter

from integrations.sandbox.routing import Json
from tests.processes import Product

TWICE, LATE = 0.10, 0.20
LONGEST_DELAY = 3.0
LONGEST_WAIT = 8.0
HANDS = 4


class Postman:
    """Threads that deliver every event of the sandbox until we answered 2xx; `acked` is the ledger."""

    def __init__(self, product: Product, *, seed: int) -> None:
        self.acked: set[str] = set()
        self.answers: Counter[int] = Counter()
        self._product = product
        self._random = random.Random(seed)
        self._bag: list[tuple[float, int, int, Json]] = []
        self._number = itertools.count()
        self._taken = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._walk, daemon=True) for _ in range(HANDS)]

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        self._stopped.set()
        for each in self._threads:
            each.join(timeout=20)

    @property
    def done(self) -> bool:
        """Every event of the sandbox was answered 2xx, and nothing is on its way."""
        with self._lock:
            made = len(self._product.sandbox.stripe.events)
            return not self._bag and self._taken == made == len(self.acked)

    def _walk(self) -> None:
        while not self._stopped.is_set():
            found = self._next()
            if found is None:
                time.sleep(0.02)
                continue
            tries, event = found
            status = self._product.deliver(event)
            with self._lock:
                self.answers[status] += 1
                if 200 <= status < 300:
                    self.acked.add(event["id"])
                else:
                    self._put(event, wait=min(LONGEST_WAIT, 0.5 * 2**tries), tries=tries + 1)

    def _next(self) -> tuple[int, Json] | None:
        with self._lock:
            self._collect()
            if not self._bag or self._bag[0][0] > time.monotonic():
                return None
            _, _, tries, event = heapq.heappop(self._bag)
            return tries, event

    def _collect(self) -> None:
        events = self._product.sandbox.stripe.events
        while self._taken < len(events):
            event = events[self._taken]
            self._taken += 1
            late = self._random.random() < LATE
            self._put(event, wait=self._random.uniform(0, LONGEST_DELAY) if late else 0.0)
            if self._random.random() < TWICE:
                self._put(event, wait=self._random.uniform(0, LONGEST_DELAY))

    def _put(self, event: Json, *, wait: float, tries: int = 0) -> None:
        heapq.heappush(self._bag, (time.monotonic() + wait, next(self._number), tries, event))
