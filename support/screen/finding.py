"""From whatever staff type to the person: any Stripe id, an e-mail, the beginnings of a name."""

import re
from collections.abc import Callable
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from billing.models import CheckoutSession, Payment, StripeCustomer, StripeEvent, Subscription
from customers import normalise
from customers.models import Customer

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


def of_email(text: str) -> int | None:
    """The person with exactly this e-mail."""
    email = normalise.email(text) if "@" in text else ""
    return Customer.objects.filter(email=email).values_list("pk", flat=True).first() if email else None


def by_beginnings(people: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those whose e-mail or name begins so, or whose name has words that begin with all of these."""
    if not text:
        return people
    words = re.findall(r"\w+", text)
    wanted = Q(email__istartswith=text) | Q(name__istartswith=text)
    if words:
        query = " & ".join(f"'{word}':*" for word in words)
        people = people.alias(words=SearchVector("name", config="simple"))
        wanted |= Q(words=SearchQuery(query, config="simple", search_type="raw"))
    return people.filter(wanted)
