"""Databases, brokers and products of the tests' own: their rows must not meet those of other tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bringup.fresh import fresh_database
from tests.bringup.redis import own_redis
from tests.chaos import ground
from tests.chaos.killing import Scene
from tests.chaos.redis import Broker
from tests.chaos.redis import broker as breakable
from tests.processes import Product
from tests.support.alerts.listener import Listener


@pytest.fixture
def database_url() -> Iterator[str]:
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A Redis of this test alone, to be killed and frozen."""
    with breakable(tmp_path) as made:
        yield made


@pytest.fixture
def scene(redis: str, tmp_path: Path) -> Iterator[Scene]:
    with fresh_database() as url, Product(url, redis_url=redis) as product:
        ground.prepare(product, tmp_path)
        yield Scene(product, tmp_path, url)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Where alerts are posted."""
    made = Listener()
    yield made
    made.stop()


@pytest.fixture
def alarmed(listener: Listener, redis: str, tmp_path: Path) -> Iterator[Scene]:
    """A scene whose alerts the listener hears."""
    hook = {"ALERT_WEBHOOK_URL": listener.start()}
    with fresh_database() as url, Product(url, redis_url=redis, extra=hook) as product:
        ground.prepare(product, tmp_path)
        yield Scene(product, tmp_path, url)
