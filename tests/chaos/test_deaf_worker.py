"""A worker whose Redis breaks off, freezes, or that consumes no more: work goes on, deafness ends."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from tests.chaos import checker, ground
from tests.chaos.redis import Broker, broker
from tests.chaos.steady import Steady, purchases
from tests.processes import Product, until

pytestmark = pytest.mark.chaos
WITHIN = 90.0
PATIENCE = 3


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path) as made:
        yield made


def consumed(url: str) -> list[str]:
    """The queues that the worker says it reads."""
    with Celery(broker=url) as app:
        answers = app.control.inspect(timeout=2).active_queues() or {}
    return [queue["name"] for queues in answers.values() for queue in queues]


def test_a_worker_that_consumes_no_more_starts_anew_by_itself(
    redis: Broker, database_url: str, tmp_path: Path
) -> None:
    with Product(database_url, redis_url=redis.url) as product:
        ground.prepare(product, tmp_path)
        product.start("web", "worker")
        product.wait_ready()
        pid = product.pids("worker")[0]
        until(lambda: consumed(redis.url) == ["celery"], seconds=60, what="the worker listens")
        with Celery(broker=redis.url) as app:
            app.control.cancel_consumer("celery")
        until(lambda: consumed(redis.url) == [], seconds=10, what="the worker is deaf")
        began = time.monotonic()

        until(lambda: consumed(redis.url) == ["celery"], seconds=WITHIN * PATIENCE, what="it listens again")

        print(f"a deaf worker listened again after {time.monotonic() - began:.0f} s")
        assert product.pids("worker")[0] == pid
        os.kill(pid, 0)
        steady = Steady(product)
        steady.send(purchases(product, atleast=10, name="after"))
        until(lambda: checker.waiting(database_url) == 0, seconds=60, what="nothing is under way")
        assert checker.differences(product.sandbox) == []


def test_killed_connections_and_a_frozen_redis_leave_no_worker_deaf(
    redis: Broker, database_url: str, tmp_path: Path
) -> None:
    with Product(database_url, redis_url=redis.url) as product:
        ground.prepare(product, tmp_path)
        product.start("web", "worker")
        product.wait_ready()
        for _ in range(20):
            with Redis.from_url(redis.url) as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "normal")
            time.sleep(0.2)
        redis.freeze()
        time.sleep(25)
        redis.thaw()
        steady = Steady(product)
        steady.send(purchases(product, atleast=20, name="after"))

        until(lambda: checker.waiting(database_url) == 0, seconds=60, what="nothing is under way")
        until(lambda: consumed(redis.url) == ["celery"], seconds=WITHIN, what="the worker listens")
        assert checker.lost(database_url, steady.acked) == []
        assert checker.differences(product.sandbox) == []
