"""Whoever asks whether we are ready is told "no" in time, as JSON, while the database is frozen or down."""

import json
import time
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

from tests.chaos.postgres import Server, server
from tests.processes import Product, until

pytestmark = pytest.mark.chaos

NO_MORE_THAN = 5  # seconds: as for a webhook
SIGNED_IN = {"Cookie": f"{settings.SESSION_COOKIE_NAME}=a-session-of-staff"}


@pytest.fixture
def postgres() -> Iterator[Server]:
    with server() as made:
        yield made


def ready(product: Product, headers: dict[str, str]) -> tuple[int, object]:
    """The status and what the JSON says; fails on anything but JSON and on an answer that is late."""
    started = time.monotonic()
    try:
        with urlopen(Request(product.address + "/readyz", headers=headers), timeout=30) as answer:
            status, body = answer.status, answer.read()
    except HTTPError as error:
        status, body = error.code, error.read()
    took = time.monotonic() - started
    print(f"/readyz {status} after {took:.2f} s {'with' if headers else 'without'} a session")
    assert took < NO_MORE_THAN
    return status, json.loads(body)


def test_without_a_database_readiness_is_a_no_in_time_whether_somebody_is_signed_in_or_not(
    postgres: Server,
) -> None:
    no = (503, {"status": "not ready"})
    with Product(postgres.url) as product:
        product.manage("migrate", "--noinput", "--verbosity", "0")
        product.start("web")
        until(lambda: product.get("/healthz") == 200, seconds=90, what="/healthz answers 200")
        for _ in range(20):  # every thread has a connection that it keeps
            ready(product, {})

        with postgres.frozen():
            assert [ready(product, each) for each in ({}, SIGNED_IN, {}, SIGNED_IN)] == [no] * 4
        postgres.stop()
        assert [ready(product, each) for each in ({}, SIGNED_IN, {}, SIGNED_IN)] == [no] * 4
