"""Rows for tests: each factory makes the smallest row that the database accepts."""

from tests.factories.destinations import (
    ConnectionFactory,
    OneTimeEffectFactory,
    PlanMappingFactory,
    SyncAttemptFactory,
    SyncFactory,
)
from tests.factories.people import (
    CustomerFactory,
    EntitlementFactory,
    LifecycleEventFactory,
    PlanFactory,
    ReviewItemFactory,
)
from tests.factories.staff import AuditEntryFactory, UserFactory
from tests.factories.stripe import (
    CheckoutSessionFactory,
    PaymentFactory,
    PriceFactory,
    StripeCustomerFactory,
    StripeEventFactory,
    SubscriptionFactory,
)
from tests.factories.tickets import MessageFactory, TicketFactory

__all__ = [
    "AuditEntryFactory",
    "CheckoutSessionFactory",
    "ConnectionFactory",
    "CustomerFactory",
    "EntitlementFactory",
    "LifecycleEventFactory",
    "MessageFactory",
    "OneTimeEffectFactory",
    "PaymentFactory",
    "PlanFactory",
    "PlanMappingFactory",
    "PriceFactory",
    "ReviewItemFactory",
    "StripeCustomerFactory",
    "StripeEventFactory",
    "SubscriptionFactory",
    "SyncAttemptFactory",
    "SyncFactory",
    "TicketFactory",
    "UserFactory",
]
