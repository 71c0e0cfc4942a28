"""A one-time price beside a subscription in one checkout: a person decides what it gives."""

from collections.abc import Mapping
from typing import Any

from billing.models import CheckoutSession, Price
from billing.shapes import item_price, listed, reference
from customers import review
from customers.vocabulary import ReviewKind

Raw = Mapping[str, Any]


def ask(row: CheckoutSession, raw: Raw) -> None:
    """Put each such price that sells a plan on the review list, once it is paid.

    The subscription's invoice pays for it, and a payment that an invoice of a subscription owns is never a
    purchase: it would have no money of its own that a refund could take.
    """
    if row.mode != "subscription" or row.payment_status != "paid":
        return
    sold = [item_price(each) for each in listed(raw.get("line_items")) if each.get("quantity") != 0]
    once = [reference(price) for price in sold if price.get("type") == "one_time"]
    for price in Price.objects.filter(stripe_id__in=once, plan__isnull=False).select_related("plan"):
        evidence: dict[str, object] = {"one_time_price": price.stripe_id, "subscription": row.subscription}
        if price.plan:
            evidence["plan"] = price.plan.slug
        subject = f"{row.stripe_id}:{price.stripe_id}"
        review.ask(ReviewKind.UNKNOWN_SHAPE, subject, customer=row.customer, evidence=evidence)
