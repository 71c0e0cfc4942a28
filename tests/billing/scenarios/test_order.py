"""Deliveries that overtake each other, come twice, or tell one fact in two events."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from billing.models import Subscription
from integrations.sandbox.stripe.checkouts import Checkout
from tests.billing.scenarios.playing import Answer, Tale, right_in_every_order
from tests.billing.scenarios.subscribers import (
    CREATED,
    DELETED,
    UPDATED,
    change,
    invoice_of,
    known,
    tells,
    unknown,
)
from tests.billing.world import World

STATUSES = ("active", "past_due")
ACTIVE = Answer("active", ["pro"], paid=[2900], history=["signup_started", "subscription_active"])


@pytest.mark.parametrize("apart", [1, 0], ids=["s01", "s02_within_one_second"])
def test_s01_s02_an_older_created_after_the_update_leaves_the_person_active(world: World, apart: int) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        now = world.stripe.clock()
        return Tale(
            email,
            [
                tells(world, UPDATED, bought.subscription, created=now),
                tells(
                    world,
                    CREATED,
                    bought.subscription,
                    created=now - apart,
                    as_it_was={"status": "incomplete"},
                ),
            ],
        )

    right_in_every_order(world, tale, ACTIVE)


@pytest.mark.parametrize("truth", ["active", "past_due"])
def test_two_events_of_one_second_that_contradict_each_other_end_in_what_stripe_says(
    world: World, truth: str
) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        now, sub = world.stripe.clock(), bought.subscription
        change(world, sub, status=truth)
        says = [tells(world, UPDATED, sub, created=now, as_it_was={"status": each}) for each in STATUSES]
        return Tale(email, says)

    right_in_every_order(world, tale, replace(ACTIVE, status=truth, history=["subscription_active"]))


def test_s03_the_same_event_three_times_is_one_payment(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        paid = tells(world, "invoice.paid", invoice_of(world, bought.subscription))
        return Tale(email, [paid, paid, paid])

    right_in_every_order(world, tale, Answer("active", ["pro"], paid=[2900], history=["subscription_active"]))


def test_s04_two_events_for_one_fact_are_one_payment(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        invoice = invoice_of(world, bought.subscription)
        return Tale(email, [tells(world, "invoice.paid", invoice), tells(world, "invoice.paid", invoice)])

    right_in_every_order(world, tale, Answer("active", ["pro"], paid=[2900], history=["subscription_active"]))


@pytest.mark.parametrize("bought", [known, unknown], ids=["known_before", "first_heard_of"])
def test_s06_a_late_update_does_not_bring_a_canceled_subscription_back(
    world: World, bought: Callable[[World], tuple[str, Checkout]]
) -> None:
    def tale(world: World) -> Tale:
        email, checkout = bought(world)
        now, sub = world.stripe.clock(), checkout.subscription
        alive = world.stripe.get(sub)
        world.stripe.cancels(sub)
        end = alive["items"]["data"][0]["current_period_end"]
        older = {**alive, "cancel_at_period_end": True, "cancel_at": end, "canceled_at": now}
        return Tale(
            email,
            [
                tells(world, DELETED, sub, created=now + 10),
                world.stripe.event(UPDATED, older, created=now),
            ],
        )

    started = ["signup_started"] if bought is known else []
    right_in_every_order(
        world,
        tale,
        Answer(
            "canceled",
            paid=[2900],
            history=[
                "canceled_user_requested_access_removed",
                "cancellation_scheduled",
                *started,
                "subscription_active",
            ],
        ),
    )


@pytest.mark.parametrize("part", range(3))
def test_a_whole_life_in_any_order_ends_canceled(world: World, part: int) -> None:
    """Its payment and the failed one have events of their own, which are not told here."""

    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        sub, paid = bought.subscription, bought.invoice
        world.stripe.payment_fails(sub)
        world.stripe.cancels(sub)
        return Tale(
            email,
            [
                tells(world, CREATED, sub, as_it_was={"status": "incomplete"}),
                tells(world, UPDATED, sub, as_it_was={"status": "active"}),
                tells(world, "invoice.paid", paid),
                tells(world, UPDATED, sub, as_it_was={"status": "past_due"}),
                tells(world, DELETED, sub),
            ],
        )

    history = ["canceled_user_requested_access_removed", "signup_started", "subscription_active"]
    right_in_every_order(world, tale, Answer("canceled", history=history), part=(part, 3))


def test_s37_two_api_versions_of_one_change_keep_the_period_end(world: World) -> None:
    ends: dict[str, int] = {}

    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        new = world.stripe.get(bought.subscription)
        item = new["items"]["data"][0]
        ends[bought.subscription] = item["current_period_end"]
        dates = {name: item[name] for name in ("current_period_start", "current_period_end")}
        plan = {"id": item["price"]["id"], "object": "plan", "interval": "month", "amount": 2900}
        bare = {name: value for name, value in item.items() if name not in (*dates, "price")} | {"plan": plan}
        old = {**new, **dates, "plan": plan, "items": {**new["items"], "data": [bare]}}
        return Tale(
            email,
            [
                world.stripe.event(UPDATED, old, api_version="2020-08-27"),
                world.stripe.event(UPDATED, new),
            ],
        )

    right_in_every_order(world, tale, Answer("active", ["pro"], paid=[2900], history=["subscription_active"]))

    stored = dict(Subscription.objects.values_list("stripe_id", "current_period_end"))
    assert stored
    assert {key: int(end.timestamp()) for key, end in stored.items() if end} == {
        key: ends[key] for key in stored
    }
