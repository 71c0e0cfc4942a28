"""Redis emptied, restarted and frozen while much is under way: all is done in time, and done once."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from tests.chaos import checker, ground
from tests.chaos.redis import Broker, consumed
from tests.chaos.steady import Steady, purchases
from tests.processes import Product, until

pytestmark = pytest.mark.chaos

TIMES = int(os.environ.get("CHAOS_TIMES", "2"))
BETWEEN = float(os.environ.get("CHAOS_BETWEEN_SECONDS", "8"))
FROZEN = float(os.environ.get("CHAOS_FROZEN_SECONDS", "45"))
USUAL, CROWD = 25, int(os.environ.get("CHAOS_SYNCS", "200")) // 2  # people; each is two syncs
PROMISE = 60.0
LISTENS_WITHIN = 90.0
RATE = 8.0


@pytest.fixture
def product(broker: Broker, database_url: str, tmp_path: Path) -> Iterator[Product]:
    with Product(database_url, redis_url=broker.url) as made:
        ground.prepare(made, tmp_path)
        made.start("web", "worker", "beat")
        made.wait_ready()
        yield made


def test_redis_emptied_again_and_again_with_hundreds_of_syncs_due_delays_them_a_little(
    broker: Broker, product: Product, database_url: str
) -> None:
    usual = drained(product, database_url, people=range(USUAL))
    with emptied(broker) as times:
        took = drained(product, database_url, people=range(USUAL, USUAL + CROWD))

    print(
        f"{2 * USUAL} syncs in {usual:.1f} s; {2 * CROWD} in {took:.1f} s, Redis emptied {len(times)} times"
    )
    assert took < 1.5 * usual * CROWD / USUAL + 30
    right(product, database_url)


def test_redis_restarted_empty_under_load_loses_nothing_and_leaves_no_worker_deaf(
    broker: Broker, product: Product, database_url: str
) -> None:
    steady = Steady(product, rate=RATE)
    sending = steady.send_beside(purchases(product, atleast=int(TIMES * BETWEEN * RATE), name="buyer"))
    for _ in range(TIMES):
        broker.kill()
        time.sleep(1)
        broker.start()
        for _ in range(20):
            with Redis.from_url(broker.url) as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "normal")
            time.sleep(0.05)
        time.sleep(BETWEEN - 2)
    sending.join()

    done = checker.settles(database_url, seconds=PROMISE)
    heard = until(lambda: consumed(broker.url) == ["celery"], seconds=LISTENS_WITHIN, what="it listens")
    print(
        f"{TIMES} restarts, 20 cuts each: {steady.report()};"
        f" all done {done:.1f} s after, listens {heard:.1f} s later"
    )
    assert set(steady.first) == {200}
    right(product, database_url, steady)


def test_redis_frozen_in_mid_load_stops_no_work(broker: Broker, product: Product, database_url: str) -> None:
    steady = Steady(product, rate=RATE)
    sending = steady.send_beside(purchases(product, atleast=int((FROZEN + 5) * RATE), name="buyer"))
    time.sleep(3)
    broker.freeze()
    waited = 0.0
    for _ in range(int(FROZEN)):
        time.sleep(1)
        waited = max(waited, oldest(database_url))
    broker.thaw()
    sending.join()

    done = checker.settles(database_url, seconds=PROMISE)
    heard = until(lambda: consumed(broker.url) == ["celery"], seconds=LISTENS_WITHIN, what="it listens")
    print(
        f"frozen {FROZEN:g} s: {steady.report()}; the longest wait was {waited:.1f} s;"
        f" all done {done:.1f} s after, listens {heard:.1f} s later"
    )
    assert set(steady.first) == {200}
    assert waited < PROMISE
    right(product, database_url, steady)


@contextmanager
def emptied(broker: Broker) -> Iterator[list[float]]:
    """FLUSHALL four times a second, for as long as the block lasts; when each was."""
    over, times = threading.Event(), list[float]()

    def flush() -> None:
        with Redis.from_url(broker.url) as client:
            while not over.wait(0.25):
                client.flushall()
                times.append(time.monotonic())

    thread = threading.Thread(target=flush, daemon=True)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()


def drained(product: Product, database_url: str, *, people: range) -> float:
    """They buy while both destinations are paused, then those go on; seconds until all syncs were done."""
    for slug in ("circle", "kit"):
        product.manage("connection", slug, "pause")
    stripe = product.sandbox.stripe
    seen = len(stripe.events)
    for number in people:
        stripe.checkout(f"person{number}@example.com", price="price_lifetime")
    told = [each for each in stripe.events[seen:] if each["type"] == "checkout.session.completed"]
    Steady(product, rate=100).send(told)
    until(
        lambda: checker.waiting(database_url) == due(database_url) == 2 * len(people),
        seconds=PROMISE,
        what="only the syncs are due",
    )
    started = time.monotonic()
    for slug in ("circle", "kit"):
        product.manage("connection", slug, "resume")
    checker.settles(database_url, seconds=5 * PROMISE)
    return time.monotonic() - started


def due(database_url: str) -> int:
    """Syncs that are due."""
    query = "SELECT count(*) FROM integrations_sync WHERE due_at <= statement_timestamp()"
    return int(_first(database_url, query))


def oldest(database_url: str) -> float:
    """Seconds that the longest waiting event or sync has been due."""
    query = """
        SELECT extract(epoch FROM statement_timestamp() - least(
            (SELECT min(received_at) FROM billing_stripeevent WHERE due_at IS NOT NULL),
            (SELECT min(due_since) FROM integrations_sync WHERE status <> 'in_sync'),
            statement_timestamp()))
    """
    return float(_first(database_url, query))


def _first(database_url: str, query: str) -> float:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return float(row[0])


def right(product: Product, database_url: str, steady: Steady | None = None) -> None:
    """Nothing lost, nothing doubled, and beat has borne it too."""
    assert product.runs("beat")
    assert checker.differences(product.sandbox) == []
    assert checker.repeated(product.sandbox) == []
    assert checker.lost(database_url, steady.acked if steady else set()) == []
    assert product.manage("verify_invariants") == "Every rule holds.\n"
