"""A checkout session's facts: it links a payment to a person. Completed is not paid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.facts import people as stripe_people
from billing.models import CheckoutSession, StripeCustomer
from billing.shapes import expanded, moment, reference, required, text
from customers import people
from customers.models import Customer

Raw = Mapping[str, Any]


def write(raw: Raw, *, owner: StripeCustomer | None, read_at: datetime) -> CheckoutSession | None:
    """Store one session; None when what we have is newer."""
    stripe_id = required(reference(raw), "checkout.session.id")
    known = CheckoutSession.objects.select_for_update().filter(stripe_id=stripe_id).first()
    if known is not None and known.read_started_at >= read_at:
        return None
    row = known or CheckoutSession(stripe_id=stripe_id)
    row.read_started_at = read_at
    row.mode = text(raw.get("mode"), 32)
    row.status = text(raw.get("status"), 32)
    row.payment_status = text(raw.get("payment_status"), 32)
    row.subscription = reference(raw.get("subscription"))
    row.payment_intent = reference(raw.get("payment_intent"))
    row.created_at = moment(raw.get("created")) or read_at
    row.completed_at = (row.completed_at or read_at) if row.status == "complete" else None
    row.stripe_customer = owner or row.stripe_customer
    row.customer = row.stripe_customer.customer if row.stripe_customer else (row.customer or _guest(raw))
    row.save()
    if row.customer:
        stripe_people.external_id(row.customer, raw)
    return row


def _guest(raw: Raw) -> Customer | None:
    """The person that a checkout without a Stripe customer names; None when it names nobody."""
    details = expanded(raw.get("customer_details")) or {}
    email = text(details.get("email"), 512) or text(raw.get("customer_email"), 512)
    if not email:
        return None
    try:
        person = people.person_for(email)
    except ValueError:
        return None
    address = expanded(details.get("address")) or {}
    people.describe(person, name=text(details.get("name")), country=text(address.get("country"), 120))
    return person
