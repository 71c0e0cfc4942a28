"""Rows for tests: each factory makes the smallest row that the database accepts."""
# factory-boy ships annotations for its factories, but none for its declarations.
# mypy: disable-error-code="attr-defined,no-untyped-call"

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from billing.models import CheckoutSession, Payment, Price, StripeCustomer, StripeEvent, Subscription
from customers.models import Customer, Entitlement, LifecycleEvent, Plan, ReviewItem
from customers.vocabulary import CauseKind, LifecycleType, ReviewKind, Source, Status
from integrations.models import (
    Connection,
    ConnectionKind,
    OneTimeEffect,
    Outcome,
    PlanMapping,
    Sync,
    SyncAttempt,
    SyncStatus,
)
from support.models import AuditEntry

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def _now() -> datetime:
    return datetime.now(UTC)


class UserFactory(DjangoModelFactory[Any]):
    """Staff; `superuser=True` may everything."""

    class Meta:
        model = get_user_model()

    class Params:
        superuser = factory.Trait(is_superuser=True)

    username = factory.Sequence(lambda n: f"staff{n}")
    is_staff = True


class PlanFactory(DjangoModelFactory[Plan]):
    class Meta:
        model = Plan
        django_get_or_create = ("slug",)

    slug = "pro"
    name = factory.LazyAttribute(lambda plan: plan.slug.title())
    rank = 20


class CustomerFactory(DjangoModelFactory[Customer]):
    """A lead; `paying=True` has access to `plan`."""

    class Meta:
        model = Customer

    class Params:
        paying = factory.Trait(
            status=Status.ACTIVE,
            has_access=True,
            plan=factory.SubFactory(PlanFactory),
            interval="monthly",
            grants=factory.LazyAttribute(lambda customer: [customer.plan.slug]),
            version=1,
        )

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")


class EntitlementFactory(DjangoModelFactory[Entitlement]):
    class Meta:
        model = Entitlement

    customer = factory.SubFactory(CustomerFactory)
    source = Source.SUBSCRIPTION
    subject = factory.Sequence(lambda n: f"sub_{n:08}")
    plan = factory.SubFactory(PlanFactory)
    state = Status.ACTIVE
    since = LONG_AGO
    starts_at = LONG_AGO
    interval = "monthly"


class LifecycleEventFactory(DjangoModelFactory[LifecycleEvent]):
    class Meta:
        model = LifecycleEvent

    customer = factory.SubFactory(CustomerFactory)
    type = LifecycleType.SUBSCRIPTION_ACTIVE
    subject = factory.Sequence(lambda n: f"sub_{n:08}")
    from_status = Status.LEAD
    to_status = Status.ACTIVE
    access_before = False
    access_after = True
    cause = CauseKind.EVENT
    cause_ref = factory.Sequence(lambda n: f"evt_{n:08}")
    happened_at = factory.LazyFunction(_now)
    release = "test"


class ReviewItemFactory(DjangoModelFactory[ReviewItem]):
    class Meta:
        model = ReviewItem

    kind = ReviewKind.UNKNOWN_PRICE
    subject = factory.Sequence(lambda n: f"price_{n:08}")


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
    paid_at = factory.LazyFunction(_now)
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
    created = factory.LazyFunction(_now)
    received_at = factory.LazyFunction(_now)
    body = "{}"
    status = "processed"
    due_at = None
    processed_at = factory.LazyFunction(_now)


class ConnectionFactory(DjangoModelFactory[Connection]):
    class Meta:
        model = Connection
        django_get_or_create = ("slug",)

    slug = "circle"
    kind = factory.LazyAttribute(lambda connection: ConnectionKind(connection.slug.partition("-")[0]))
    credential = factory.LazyAttribute(lambda connection: f"{connection.slug.upper()}_CREDENTIAL")


class PlanMappingFactory(DjangoModelFactory[PlanMapping]):
    class Meta:
        model = PlanMapping

    plan = factory.SubFactory(PlanFactory)
    connection = factory.SubFactory(ConnectionFactory)


class SyncFactory(DjangoModelFactory[Sync]):
    """In sync; `dead=True` is a dead letter, `retrying=True` is tried again in a minute."""

    class Meta:
        model = Sync

    class Params:
        dead = factory.Trait(
            status=SyncStatus.DEAD_LETTER,
            reason="rejected",
            explanation="Refused there (422).",
            applied_version=0,
            attempt_count=8,
        )
        retrying = factory.Trait(
            status=SyncStatus.RETRYING,
            reason="answers_503",
            explanation="Not available there (503).",
            applied_version=0,
            attempt_count=2,
            due_at=factory.LazyFunction(lambda: _now() + timedelta(minutes=1)),
        )

    customer = factory.SubFactory(CustomerFactory)
    connection = factory.SubFactory(ConnectionFactory)
    status = SyncStatus.IN_SYNC
    desired_version = 1
    applied_version = 1


class SyncAttemptFactory(DjangoModelFactory[SyncAttempt]):
    class Meta:
        model = SyncAttempt

    sync = factory.SubFactory(SyncFactory)
    customer = factory.LazyAttribute(lambda attempt: attempt.sync.customer)
    version = 1
    fencing_token = factory.Sequence(lambda n: n + 1)
    outcome = Outcome.APPLIED
    started_at = factory.LazyFunction(_now)
    finished_at = factory.LazyFunction(_now)
    duration_ms = 120
    release = "test"


class OneTimeEffectFactory(DjangoModelFactory[OneTimeEffect]):
    class Meta:
        model = OneTimeEffect

    customer = factory.SubFactory(CustomerFactory)
    connection = factory.SubFactory(ConnectionFactory, slug="kit")
    kind = "welcome"
    subject = factory.Sequence(lambda n: f"sub_{n:08}")


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    class Meta:
        model = AuditEntry

    actor = factory.SubFactory(UserFactory)
    act = "replay_sync"
    subject = factory.Sequence(lambda n: f"sync:{n}")
    release = "test"
