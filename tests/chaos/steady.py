"""Deliveries at a steady rate, each again until answered 2xx, and a record of every try."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from integrations.sandbox.routing import Json
from tests.processes import Product

HANDS = 32
LONGEST = 180.0  # a test whose product is gone must end
BETWEEN_TRIES = 0.5  # Stripe waits longer, but asks no more often than needed either


@dataclass
class Steady:
    """A sender beside the test. `first` are the answers to first tries, `acked` the events answered 2xx."""

    product: Product
    rate: float = 20.0
    again: bool = True  # until answered 2xx
    first: Counter[int] = field(default_factory=Counter)
    acked: set[str] = field(default_factory=set)
    took: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, events: Iterable[Json]) -> None:
        """All of them, at the rate; returns when each was answered for good."""
        with ThreadPoolExecutor(HANDS) as hands:
            started = time.monotonic()
            for number, event in enumerate(events):
                time.sleep(max(0.0, started + number / self.rate - time.monotonic()))
                hands.submit(self._deliver, event)

    def send_beside(self, events: Iterable[Json]) -> threading.Thread:
        """The same, while the test goes on."""
        thread = threading.Thread(target=self.send, args=(events,), daemon=True)
        thread.start()
        return thread

    @property
    def p95(self) -> float:
        """Seconds, of all tries."""
        return sorted(self.took)[int(0.95 * (len(self.took) - 1))]

    def report(self) -> str:
        answers = ", ".join(f"{count} x {status}" for status, count in sorted(self.first.items()))
        return f"first tries: {answers}; p95 {self.p95 * 1000:.0f} ms, longest {max(self.took) * 1000:.0f} ms"

    def _deliver(self, event: Json) -> None:
        gives_up_at = time.monotonic() + LONGEST
        status = self._once(event)
        with self._lock:
            self.first[status] += 1
        while self.again and not 200 <= status < 300 and time.monotonic() < gives_up_at:
            time.sleep(BETWEEN_TRIES)
            status = self._once(event)
        if 200 <= status < 300:
            with self._lock:
                self.acked.add(event["id"])

    def _once(self, event: Json) -> int:
        started = time.monotonic()
        status = self.product.deliver(event)
        with self._lock:
            self.took.append(time.monotonic() - started)
        return status


def pings(product: Product, *, padding: int = 0) -> Iterator[Json]:
    """Events that are settled as soon as they are stored, of at least `padding` random bytes."""
    while True:
        thing = {"id": "obj_ping", "object": "thing", "padding": secrets.token_hex(padding)}
        yield product.sandbox.stripe.event("ping", thing)


def purchases(product: Product, *, atleast: int, name: str) -> list[Json]:
    """Events of customers who buy, as many customers as it takes."""
    stripe = product.sandbox.stripe
    seen = number = len(stripe.events)
    while len(stripe.events) - seen < atleast:
        number += 1
        stripe.checkout(f"{name}{number}@example.com", price="price_pro_month")
    return stripe.events[seen:]
