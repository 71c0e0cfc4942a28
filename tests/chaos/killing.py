"""Customers who buy and leave while processes die, and a record of how long each waited."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import psycopg

from config.launch.procfile import commands
from integrations.sandbox.routing import Json
from tests.chaos import checker
from tests.processes import ROOT, Product, until

PROMISE = 45.0  # seconds from a kill until the work is done
ARMED = 4  # a connection runs two syncs at a time, so more than four deaths at once cannot happen
BOOT = 40.0


@dataclass
class Scene:
    """One product, its customers, and what came of the deaths."""

    product: Product
    folder: Path
    database_url: str
    deaths: int = 0
    longest: float = 0.0
    acked: set[str] = field(default_factory=set)
    subscriptions: dict[str, str] = field(default_factory=dict)
    _markers: int = 0
    _seen: int = 0

    def marker(self) -> Path:
        """A file name that nobody used."""
        self._markers += 1
        return self.folder / f"marker{self._markers}"

    def command(self, process: str, failpoint: str, marker: Path) -> str:
        """The Procfile's line for a process that will die at the failpoint, once."""
        return f"env FAILPOINT={failpoint}:{marker} {self.line(process)}"

    def line(self, process: str) -> str:
        """The Procfile's line."""
        return commands(ROOT / "Procfile")[process]

    def buys(self, name: str) -> None:
        email = f"{name}@example.com"
        bought = self.product.sandbox.stripe.checkout(email, price="price_pro_month", name="Ada")
        self.subscriptions[email] = str(bought.subscription)

    def cancels(self, email: str) -> None:
        self.product.sandbox.stripe.cancels(self.subscriptions.pop(email))

    def news(self) -> list[Json]:
        """The events since the last call."""
        events = self.product.sandbox.stripe.events[self._seen :]
        self._seen += len(events)
        return events

    def deliver(self, events: list[Json]) -> None:
        """As Stripe does, again until each is taken."""
        for event in events:
            until(lambda event=event: self.product.deliver(event) == 200, seconds=30, what="taken")  # type: ignore[misc]
            self.acked.add(event["id"])

    @property
    def quiet(self) -> bool:
        """Everybody has what they should have, and nothing is under way."""
        return not checker.waiting(self.database_url) and not checker.differences(self.product.sandbox)

    def settles(self, *, since: float) -> None:
        """Nothing is under way and everybody is right, within the promise since the last death."""
        left = PROMISE - (time.monotonic() - since)
        until(lambda: self.quiet, seconds=left, what="everything is done after the kill")
        self.longest = max(self.longest, time.monotonic() - since)

    def right(self) -> None:
        """Nothing lost, nothing doubled."""
        assert checker.differences(self.product.sandbox) == []
        assert checker.lost(self.database_url, self.acked) == []
        members = [each["email"] for each in self.product.sandbox.circle.members.values()]
        assert len(members) == len(set(members))
        assert doubled(self.database_url) == []
        assert self.product.manage("verify_invariants") == "Every rule holds.\n"


def doubled(database_url: str) -> list[tuple[object, ...]]:
    """Lifecycle events of one subscription's start or end that are not exactly one per customer."""
    query = """
        SELECT c.id, count(*) FILTER (WHERE e.type = 'subscription_active') AS began,
               count(*) FILTER (WHERE e.type LIKE 'canceled%') AS ended, c.has_access
          FROM customers_customer c LEFT JOIN customers_lifecycleevent e ON e.customer_id = c.id
         GROUP BY c.id
    """
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(query).fetchall()
    return [row for row in rows if (row[1], row[2]) != (1, 0 if row[3] else 1)]


@dataclass(frozen=True)
class Armed:
    """A worker that dies at its failpoint, once."""

    name: str
    failpoint: str
    marker: Path

    @property
    def died(self) -> bool:
        return self.marker.exists()


@contextmanager
def armed_workers(scene: Scene, failpoints: Sequence[str]) -> Iterator[list[Armed]]:
    """Four workers that each die once; whoever of them still lives at the end is killed."""
    armed = [
        Armed(f"armed{number}", failpoint, scene.marker())
        for number, failpoint in zip(range(ARMED), cycle(failpoints), strict=False)
    ]
    for each in armed:
        scene.product.start(each.name, command=scene.command("worker", each.failpoint, each.marker))
    try:
        yield armed
    finally:
        for each in armed:
            scene.product.stop(each.name, how=signal.SIGKILL)
