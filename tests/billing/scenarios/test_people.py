"""Who is who: several subscriptions, shared and changed addresses, deletions, foreign events, races."""

import pytest
from pytest_django import Settings

from tests.billing.scenarios.playing import Answer, Tale, right_in_every_order
from tests.billing.scenarios.subscribers import (
    CREATED,
    DELETED,
    STARTER,
    UPDATED,
    charge_of,
    invoice_of,
    known,
    tells,
    unknown,
)
from tests.billing.world import World

BOUGHT = ["signup_started", "subscription_active"]
CANCELED = "canceled_user_requested_access_removed"


def test_s30_the_end_of_one_of_two_subscriptions_leaves_the_other(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world, price=STARTER)
        upgrade = world.stripe.checkout(email, price="price_pro_month", customer=bought.customer)
        world.stripe.cancels(bought.subscription)
        return Tale(
            email,
            [
                tells(world, CREATED, upgrade.subscription),
                tells(world, DELETED, bought.subscription),
            ],
        )

    history = [CANCELED, *BOUGHT, "subscription_active"]
    right_in_every_order(
        world, tale, Answer("active", ["pro"], paid=[900, 2900], history=history, subscriptions=2)
    )


def test_s32_two_stripe_customers_of_one_address_are_one_person(world: World) -> None:
    def tale(world: World) -> Tale:
        email, first = known(world, price=STARTER)
        second = world.stripe.checkout(f" {email.upper()} ", price="price_pro_month")
        world.stripe.cancels(first.subscription)
        return Tale(
            email,
            [
                tells(world, DELETED, first.subscription),
                tells(world, "invoice.paid", invoice_of(world, second.subscription)),
            ],
        )

    history = [CANCELED, *BOUGHT, "subscription_active"]
    right_in_every_order(
        world,
        tale,
        Answer("active", ["pro"], paid=[900, 2900], history=history, customers=2, subscriptions=2),
    )


def test_s33_a_deleted_customer_stays_deleted_and_canceled(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        person, alive = world.stripe.get(bought.customer), world.stripe.get(bought.subscription)
        world.stripe.deletes_customer(bought.customer)
        return Tale(
            email,
            [
                world.stripe.event("customer.deleted", person),
                world.stripe.event("customer.updated", person, previous={"currency": None}),
                tells(world, DELETED, bought.subscription),
                world.stripe.event(UPDATED, alive, previous={"metadata": {}}),
            ],
        )

    right_in_every_order(
        world,
        tale,
        Answer("canceled", flags=["customer_deleted"], paid=[2900], history=[CANCELED, *BOUGHT]),
    )


def test_s34_the_address_is_the_one_that_stripe_has_now(world: World) -> None:
    def tale(world: World) -> Tale:
        first, bought = known(world)
        second, third = world.somebody(), world.somebody()
        world.stripe.changes_email(bought.customer, second)
        between = world.stripe.get(bought.customer)
        world.stripe.changes_email(bought.customer, third)
        return Tale(
            third,
            [
                tells(world, "customer.updated", bought.customer, previous={"email": second}),
                world.stripe.event("customer.updated", between, previous={"email": first}),
                tells(world, "invoice.paid", invoice_of(world, bought.subscription)),
            ],
        )

    right_in_every_order(
        world, tale, Answer("active", ["pro"], paid=[2900], history=["email_changed", *BOUGHT])
    )


@pytest.fixture
def live(world: World, settings: Settings) -> World:
    """Our deployment is live, and its URL also knows the secret of the test mode."""
    settings.STRIPE_LIVEMODE = True
    settings.STRIPE_WEBHOOK_SECRETS = [*settings.STRIPE_WEBHOOK_SECRETS, "whsec_of_the_test_mode"]
    world.stripe.livemode = True
    return world


def test_s38_test_mode_and_foreign_events_leave_a_live_customer_alone(live: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        over = {"status": "canceled", "ended_at": world.stripe.clock()}
        return Tale(
            email,
            [
                tells(world, DELETED, bought.subscription, as_it_was=over, livemode=False),
                tells(world, "invoice.paid", invoice_of(world, bought.subscription), account="acct_other"),
            ],
            secret="whsec_of_the_test_mode",
        )

    right_in_every_order(
        live, tale, Answer("active", ["pro"], paid=[2900], history=BOUGHT, events={"ignored"})
    )


def test_s42_the_dashboards_test_webhook_is_stored_and_ignored(world: World) -> None:
    def tale(world: World) -> Tale:
        email, bought = known(world)
        zeros = {"id": "sub_00000000000000", "customer": "cus_00000000000000", "status": "canceled"}
        test_event = tells(world, DELETED, bought.subscription, as_it_was=zeros, created=1326853478)
        return Tale(email, [{**test_event, "id": "evt_00000000000000"}])

    right_in_every_order(
        world, tale, Answer("active", ["pro"], paid=[2900], history=BOUGHT, events={"ignored"})
    )


@pytest.mark.parametrize("part", [0, 1, 2])
def test_s44_six_events_of_one_checkout_are_one_customer_one_subscription_one_payment(
    world: World, part: int
) -> None:
    def tale(world: World) -> Tale:
        email, bought = unknown(world)
        intent = bought.payment_intent
        return Tale(
            email,
            [
                tells(world, CREATED, bought.subscription, as_it_was={"status": "incomplete"}),
                tells(world, UPDATED, bought.subscription, previous={"status": "incomplete"}),
                tells(world, "invoice.paid", bought.invoice),
                tells(world, "charge.succeeded", charge_of(world, intent)),
                tells(world, "payment_intent.succeeded", intent),
                tells(world, "checkout.session.completed", bought.session),
            ],
        )

    right_in_every_order(world, tale, Answer("active", ["pro"], paid=[2900], history=BOUGHT), part=(part, 3))
