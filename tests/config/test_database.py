"""A database that stops answering costs seconds, not threads."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connections

from tests.config.production import GOOD, run


@pytest.fixture
def own() -> Iterator[Any]:
    """A connection of this test alone."""
    connection = connections.create_connection("default")
    # Its settings are those of every connection of this process, so they are copied and not changed.
    options = connection.settings_dict["OPTIONS"] | {"patience": 2.5}
    connection.settings_dict = connection.settings_dict | {"OPTIONS": options}
    yield connection
    connection.close()


def backend(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_frozen_server_is_given_up_and_the_next_connection_works(own: Any) -> None:
    frozen = backend(own)
    os.kill(frozen, signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(OperationalError):
            backend(own)
        assert time.monotonic() - started < 5  # by itself it would wait for ever
        own.close()

        assert backend(own) != frozen
    finally:
        os.kill(frozen, signal.SIGCONT)


@pytest.mark.django_db
def test_a_frozen_kept_connection_is_replaced_at_the_next_request(own: Any) -> None:
    frozen = backend(own)
    own.health_check_enabled, own.health_check_done = True, False
    os.kill(frozen, signal.SIGSTOP)
    try:
        started = time.monotonic()
        own.close_if_health_check_failed()
        assert backend(own) != frozen
        assert time.monotonic() - started < 5  # by itself it would wait for ever
    finally:
        os.kill(frozen, signal.SIGCONT)


def test_the_web_process_waits_less_than_the_others() -> None:
    told = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS']['patience'])"

    assert float(run(f"import config.wsgi; {told}", GOOD).stdout) == 4
    assert float(run(told, GOOD).stdout) == 35
