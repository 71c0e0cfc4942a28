"""Stripe's API fails while we read: nothing is lost, nobody is asked too often, removals go through."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from billing import lanes
from billing.models import StripeEvent
from customers.models import LifecycleEvent
from integrations import pausing
from integrations.models import Connection
from integrations.sandbox.faults import FaultOptions
from tests.billing.world import Event, World

FAULTS: dict[str, FaultOptions] = {
    "429": {"status": 429},
    "429 with a wish": {"status": 429, "headers": {"Retry-After": "7"}},
    "429 with an absurd wish": {"status": 429, "headers": {"Retry-After": "soon"}},
    "429 in plain text": {"status": 429, "body": "Retry later"},
    "500": {"status": 500},
    "502 in HTML": {"status": 502, "body": "<html>Bad gateway</html>"},
    "503": {"status": 503},
    "reset": {"reset": True},
    "an empty 200": {"status": 200, "body": ""},
    "HTML with 200": {"status": 200, "body": "<html>Hello</html>"},
    "half of the JSON": {"status": 200, "body": '{"id": "sub_'},
}


def calls(world: World) -> int:
    return len(world.sandbox.journal.calls("stripe"))


def bought(world: World, count: int = 1) -> list[Event]:
    """So many people bought; the one event of each that tells us."""
    told = []
    for number in range(count):
        checkout = world.stripe.checkout(f"ada{number}@example.com", price="price_pro_month")
        told.append(world.stripe.event("invoice.paid", world.stripe.get(checkout.invoice)))
    return told


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_an_event_is_processed_after_stripe_healed(world: World, fault: FaultOptions) -> None:
    fault["times"] = 4
    world.stripe.fail(**fault)
    event = bought(world)[0]

    world.play([event])
    assert world.event(event).status == "failed"
    assert world.event(event).reason
    for _ in range(5):
        world.wait()
        world.process()

    assert world.event(event).status == "processed"
    assert world.history("ada0@example.com") == ["subscription_active"]


def test_a_429_holds_every_call_to_stripe_and_spends_nobodys_tries(world: World) -> None:
    world.stripe.fail(429, headers={"Retry-After": "60"})
    events = bought(world, 20)
    assert set(world.deliver(*events)) == {200}

    world.process()
    world.process()

    assert calls(world) == 1
    assert StripeEvent.objects.filter(attempt_count=0).count() == 20
    assert 20 < _wait(world) <= 60
    world.stripe.heal()
    world.wait()
    world.process()
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"processed"}


def _wait(world: World) -> float:
    left = Connection.objects.filter(slug="stripe").values_list(F("wait_until") - Now(), flat=True).get()
    assert isinstance(left, timedelta)
    return left.total_seconds()


def test_a_revoked_key_pauses_stripe_after_one_call_and_resuming_heals_everybody(world: World) -> None:
    world.stripe.fail(401)
    events = bought(world, 20)
    assert set(world.deliver(*events)) == {200}

    world.process()
    world.process()

    stripe = Connection.objects.get(slug="stripe")
    assert (stripe.pause_reason, calls(world)) == ("key_refused", 1)
    assert not StripeEvent.objects.filter(attempt_count__gt=0).exists()
    assert not StripeEvent.objects.exclude(status__in=("received", "failed")).exists()

    world.stripe.heal()
    pausing.resume(stripe.pk)
    world.wait()
    world.process()

    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"processed"}


def test_a_right_that_was_taken_from_the_key_pauses_stripe_and_is_named(world: World) -> None:
    world.stripe.fail(403, route="GET /invoices/{id}")
    event = world.stripe.event(
        "credit_note.created", {"id": "cn_1", "object": "credit_note", "invoice": "in_1"}
    )

    world.play([event])

    assert Connection.objects.get(slug="stripe").pause_reason == "key_lacks_right"


def test_a_signed_end_removes_access_while_stripe_does_not_answer(world: World) -> None:
    checkout = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    world.stripe.fail(reset=True)
    before = calls(world)
    world.stripe.cancels(checkout.subscription)

    world.play(world.stripe.events[-1:])

    person = world.person("ada@example.com")
    assert (person.status, person.has_access) == ("canceled", False)
    assert calls(world) == before


@pytest.mark.parametrize("trouble", ["paused", "told to wait", "breaker open"])
def test_a_signed_end_does_not_wait_for_a_connection_that_is_held(world: World, trouble: str) -> None:
    checkout = world.stripe.checkout("ada@example.com", price="price_pro_month")
    other = world.stripe.checkout("bob@example.com", price="price_pro_month")
    world.know()
    later = Now() + timedelta(minutes=5)
    held: dict[str, dict[str, object]] = {
        "paused": {"paused_at": Now(), "pause_reason": "key_refused"},
        "told to wait": {"wait_until": later},
        "breaker open": {"failures_in_row": 10, "open_until": later},
    }
    Connection.objects.filter(slug="stripe").update(**held[trouble])
    heard = len(world.stripe.events)
    world.stripe.renews(other.subscription)
    world.stripe.cancels(checkout.subscription)

    world.play(world.stripe.events[heard:], at_once=True)

    assert not world.person("ada@example.com").has_access
    assert world.event(world.stripe.events[-1]).status == "processed"
    assert {world.event(each).status for each in world.stripe.events[heard:-1]} == {"received"}


def test_a_deleted_customer_loses_access_while_stripe_does_not_answer(world: World) -> None:
    checkout = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    world.stripe.fail(503)
    world.stripe.deletes_customer(checkout.customer)

    world.play([each for each in world.stripe.events if each["type"] == "customer.deleted"])

    person = world.person("ada@example.com")
    assert (person.status, person.has_access, person.flags) == ("canceled", False, ["customer_deleted"])


def test_ends_are_handed_out_before_everything_else(world: World) -> None:
    events = bought(world, 5)
    checkout = world.stripe.checkout("last@example.com", price="price_pro_month")
    world.stripe.cancels(checkout.subscription)
    assert set(world.deliver(*events, world.stripe.events[-1])) == {200}

    first = lanes.claim_events(1)

    assert first == [world.event(world.stripe.events[-1]).pk]


def test_an_event_is_not_given_up_within_a_day_of_trouble_at_stripe(world: World) -> None:
    event = bought(world)[0]
    world.stripe.fail(500)
    world.play([event])

    for _ in range(15):
        world.wait()
        Connection.objects.filter(slug="stripe").update(failures_in_row=0)
        world.process()
    assert world.event(event).status == "failed"

    world.stripe.heal()
    world.wait()
    world.process()
    assert world.event(event).status == "processed"


def test_an_object_that_stripe_does_not_know_is_looked_for_twice_and_then_parked(world: World) -> None:
    event = world.stripe.event("customer.updated", {"id": "cus_nobody", "object": "customer"})

    world.play([event])
    assert (world.event(event).status, world.event(event).reason) == ("failed", "not_found")
    world.wait()
    world.process()

    assert (world.event(event).status, world.event(event).reason) == ("unmatched", "not_found")
    assert calls(world) == 2
    assert not LifecycleEvent.objects.exists()


def test_an_event_that_no_person_could_be_named_for_is_processed_when_one_can(world: World) -> None:
    checkout = world.stripe.checkout("guest@example.com", price="price_lifetime", guest=True)
    session = world.stripe.objects[checkout.session]
    world.stripe.remove(checkout.session)
    charge = world.stripe.get(world.stripe.get(checkout.payment_intent)["latest_charge"])
    early = world.stripe.event("charge.succeeded", charge)
    world.play([early])
    assert (world.event(early).status, world.event(early).reason) == ("unmatched", "no_person")

    world.stripe.put(session)
    world.play([world.stripe.event("checkout.session.completed", session)])

    assert world.event(early).status == "processed"
    assert world.event(early).customer == world.person("guest@example.com")
