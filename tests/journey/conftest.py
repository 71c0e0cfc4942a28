"""A PostgreSQL of each journey's own, so that processes and tests never share rows."""

from collections.abc import Iterator

import pytest

from config.launch.postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("journey") / "postgres", throwaway=True)
    yield server.start()
    server.destroy()
