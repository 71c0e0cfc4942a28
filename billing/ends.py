"""Ends that a signed body proves by itself: removal survives an outage of Stripe's API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing import entitlements, history, locks
from billing.facts import subscriptions
from billing.facts.writing import end_all
from billing.models import StripeCustomer, Subscription
from billing.models.subscription import NEVER_BEGUN
from billing.shapes import expanded, moment, reference, text
from customers.happenings import Occurrence
from customers.lifecycle import Cause, recompute

Raw = Mapping[str, Any]


def apply(type_: str, obj: Raw, *, at: datetime, cause: Cause) -> int | None:
    """End the object of a terminal event without a read; returns the person's id.

    None when we do not know the object yet, or when the body is not terminal after all: then it is read.
    So is a signup that was not paid as far as we know: there is no access to take, and only its first
    invoice says whether it is churn.
    """
    if type_ == "customer.subscription.deleted" and obj.get("status") == "canceled":
        return _subscription(obj, at=at, cause=cause)
    if type_ == "customer.deleted":
        return _customer(reference(obj), at=at, cause=cause)
    return None


def _subscription(obj: Raw, *, at: datetime, cause: Cause) -> int | None:
    details = expanded(obj.get("cancellation_details")) or {}
    reason = text(details.get("reason"), 64)
    ended_at = moment(obj.get("ended_at")) or moment(obj.get("canceled_at")) or at
    known = Subscription.objects.filter(stripe_id=reference(obj)).select_related("stripe_customer").first()
    if known is None or known.status in NEVER_BEGUN:
        return None
    with transaction.atomic():
        locks.objects([known.stripe_id, known.stripe_customer.stripe_id])
        locks.people([known.stripe_customer.customer_id])
        row = Subscription.objects.select_related("stripe_customer__customer").get(pk=known.pk)
        subscriptions.end(row, at=ended_at, reason=reason)
        entitlements.of_subscription(row)
        happened = history.canceled(row.stripe_id, row.end_reason, row.ended_at or ended_at)
        return _recompute(row.stripe_customer.customer_id, [happened], at=at, cause=cause)


def _customer(stripe_id: str, *, at: datetime, cause: Cause) -> int | None:
    known = StripeCustomer.objects.filter(stripe_id=stripe_id).first()
    if known is None:
        return None
    with transaction.atomic():
        subscriptions_of = known.subscriptions.values_list("stripe_id", flat=True)
        locks.objects([stripe_id, *subscriptions_of])
        locks.people([known.customer_id])
        owner = StripeCustomer.objects.select_for_update().get(pk=known.pk)
        owner.deleted_at = owner.deleted_at or at
        owner.save(update_fields=["deleted_at"])
        return _recompute(owner.customer_id, end_all(owner), at=at, cause=cause)


def _recompute(customer_id: int, happened: list[Occurrence], *, at: datetime, cause: Cause) -> int:
    recompute(customer_id, now=at, cause=cause, occurrences=happened)
    return customer_id
