"""Which person a Stripe customer is, and what changes when it changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from billing.models import StripeCustomer
from billing.shapes import expanded, text
from customers import normalise, people, review
from customers.happenings import Occurrence
from customers.models import Customer
from customers.vocabulary import LifecycleType, ReviewKind

Raw = Mapping[str, Any]


def write(stripe_id: str, raw: Raw, *, read_at: datetime) -> tuple[StripeCustomer | None, list[Occurrence]]:
    """Store one Stripe customer and keep its person up to date; None for a deleted one we never knew."""
    known = StripeCustomer.objects.select_for_update().filter(stripe_id=stripe_id).first()
    if known is None:
        return (None if raw.get("deleted") else _link(stripe_id, raw, read_at)), []
    if known.read_started_at >= read_at:
        return known, []
    return known, _update(known, raw, read_at)


def external_id(customer: Customer, session: Raw) -> None:
    """`client_reference_id` is kept as the external id."""
    if found := text(session.get("client_reference_id")):
        people.describe(customer, external_id=found)


def _link(stripe_id: str, raw: Raw, read_at: datetime) -> StripeCustomer:
    email = text(raw.get("email"), 512)
    person = people.person_for(email, stripe_key=stripe_id)
    linked, created = StripeCustomer.objects.get_or_create(
        stripe_id=stripe_id,
        defaults={
            "customer": person,
            "email": email,
            "livemode": settings.STRIPE_LIVEMODE,
            "read_started_at": read_at,
        },
    )
    if created:
        _describe(linked.customer, raw)
    return linked


def _update(known: StripeCustomer, raw: Raw, read_at: datetime) -> list[Occurrence]:
    happened: list[Occurrence] = []
    known.read_started_at = read_at
    if raw.get("deleted"):
        known.deleted_at = known.deleted_at or read_at
    else:
        email = text(raw.get("email"), 512)
        if normalise.email(email) not in ("", normalise.email(known.email), known.customer.email):
            happened = _follow(known, email, read_at)
        known.email = email
        _describe(known.customer, raw)
    known.save()
    return happened


def _follow(known: StripeCustomer, email: str, read_at: datetime) -> list[Occurrence]:
    """The e-mail changed at Stripe: rename the person, unless that could be wrong."""
    person = known.customer
    others = person.stripe_customers.filter(deleted_at=None).exclude(pk=known.pk).exists()
    if others:
        review.ask(
            ReviewKind.EMAIL_CHANGE,
            known.stripe_id,
            customer=person,
            evidence={"why": "several_stripe_customers"},
        )
        return []
    if not people.rename(person, email):
        return []
    person.refresh_from_db()
    review.settle(ReviewKind.NO_EMAIL, known.stripe_id, now=read_at)
    return [Occurrence(LifecycleType.EMAIL_CHANGED, f"{known.stripe_id}:v{person.version}", read_at)]


def _describe(person: Customer, raw: Raw) -> None:
    address = expanded(raw.get("address")) or {}
    people.describe(person, name=text(raw.get("name")), country=text(address.get("country"), 120))
