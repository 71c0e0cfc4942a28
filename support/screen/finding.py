"""From any Stripe id to the person it belongs to."""

from collections.abc import Callable
from typing import Final

from django.db.models import Q

from billing.models import CheckoutSession, Payment, StripeCustomer, StripeEvent, Subscription

Finder = Callable[[str], int | None]


def _stripe_customer(text: str) -> int | None:
    return StripeCustomer.objects.filter(stripe_id=text).values_list("customer_id", flat=True).first()


def _subscription(text: str) -> int | None:
    held = Subscription.objects.filter(stripe_id=text)
    return held.values_list("stripe_customer__customer_id", flat=True).first()


def _payment(text: str) -> int | None:
    paid = Payment.objects.filter(Q(stripe_id=text) | Q(charge=text) | Q(invoice=text))
    return paid.values_list("customer_id", flat=True).first()


def _checkout(text: str) -> int | None:
    return CheckoutSession.objects.filter(stripe_id=text).values_list("customer_id", flat=True).first()


def _event(text: str) -> int | None:
    return StripeEvent.objects.filter(event_id=text).values_list("customer_id", flat=True).first()


FINDERS: Final[dict[str, Finder]] = {
    "cus_": _stripe_customer,
    "sub_": _subscription,
    "pi_": _payment,
    "ch_": _payment,
    "in_": _payment,
    "cs_": _checkout,
    "evt_": _event,
}


def is_stripe_id(text: str) -> bool:
    return text.startswith(tuple(FINDERS))


def customer_of(stripe_id: str) -> int | None:
    """The person behind a cus_, sub_, pi_, ch_, in_, cs_ or evt_ id; None when nobody is known."""
    for prefix, find in FINDERS.items():
        if stripe_id.startswith(prefix):
            return find(stripe_id) or _spoken_of(stripe_id)
    return None


def _spoken_of(stripe_id: str) -> int | None:
    """Whom an event about this object was matched to: also for what we keep no fact of."""
    events = StripeEvent.objects.filter(object_id=stripe_id, customer__isnull=False).order_by("-pk")
    return events.values_list("customer_id", flat=True).first()
