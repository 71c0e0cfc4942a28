"""What Stripe and the log are told when an event could not be stored, and what becomes of the connection."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from billing.models import StripeEvent
from integrations import bulkhead
from tests.billing.world import URL, Event, World


@pytest.fixture
def ping(world: World) -> Event:
    return world.stripe.event("ping", {"id": "obj_1", "object": "thing"})


@contextmanager
def elsewhere(*, locked: bool) -> Iterator[None]:
    """Meanwhile another thread holds the table, or all places that wait for the database."""
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                if locked:
                    cursor.execute("LOCK TABLE billing_stripeevent IN ACCESS EXCLUSIVE MODE")
                    holding.set()
                    done.wait(60)
                else:
                    with bulkhead.database.place():
                        holding.set()
                        done.wait(60)
        finally:
            connection.close()

    threads = [threading.Thread(target=hold) for _ in range(1 if locked else bulkhead.PLACES)]
    for each in threads:
        holding.clear()
        each.start()
        assert holding.wait(30)
    try:
        yield
    finally:
        done.set()
        for each in threads:
            each.join()


@pytest.mark.parametrize("locked", [True, False], ids=["the table is locked", "all places wait"])
def test_it_is_said_to_stripe_and_to_the_log(
    world: World, ping: Event, locked: bool, caplog: pytest.LogCaptureFixture
) -> None:
    connection.ensure_connection()
    with elsewhere(locked=locked), caplog.at_level(logging.ERROR):
        body = json.dumps(ping).encode()
        signed = {"Stripe-Signature": world.stripe.sign(body)}
        answer = world.browser.post(URL, body, content_type="application/json", headers=signed)

    assert answer.status_code == 503
    assert "deliver the event again" in answer.content.decode()
    assert getattr(answer, "counted_as", "") == "not_stored"
    said = " ".join(record.getMessage() for record in caplog.records)
    assert ping["id"] in said
    assert ("OperationalError" if locked else "Busy") in said
    # A connection that failed is not trusted again; one that was not asked is kept.
    assert (connection.connection is None) == locked
    assert not StripeEvent.objects.exists()


def test_what_is_stored_is_confirmed(world: World, ping: Event) -> None:
    body = json.dumps(ping).encode()
    signed = {"Stripe-Signature": world.stripe.sign(body)}

    answer = world.browser.post(URL, body, content_type="application/json", headers=signed)

    assert (answer.status_code, answer.json()) == (200, {"received": True})


def test_without_the_constraint_that_keeps_it_once_nothing_is_accepted(world: World, ping: Event) -> None:
    """The key of deduplication lies in the database; were it dropped, nobody would be told "stored"."""
    key = "CONSTRAINT stripe_event_once"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE billing_stripeevent DROP {key}")
    try:
        assert world.deliver(ping, ping) == [503, 503]
        assert not StripeEvent.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE billing_stripeevent ADD {key} UNIQUE (account, event_id)")

    assert world.deliver(ping, ping) == [200, 200]
    assert StripeEvent.objects.count() == 1
