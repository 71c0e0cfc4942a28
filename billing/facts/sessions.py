"""A checkout session's facts: it links a payment to a person. Completed is not paid."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.facts import beside
from billing.models import CheckoutSession, Payment, StripeCustomer
from billing.shapes import expanded, moment, reference, required, text
from customers import people
from customers.models import Customer

Raw = Mapping[str, Any]


def write(raw: Raw, *, owner: StripeCustomer | None, guest: Customer | None, read_at: datetime) -> None:
    """Store one session, unless what we have is newer."""
    stripe_id = required(reference(raw), "checkout.session.id")
    known = CheckoutSession.objects.select_for_update().filter(stripe_id=stripe_id).first()
    if known is not None and known.read_started_at >= read_at:
        return
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
    row.customer = row.stripe_customer.customer if row.stripe_customer else (row.customer or guest)
    row.save()
    beside.ask(row, raw)
    if row.customer:
        _external_id(row, raw)
    if row.customer and not row.stripe_customer:
        _describe(row, raw)


def _external_id(row: CheckoutSession, raw: Raw) -> None:
    """`client_reference_id` is kept as the person's external id; that of their newest checkout wins."""
    person, found = row.customer, text(raw.get("client_reference_id"))
    if person is None or not found:
        return
    newer = person.checkout_sessions.filter(created_at__gt=row.created_at).exists()
    if not newer or not person.external_id:
        people.describe(person, external_id=found)


def _describe(row: CheckoutSession, raw: Raw) -> None:
    """A checkout says who bought on that day: it fills what is blank, and only the newest one replaces.

    A customer object at Stripe is kept up to date there, so it is never overruled by a checkout.
    """
    person = row.customer
    if person is None:
        return
    person.refresh_from_db()
    details = expanded(raw.get("customer_details")) or {}
    name = text(details.get("name"))
    country = text((expanded(details.get("address")) or {}).get("country"), 120)
    newer = person.checkout_sessions.filter(created_at__gt=row.created_at).exists()
    if newer or person.stripe_customers.exists():
        name, country = "" if person.name else name, "" if person.country_raw else country
    people.describe(person, name=name, country=country)


def guest(raw: Raw, *, owner: StripeCustomer | None) -> Customer | None:
    """The person of a checkout without a Stripe customer that we could know; None when it names nobody.

    Whose it was before it stays, whatever address they have by now. A Stripe customer that was deleted
    before we heard of it cannot say who paid: then the checkout does.
    """
    if owner is not None:
        return None
    if known := _person_of(raw):
        return known
    if reference(raw.get("customer")) and raw.get("mode") != "payment":
        return None
    details = expanded(raw.get("customer_details")) or {}
    email = text(details.get("email"), 512) or text(raw.get("customer_email"), 512)
    if not email:
        return None
    try:
        return people.person_for(email)
    except ValueError:
        return None


def _person_of(raw: Raw) -> Customer | None:
    """Whose this checkout is by our own rows, or whose its payment is."""
    intent = reference(raw.get("payment_intent"))
    session = CheckoutSession.objects.filter(stripe_id=reference(raw)).select_related("customer").first()
    payment = Payment.objects.filter(stripe_id=intent).select_related("customer").first() if intent else None
    return (session and session.customer) or (payment and payment.customer) or None
