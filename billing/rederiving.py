"""A price sells another plan: whoever holds it follows, each person in a transaction of their own."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from billing import entitlements, locks
from billing.models import Payment, Price, Subscription
from billing.prices import UNKNOWN_PRICE, understand
from customers import review
from customers.lifecycle import Cause, recompute
from customers.vocabulary import CauseKind, ReviewKind

CAUSE = Cause(CauseKind.BULK, "catalogue")


def rederive(prices: Iterable[str], *, now: datetime) -> int:
    """Apply changed price mappings to the facts that use them; returns how many people hold them.

    Safe to repeat, and to break off: begin again. The mapping must be committed, or be changed in the same
    transaction under `locks.catalogue`; else somebody who buys at that moment could be missed.
    """
    ids = list(prices)
    people = holders(ids)
    for customer_id in people:
        of_person(customer_id, ids, now=now)
    settle(ids, now=now)
    return len(people)


def holders(prices: Sequence[str]) -> list[int]:
    """The ids of all people whose purchases name one of these prices, in order."""
    uses = using(prices)
    subscribers = Subscription.objects.filter(uses).values_list("stripe_customer__customer_id", flat=True)
    buyers = Payment.objects.filter(uses, customer__isnull=False).values_list("customer_id", flat=True)
    return sorted({*subscribers, *(each for each in buyers if each)})


def of_person(customer_id: int, prices: Sequence[str], *, now: datetime) -> None:
    """Derive one person's purchases of these prices anew, then their state."""
    uses = using(prices)
    subscriptions = Subscription.objects.filter(uses, stripe_customer__customer_id=customer_id)
    payments = Payment.objects.filter(uses, customer_id=customer_id)
    with transaction.atomic():
        locks.objects(
            [
                *subscriptions.values_list("stripe_id", flat=True),
                *payments.values_list("stripe_id", flat=True),
                *payments.values_list("invoice", flat=True),
            ]
        )
        locks.people([customer_id])
        for subscription in subscriptions.order_by("pk"):
            understood = understand(subscription.raw_prices, before=subscription.prices)
            subscription.prices = understood.prices
            if subscription.doubt == UNKNOWN_PRICE and not understood.unknown:
                subscription.doubt = ""
            subscription.save(update_fields=["prices", "doubt"])
            entitlements.of_subscription(subscription)
        for payment in payments.order_by("pk"):
            payment.prices = understand(payment.raw_prices, before=payment.prices).prices
            payment.save(update_fields=["prices"])
            entitlements.of_payment(payment)
        recompute(customer_id, now=now, cause=CAUSE)


def settle(prices: Iterable[str], *, now: datetime) -> None:
    """Nobody has to be asked about prices that are mapped by now."""
    for price in Price.objects.filter(stripe_id__in=list(prices), plan__isnull=False):
        review.settle(ReviewKind.UNKNOWN_PRICE, price.stripe_id, now=now)


def using(prices: Sequence[str]) -> Q:
    """Subscriptions or payments that name one of these prices."""
    return Q(prices__overlap=list(prices)) | Q(raw_prices__overlap=list(prices))
