"""A PostgreSQL of each journey's own, so that processes and tests never share rows."""

from collections.abc import Iterator

import pytest

from tests.bringup.fresh import fresh_database


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with fresh_database() as url:
        yield url
