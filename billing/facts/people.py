"""Which person a Stripe customer is, and what changes when it changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from billing.facts import doubts
from billing.models import StripeCustomer
from billing.shapes import expanded, text
from customers import normalise, people, review
from customers.happenings import Occurrence
from customers.models import Customer
from customers.vocabulary import LifecycleType, ReviewKind

Raw = Mapping[str, Any]


def link(stripe_id: str, raw: Raw, *, read_at: datetime) -> StripeCustomer | None:
    """The Stripe customer and its person, made when new; None for a deleted one we never knew."""
    known = StripeCustomer.objects.filter(stripe_id=stripe_id).select_related("customer").first()
    if known is not None or raw.get("deleted"):
        return known
    email = text(raw.get("email"), 512)
    linked = StripeCustomer(
        stripe_id=stripe_id,
        customer=people.person_for(email, stripe_key=stripe_id),
        email=email,
        livemode=settings.STRIPE_LIVEMODE,
        read_started_at=read_at,
    )
    linked.save()
    return linked


def write(stripe_id: str, raw: Raw, *, read_at: datetime) -> list[Occurrence]:
    """Keep a linked Stripe customer and its person up to date; returns what happened to the person."""
    rows = StripeCustomer.objects.select_for_update(of=("self",)).select_related("customer")
    known = rows.get(stripe_id=stripe_id)
    return [] if known.read_started_at > read_at else _update(known, raw, read_at)


def _update(known: StripeCustomer, raw: Raw, read_at: datetime) -> list[Occurrence]:
    happened: list[Occurrence] = []
    known.read_started_at = read_at
    if raw.get("deleted"):
        known.deleted_at = known.deleted_at or read_at
        review.settle(ReviewKind.EMAIL_CHANGE, known.stripe_id, now=read_at)
    else:
        email = text(raw.get("email"), 512)
        before, known.email = normalise.email(known.email), email
        address = normalise.email(email)
        if address == known.customer.email:
            _agrees(known, read_at)
        elif address and (address != before or _is_asked(known)):
            happened = _follow(known, email, read_at)
        _describe(known.customer, raw)
    known.save()
    return happened


def _follow(known: StripeCustomer, email: str, read_at: datetime) -> list[Occurrence]:
    """The e-mail changed at Stripe: rename the person, unless another Stripe customer of theirs disagrees."""
    person = known.customer
    others = person.stripe_customers.filter(deleted_at=None).exclude(pk=known.pk)
    addresses = {normalise.email(each) for each in others.values_list("email", flat=True)}
    if addresses - {normalise.email(email)}:
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
    accounts = person.stripe_customers.values_list("stripe_id", flat=True)
    for stripe_id in accounts:
        for doubt in (ReviewKind.NO_EMAIL, ReviewKind.EMAIL_CHANGE):
            review.settle(doubt, stripe_id, now=read_at)
    return [Occurrence(LifecycleType.EMAIL_CHANGED, f"{known.stripe_id}:v{person.version}", read_at)]


def _is_asked(known: StripeCustomer) -> bool:
    """A change that could not be followed is tried again with each reading: what stood against it may go."""
    return doubts.is_open(ReviewKind.EMAIL_CHANGE, known.stripe_id) or doubts.is_open(
        ReviewKind.EMAIL_COLLISION, f"customer:{known.customer_id}"
    )


def _agrees(known: StripeCustomer, read_at: datetime) -> None:
    """Stripe has the person's own address (again): nothing is left to ask."""
    review.settle(ReviewKind.EMAIL_CHANGE, known.stripe_id, now=read_at)
    others = known.customer.stripe_customers.filter(deleted_at=None).exclude(pk=known.pk)
    if all(normalise.email(each) == known.customer.email for each in others.values_list("email", flat=True)):
        review.settle(ReviewKind.EMAIL_COLLISION, f"customer:{known.customer_id}", now=read_at)


def _describe(person: Customer, raw: Raw) -> None:
    address = expanded(raw.get("address")) or {}
    people.describe(person, name=text(raw.get("name")), country=text(address.get("country"), 120))
