"""Databases, brokers and products of the tests' own: their rows must not meet those of other tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bringup.fresh import fresh_database
from tests.bringup.redis import own_redis
from tests.chaos import ground
from tests.chaos.killing import Scene
from tests.processes import Product


@pytest.fixture
def database_url() -> Iterator[str]:
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with own_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def scene(redis: str, tmp_path: Path) -> Iterator[Scene]:
    with fresh_database() as url, Product(url, redis_url=redis) as product:
        ground.prepare(product, tmp_path)
        yield Scene(product, tmp_path, url)
