"""The database refuses nonsense in the facts: each named rule is broken on purpose."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, models

from billing.models import CheckoutSession, Payment, Price, StripeCustomer, StripeEvent, Subscription
from tests.factories import (
    CheckoutSessionFactory,
    PaymentFactory,
    PriceFactory,
    StripeCustomerFactory,
    StripeEventFactory,
    SubscriptionFactory,
)
from tests.refusal import refused

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db

Case = tuple[str, type[models.Model], Callable[[], Any], dict[str, Any]]
CASES: list[Case] = [
    (
        "stripe_event_status_known",
        StripeEvent,
        StripeEventFactory,
        {"status": "lost", "reason": "x", "processed_at": None},
    ),
    ("stripe_event_due_iff_waiting", StripeEvent, StripeEventFactory, {"due_at": NOW}),
    (
        "stripe_event_due_iff_waiting",
        StripeEvent,
        StripeEventFactory,
        {"status": "failed", "reason": "http_500", "processed_at": None},
    ),
    ("stripe_event_processed_iff_said", StripeEvent, StripeEventFactory, {"processed_at": None}),
    (
        "stripe_event_processed_iff_said",
        StripeEvent,
        StripeEventFactory,
        {"status": "ignored", "reason": "mode"},
    ),
    (
        "stripe_event_reason_when_not_processed",
        StripeEvent,
        StripeEventFactory,
        {"status": "dead_letter", "processed_at": None},
    ),
    ("stripe_customer_id_given", StripeCustomer, StripeCustomerFactory, {"stripe_id": ""}),
    ("subscription_id_given", Subscription, SubscriptionFactory, {"stripe_id": ""}),
    ("subscription_status_known", Subscription, SubscriptionFactory, {"status": "brand_new"}),
    ("subscription_ended_iff_canceled", Subscription, SubscriptionFactory, {"status": "canceled"}),
    ("subscription_ended_iff_canceled", Subscription, SubscriptionFactory, {"ended_at": NOW}),
    (
        "subscription_terminal_not_reread",
        Subscription,
        SubscriptionFactory,
        {"status": "incomplete_expired", "reread_at": NOW},
    ),
    ("payment_id_given", Payment, PaymentFactory, {"stripe_id": ""}),
    ("payment_status_known", Payment, PaymentFactory, {"status": "lost", "paid_at": None}),
    ("payment_succeeded_iff_dated", Payment, PaymentFactory, {"paid_at": None}),
    ("payment_succeeded_iff_dated", Payment, PaymentFactory, {"status": "failed"}),
    ("payment_refund_within_received", Payment, PaymentFactory, {"amount_refunded": 4_901}),
    (
        "payment_of_subscription_buys_nothing",
        Payment,
        PaymentFactory,
        {"subscription": "sub_1", "prices": ["price_1"]},
    ),
    ("checkout_session_id_given", CheckoutSession, CheckoutSessionFactory, {"stripe_id": ""}),
    ("price_id_given", Price, PriceFactory, {"stripe_id": ""}),
]


@pytest.mark.parametrize(("name", "model", "make", "values"), CASES, ids=[case[0] for case in CASES])
def test_a_row_that_makes_no_sense_is_refused(
    name: str, model: type[models.Model], make: Callable[[], Any], values: dict[str, Any]
) -> None:
    row = make()

    with refused(name):
        model._default_manager.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (StripeCustomerFactory, "billing_stripecustomer_stripe_id_key"),
        (SubscriptionFactory, "billing_subscription_stripe_id_key"),
        (PaymentFactory, "billing_payment_stripe_id_key"),
        (CheckoutSessionFactory, "billing_checkoutsession_stripe_id_key"),
        (PriceFactory, "billing_price_stripe_id_key"),
    ],
)
def test_one_object_at_stripe_is_one_row(make: Callable[..., Any], name: str) -> None:
    row = make()

    with refused(name):
        make(stripe_id=row.stripe_id)


def test_one_event_of_one_account_is_one_row() -> None:
    StripeEventFactory.create(event_id="evt_1")
    StripeEventFactory.create(event_id="evt_1", account="acct_other")

    with refused("stripe_event_once"):
        StripeEventFactory.create(event_id="evt_1")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event_id", "evt_forged"),
        ("account", "acct_forged"),
        ("type", "customer.subscription.created"),
        ("livemode", True),
        ("api_version", "2020-08-27"),
        ("object_id", "sub_forged"),
        ("created", NOW),
        ("received_at", NOW),
        ("body", '{"forged": true}'),
    ],
)
def test_what_an_event_is_never_changes(column: str, value: Any) -> None:
    row = StripeEventFactory.create()

    with refused("identity of a Stripe event never changes"):
        StripeEvent.objects.filter(pk=row.pk).update(**{column: value})
    with refused("identity of a Stripe event never changes"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE billing_stripeevent SET {column} = %s WHERE id = %s", [value, row.pk])


@pytest.mark.parametrize("blank", ["event_id", "type"])
def test_an_event_says_who_it_is(blank: str) -> None:
    with refused("stripe_event_id_given"):
        StripeEventFactory.create(**{blank: ""})


def test_an_event_is_never_deleted() -> None:
    row = StripeEventFactory.create()

    with refused("append-only: DELETE refused"):
        StripeEvent.objects.filter(pk=row.pk).delete()
    with refused("append-only: DELETE refused"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_stripeevent")


def test_the_body_of_an_event_may_be_erased_and_then_stays_empty() -> None:
    row = StripeEventFactory.create()

    StripeEvent.objects.filter(pk=row.pk).update(body="")

    with refused("identity of a Stripe event never changes"):
        StripeEvent.objects.filter(pk=row.pk).update(body="{}")
