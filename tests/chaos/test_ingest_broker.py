"""Redis down, frozen, full, read-only or locked: deliveries notice nothing, and the sweeper does the work."""

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.chaos import checker, ground
from tests.chaos.killing import BOOT
from tests.chaos.redis import Broker
from tests.chaos.steady import Steady, purchases
from tests.processes import Product, until

pytestmark = pytest.mark.chaos

PROMISE = 60.0  # seconds until all that was accepted is processed
RATE = 40.0
Act = Callable[[Broker], None]


TROUBLES: dict[str, tuple[Act, Act, int]] = {
    "down": (Broker.kill, Broker.start, 200),
    "frozen": (Broker.freeze, Broker.thaw, 200),
    "full": (Broker.fill, Broker.drain, 200),
    "a read-only replica": (Broker.become_replica, Broker.become_master, 200),
    "another password": (Broker.lock, Broker.unlock, 200),
}


def sent(product: Product, atleast: int, *, name: str) -> Steady:
    steady = Steady(product, rate=RATE)
    steady.send(purchases(product, atleast=atleast, name=name))
    return steady


@pytest.mark.parametrize("trouble", TROUBLES)
def test_without_redis_everything_is_accepted_as_fast_and_processed_all_the_same(
    trouble: str, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    begins, ends, atleast = TROUBLES[trouble]
    with Product(database_url, redis_url=broker.url) as product:
        ground.prepare(product, tmp_path)
        product.start("web", "worker", "beat")
        product.wait_ready()
        usual = sent(product, atleast, name="before")
        settled(database_url, product)

        begins(broker)
        without = [sent(product, atleast, name="without")]
        took = settled(database_url, product)
        if without[0].p95 >= max(0.1, 2 * usual.p95):
            # What else the machine does passes; a request that speaks to Redis is as slow again.
            without.append(sent(product, atleast, name="once_more"))
            settled(database_url, product)
        ends(broker)
        after = sent(product, 20, name="after")
        afterwards = settled(database_url, product)

        print(
            f"Redis {trouble}: usual {usual.report()} | without {[each.report() for each in without]},"
            f" processed {took:.1f} s after the last | Redis again: {afterwards:.1f} s"
        )
        assert {status for each in (*without, after) for status in each.first} == {200}
        assert min(each.p95 for each in without) < max(0.1, 2 * usual.p95)
        acked = set().union(*(each.acked for each in (usual, *without, after)))
        assert checker.lost(database_url, acked) == []
        assert checker.differences(product.sandbox) == []


def test_with_publishing_switched_off_the_sweeper_does_everything(database_url: str, tmp_path: Path) -> None:
    with Product(database_url, extra={"CELERY_PUBLISHING": "off"}) as product:
        ground.prepare(product, tmp_path)
        product.start("web", "worker")
        product.wait_ready()
        steady = Steady(product)
        steady.send(purchases(product, atleast=100, name="buyer"))

        took = settled(database_url, product)

        print(f"no messages: {steady.report()}, processed {took:.1f} s after the last")
        assert took < 30
        assert list((product.folder / "broker").glob("*.msg")) == []
        assert checker.lost(database_url, steady.acked) == []
        assert checker.differences(product.sandbox) == []


def test_a_worker_started_without_redis_does_what_is_due_and_what_recurs(
    broker: Broker, database_url: str, tmp_path: Path
) -> None:
    with Product(database_url, redis_url=broker.url) as product:
        ground.prepare(product, tmp_path)
        broker.kill()
        product.start("web", "worker")
        until(lambda: product.get("/healthz") == 200, seconds=BOOT, what="the web is up")
        steady = Steady(product)
        steady.send(purchases(product, atleast=20, name="buyer"))

        took = settled(database_url, product)
        with psycopg.connect(database_url, autocommit=True) as connection:
            counted = "SELECT count(*) FROM integrations_heartbeat WHERE name = 'statistics'"
            until(lambda: connection.execute(counted).fetchone() == (1,), seconds=BOOT, what="it counts")

        print(f"never any Redis: {steady.report()}, processed {took:.1f} s after the last")
        assert checker.lost(database_url, steady.acked) == []
        assert checker.differences(product.sandbox) == []


def settled(database_url: str, product: Product) -> float:
    """Seconds until nothing is under way."""
    started = time.monotonic()
    until(lambda: checker.waiting(database_url) == 0, seconds=PROMISE, what="nothing is under way")
    return time.monotonic() - started
