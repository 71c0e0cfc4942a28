"""What Stripe told us (the inbox) and what we read there (the facts)."""

from billing.models.catalogue_change import CatalogueChange, ChangeKind
from billing.models.checkout_session import CheckoutSession
from billing.models.delivery_minute import DeliveryMinute
from billing.models.payment import Payment
from billing.models.price import Price
from billing.models.stripe_customer import StripeCustomer
from billing.models.stripe_event import EventPriority, EventStatus, StripeEvent
from billing.models.subscription import Subscription

__all__ = [
    "CatalogueChange",
    "ChangeKind",
    "CheckoutSession",
    "DeliveryMinute",
    "EventPriority",
    "EventStatus",
    "Payment",
    "Price",
    "StripeCustomer",
    "StripeEvent",
    "Subscription",
]
