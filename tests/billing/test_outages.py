"""An outage of Stripe is the connection's trouble: no event is given up for it."""

import threading
from collections.abc import Iterator
from socket import create_server

import pytest
from pytest_django import Settings

from billing import inbox
from integrations.models import Connection
from tests.billing.world import Event, World

ADA = "ada@example.com"


@pytest.fixture
def event(world: World) -> Event:
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    event = world.stripe.event("invoice.paid", world.stripe.get(bought.invoice))
    assert world.deliver(event) == [200]
    return event


@pytest.fixture
def untrusted(settings: Settings) -> Iterator[str]:
    """Somebody answers at Stripe's address, and cannot prove to be Stripe."""
    server = create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                caller.recv(1_024)
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.getsockname()[1]}"
    server.shutdown(2)
    server.close()
    thread.join(5)


def try_again(world: World) -> None:
    world.wait()
    Connection.objects.filter(slug="stripe").update(failures_in_row=0)
    world.process()


def test_an_event_outlives_a_stripe_that_cannot_prove_who_it_is(
    world: World, event: Event, untrusted: str, settings: Settings
) -> None:
    healthy, settings.STRIPE_API_BASE = settings.STRIPE_API_BASE, untrusted
    for _ in range(10):
        try_again(world)
    assert (world.event(event).status, world.event(event).reason) == ("failed", "tls")

    settings.STRIPE_API_BASE = healthy
    try_again(world)

    assert world.event(event).status == "processed"


def test_the_probe_of_a_stripe_that_is_down_costs_the_event_no_try(world: World, event: Event) -> None:
    world.stripe.fail(500)
    Connection.objects.filter(slug="stripe").update(failures_in_row=10)
    for _ in range(3):
        world.wait()
        inbox.run(world.event(event).pk)

    row = world.event(event)
    assert (row.status, row.reason, row.attempt_count) == ("failed", "http_500", 0)
