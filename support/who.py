"""Find the person that somebody means by an e-mail, a Stripe id or our id."""

from collections.abc import Callable

from django.db.models import Q, QuerySet

from customers import normalise
from customers.models import Customer

PAYMENT = ("pi_", "ch_", "py_", "in_")


class NobodyError(LookupError):
    """No person is meant; the message says what was looked for."""


def find(who: str) -> list[Customer]:
    """The people meant by an e-mail, cus_, sub_, evt_, pi_, ch_, in_, cs_ or our own id.

    Raises: NobodyError with a sentence that can be shown.
    """
    asked = who.strip()
    condition, kind = _condition(asked)
    found = list(_matching(condition)) if condition is not None else []
    if not found:
        raise NobodyError(f"Nobody found: {kind}.")
    return found


def _matching(condition: Q) -> QuerySet[Customer]:
    return Customer.objects.filter(condition).distinct().order_by("pk")


def _condition(asked: str) -> tuple[Q | None, str]:
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        return Q(pk=int(asked)), f"no customer has the id {asked}"
    for prefixes, condition, kind in STRIPE_IDS:
        if asked.startswith(prefixes):
            return condition(asked), f"no {kind} {asked} that belongs to a person is known"
    email = normalise.email(asked)
    if email:
        return Q(email=email), "no customer has this e-mail"
    return None, "give an e-mail, a Stripe id (cus_, sub_, evt_, pi_, cs_) or our id"


STRIPE_IDS: tuple[tuple[str | tuple[str, ...], Callable[[str], Q], str], ...] = (
    ("cus_", lambda asked: Q(stripe_customers__stripe_id=asked) | Q(stripe_key=asked), "Stripe customer"),
    (
        "sub_",
        lambda asked: Q(stripe_customers__subscriptions__stripe_id=asked) | Q(entitlements__subject=asked),
        "subscription",
    ),
    ("evt_", lambda asked: Q(stripe_events__event_id=asked), "event"),
    ("cs_", lambda asked: Q(checkout_sessions__stripe_id=asked), "checkout session"),
    (
        PAYMENT,
        lambda asked: Q(payments__stripe_id=asked) | Q(payments__charge=asked) | Q(payments__invoice=asked),
        "payment",
    ),
)
