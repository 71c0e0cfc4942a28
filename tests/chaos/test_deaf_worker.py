"""A worker whose Redis breaks off, freezes, or that consumes no more: work goes on, deafness ends."""

import os
import time
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from tests.chaos import checker, ground
from tests.chaos.redis import Broker, consumed
from tests.chaos.steady import Steady, purchases
from tests.processes import Product, until

pytestmark = pytest.mark.chaos
WITHIN = 90.0
PATIENCE = 3


def test_a_worker_that_consumes_no_more_starts_anew_by_itself(
    broker: Broker, database_url: str, tmp_path: Path
) -> None:
    with Product(database_url, redis_url=broker.url) as product:
        ground.prepare(product, tmp_path)
        product.start("web", "worker")
        product.wait_ready()
        pid = product.pids("worker")[0]
        until(lambda: consumed(broker.url) == ["celery"], seconds=60, what="the worker listens")
        with Celery(broker=broker.url) as app:
            app.control.cancel_consumer("celery")
        until(lambda: consumed(broker.url) == [], seconds=10, what="the worker is deaf")
        began = time.monotonic()

        until(lambda: consumed(broker.url) == ["celery"], seconds=WITHIN * PATIENCE, what="it listens again")

        print(f"a deaf worker listened again after {time.monotonic() - began:.0f} s")
        assert product.pids("worker")[0] == pid
        os.kill(pid, 0)
        steady = Steady(product)
        steady.send(purchases(product, atleast=10, name="after"))
        until(lambda: checker.waiting(database_url) == 0, seconds=60, what="nothing is under way")
        assert checker.differences(product.sandbox) == []


def test_killed_connections_and_a_frozen_redis_leave_no_worker_deaf(
    broker: Broker, database_url: str, tmp_path: Path
) -> None:
    with Product(database_url, redis_url=broker.url) as product:
        ground.prepare(product, tmp_path)
        product.start("web", "worker")
        product.wait_ready()
        for _ in range(20):
            with Redis.from_url(broker.url) as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "normal")
            time.sleep(0.2)
        broker.freeze()
        time.sleep(25)
        broker.thaw()
        steady = Steady(product)
        steady.send(purchases(product, atleast=20, name="after"))

        until(lambda: checker.waiting(database_url) == 0, seconds=60, what="nothing is under way")
        until(lambda: consumed(broker.url) == ["celery"], seconds=WITHIN, what="the worker listens")
        assert checker.lost(database_url, steady.acked) == []
        assert checker.differences(product.sandbox) == []
