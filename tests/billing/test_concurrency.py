"""Several workers at once: one row each, no lost update, no deadlock, nothing put off by an error of ours."""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from billing import inbox, rederiving
from billing.models import Payment, Price, StripeCustomer, StripeEvent, Subscription
from customers.models import Customer, Entitlement, Override, Plan
from customers.overrides import grant
from tests.billing.together import deadlocks, together
from tests.billing.world import Event, World

ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or ("25" if os.environ.get("THOROUGH") else "8"))
SIX = (
    "customer.subscription.created",
    "customer.subscription.updated",
    "invoice.paid",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
)


def run_at_once(world: World, events: list[Event], *, workers_each: int = 1) -> None:
    """Store the events, then let workers take all of them in the same moment."""
    assert set(world.deliver(*events)) == {200}
    ids = [world.event(event).pk for event in events]
    assert together([partial(inbox.run, each) for each in ids for _ in range(workers_each)]) == []
    left = StripeEvent.objects.filter(pk__in=ids).exclude(status="processed")
    assert list(left.values_list("type", "status", "reason")) == []


def test_two_workers_with_the_same_event_write_it_once(world: World) -> None:
    for number in range(ROUNDS):
        email = f"ada{number}@example.com"
        bought = world.stripe.checkout(email, price="price_pro_month")
        paid = world.stripe.event("invoice.paid", world.stripe.get(bought.invoice))

        run_at_once(world, [paid], workers_each=2)

        assert world.history(email) == ["subscription_active"]
    assert Payment.objects.count() == Subscription.objects.count() == Customer.objects.count() == ROUNDS


def test_two_events_of_one_subscription_at_once_end_in_its_state_at_stripe(world: World) -> None:
    for number in range(ROUNDS):
        email = f"ada{number}@example.com"
        bought = world.stripe.checkout(email, price="price_pro_month")
        first = world.stripe.event("customer.subscription.created", world.stripe.get(bought.subscription))
        assert world.deliver(first) == [200]
        taken = partial(inbox.run, world.event(first).pk)
        world.stripe.cancels(bought.subscription)
        second = world.stripe.event("customer.subscription.deleted", world.stripe.get(bought.subscription))

        def hear_and_run(event: Event = second) -> None:
            assert world.deliver(event) == [200]
            inbox.run(world.event(event).pk)

        assert together([taken, hear_and_run]) == []
        world.process()

        person = world.person(email)
        assert (person.status, person.has_access) == ("canceled", False)


def test_s44_six_events_of_one_checkout_at_once_are_one_of_each(world: World) -> None:
    before = deadlocks()
    for number in range(ROUNDS):
        email = f"ada{number}@example.com"
        heard = len(world.stripe.events)
        bought = world.stripe.checkout(email, price="price_pro_month")
        events = [each for each in world.stripe.events[heard:] if each["type"] in SIX]
        assert len(events) == 6

        run_at_once(world, events)

        person = world.person(email)
        assert (person.status, person.grants) == ("active", ["pro"])
        assert Payment.objects.get(customer=person).stripe_id == bought.payment_intent
        assert Subscription.objects.get(stripe_customer__customer=person).stripe_id == bought.subscription
        assert world.history(email) == ["signup_started", "subscription_active"]
    counts = {model: model.objects.count() for model in (Customer, StripeCustomer, Entitlement)}
    assert set(counts.values()) == {ROUNDS}
    assert deadlocks() == before


@pytest.mark.slow
def test_guests_first_events_at_once_are_one_person_and_one_purchase(world: World) -> None:
    for number in range(ROUNDS):
        email = f"guest{number}@example.com"
        heard = len(world.stripe.events)
        world.stripe.checkout(email, price="price_lifetime", guest=True)

        run_at_once(world, world.stripe.events[heard:])

        assert world.person(email).grants == ["lifetime"]
    assert Payment.objects.count() == Customer.objects.count() == ROUNDS


@pytest.mark.slow
def test_two_customers_of_one_address_at_once_are_one_person_with_both(world: World) -> None:
    for number in range(ROUNDS):
        email = f"ada{number}@example.com"
        heard = len(world.stripe.events)
        world.stripe.checkout(email, price="price_pro_month")
        world.stripe.checkout(email, price="price_lifetime")
        told = ("checkout.session.completed", "customer.created")
        events = [each for each in world.stripe.events[heard:] if each["type"] in told]

        run_at_once(world, events)

        assert sorted(world.person(email).grants) == ["lifetime", "pro"]
    assert Customer.objects.count() == ROUNDS


@pytest.mark.slow
def test_events_a_catalogue_change_and_an_override_at_once_do_not_deadlock(world: World) -> None:
    staff, vip = User.objects.create(username="staff"), Plan.objects.create(slug="vip", name="VIP", rank=40)
    before = deadlocks()
    for number in range(ROUNDS):
        email, price = f"ada{number}@example.com", f"price_{number}"
        world.stripe.add_price(price, "prod_pro", 2_900, interval="month")
        Price.objects.create(stripe_id=price, plan=Plan.objects.get(slug="pro"))
        bought = world.stripe.checkout(email, price=price)
        world.know(since=len(world.stripe.events) - 1)
        person, now = world.person(email), timezone.now()
        renewed = world.stripe.event("customer.subscription.updated", world.stripe.get(bought.subscription))
        moved = world.stripe.event("customer.updated", {**world.stripe.get(bought.customer)})
        world.stripe.cancels(bought.subscription)
        assert world.deliver(renewed, moved, world.stripe.events[-1]) == [200] * 3
        override = Override(
            customer=person, plan=vip, until=now + timedelta(days=3), reason="asked", granted_by=staff
        )

        acts: list[Callable[[], object]] = [
            partial(inbox.run, world.event(each).pk) for each in (renewed, moved)
        ]
        acts += [
            partial(rederiving.rederive, [price], now=now),
            partial(grant, override, now=now),
        ]
        assert together(acts) == []
        world.process()

        person.refresh_from_db()
        assert (person.status, person.grants) == ("canceled", ["vip"])
    assert deadlocks() == before
    assert Price.objects.filter(plan__slug="pro").count() == 2 + ROUNDS
