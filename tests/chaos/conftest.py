"""A PostgreSQL of each test's own: its processes' rows must not meet those of other tests."""

from collections.abc import Iterator

import pytest

from tests.bringup.database import own_database


@pytest.fixture
def database_url() -> Iterator[str]:
    with own_database() as url:
        yield url
