"""Facts and events of Stripe."""
# factory-boy ships annotations for its factories, but none for its declarations.
# mypy: disable-error-code="attr-defined,no-untyped-call"

import factory
from factory.django import DjangoModelFactory

from billing.models import CheckoutSession, Payment, Price, StripeCustomer, StripeEvent, Subscription
from tests.factories.clock import LONG_AGO, now_utc
from tests.factories.people import CustomerFactory, PlanFactory


class StripeCustomerFactory(DjangoModelFactory[StripeCustomer]):
    class Meta:
        model = StripeCustomer

    stripe_id = factory.Sequence(lambda n: f"cus_{n:08}")
    customer = factory.SubFactory(CustomerFactory)
    read_started_at = LONG_AGO


class SubscriptionFactory(DjangoModelFactory[Subscription]):
    class Meta:
        model = Subscription

    stripe_id = factory.Sequence(lambda n: f"sub_{n:08}")
    stripe_customer = factory.SubFactory(StripeCustomerFactory)
    raw_status = "active"
    status = "active"
    started_at = LONG_AGO
    status_since = LONG_AGO
    read_started_at = LONG_AGO


class PaymentFactory(DjangoModelFactory[Payment]):
    class Meta:
        model = Payment

    stripe_id = factory.Sequence(lambda n: f"pi_{n:08}")
    customer = factory.SubFactory(CustomerFactory)
    status = "succeeded"
    currency = "usd"
    amount_received = 4900
    paid_at = factory.LazyFunction(now_utc)
    read_started_at = LONG_AGO


class CheckoutSessionFactory(DjangoModelFactory[CheckoutSession]):
    class Meta:
        model = CheckoutSession

    stripe_id = factory.Sequence(lambda n: f"cs_test_{n:08}")
    customer = factory.SubFactory(CustomerFactory)
    mode = "subscription"
    status = "complete"
    payment_status = "paid"
    created_at = LONG_AGO
    read_started_at = LONG_AGO


class PriceFactory(DjangoModelFactory[Price]):
    class Meta:
        model = Price

    stripe_id = factory.Sequence(lambda n: f"price_{n:08}")
    plan = factory.SubFactory(PlanFactory)
    interval = "monthly"


class StripeEventFactory(DjangoModelFactory[StripeEvent]):
    """Processed; `dead=True` waits for a person."""

    class Meta:
        model = StripeEvent

    class Params:
        dead = factory.Trait(
            status="dead_letter", processed_at=None, reason="stripe_answers_500", attempt_count=8
        )

    event_id = factory.Sequence(lambda n: f"evt_{n:08}")
    type = "customer.subscription.updated"
    livemode = False
    created = factory.LazyFunction(now_utc)
    received_at = factory.LazyFunction(now_utc)
    body = "{}"
    status = "processed"
    due_at = None
    processed_at = factory.LazyFunction(now_utc)
