"""Alerts with the real processes: a web process alone notices that nobody works, and that it is over."""

from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from tests.bringup.fresh import fresh_database
from tests.processes import Product, until
from tests.support.alerts.listener import Listener

pytestmark = pytest.mark.chaos


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


def refused(product: Product) -> int:
    """Post what nobody signed."""
    request = Request(f"{product.address}/api/webhooks/stripe", data=b"{}", method="POST")
    request.add_header("Content-Type", "application/json")
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_a_web_process_alone_tells_that_no_worker_works_and_that_one_came(listener: Listener) -> None:
    hook = listener.start()
    told: set[tuple[str, str]] = set()

    def heard(event: str, kind: str) -> bool:
        told.update((each["event"], each["kind"]) for each in listener.heard)
        return (event, kind) in told

    with fresh_database() as url, Product(url, extra={"ALERT_WEBHOOK_URL": hook}) as product:
        product.prepare()
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("UPDATE django_migrations SET applied = applied - interval '1 day'")
            product.start("web")
            until(lambda: product.get("/healthz") == 200, seconds=90, what="the web process answers")
            assert [refused(product) for _ in range(6)] == [400] * 6

            until(lambda: heard("opened", "sweeper_silent"), seconds=60, what="silence is told")
            until(lambda: heard("opened", "signatures_refused"), seconds=5, what="refusals are told")
            counted = database.execute("SELECT sum(count) FROM billing_deliveryminute WHERE status = 400")
            assert counted.fetchone() == (6,)

            product.start("worker", "beat")
            until(lambda: heard("recovered", "sweeper_silent"), seconds=60, what="recovery is told")
        assert [each["kind"] for each in listener.heard].count("sweeper_silent") == 2
        assert not heard("opened", "beat_silent")
