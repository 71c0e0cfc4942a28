"""A PostgreSQL of each journey's own, so that processes and tests never share rows."""

from collections.abc import Iterator

import pytest

from tests.bringup.database import own_database


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with own_database() as url:
        yield url
