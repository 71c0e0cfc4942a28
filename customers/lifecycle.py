"""The customer's lifecycle: `resolve` decides, `recompute` is the only writer of state."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from customers import happenings
from customers.happenings import Occurrence
from customers.models import Customer, Entitlement
from customers.recording import Cause, Standing, record
from customers.signals import customer_changed
from customers.state import CustomerState, resolve
from customers.vocabulary import Status
from customers.why import why

__all__ = ["Cause", "CustomerState", "Occurrence", "explain", "recompute", "resolve"]


def recompute(
    customer_id: int, *, now: datetime, cause: Cause, occurrences: Iterable[Occurrence] = ()
) -> CustomerState:
    """Derive the customer's state from their entitlements, write it, record what happened, tell destinations.

    Locks the customer before it reads the entitlements, so concurrent callers take turns and the last one
    sees everything. Safe to repeat: nothing changes, nothing is recorded twice, nobody is told.
    """
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=customer_id)
        entitlements = held_by(customer_id)
        over = happenings.of_the_clock(entitlements, now=now)
        before, held = Standing(Status(customer.status), customer.has_access), frozenset(customer.grants)
        state = resolve(entitlements, now=now)
        after = Standing(state.status, state.has_access)
        lost = before.has_access and not after.has_access
        happened = [*occurrences, *over]
        happened += happenings.of_access(entitlements, over=over, lost=lost, now=now)
        record(customer, before=before, after=after, happened=happened, cause=cause)
        if _write(customer, state, entitlements):
            customer_changed.send(
                sender=Customer,
                customer_id=customer.pk,
                version=customer.version,
                gained=state.grants - held,
                lost=held - state.grants,
                cause=cause,
            )
    return state


def explain(customer: Customer, *, now: datetime) -> str:
    """Why the customer has access or not, in one sentence without personal data."""
    return why(held_by(customer.pk), now=now)


def held_by(customer_id: int) -> list[Entitlement]:
    """All entitlements of one person, with their plans, in a fixed order."""
    return list(Entitlement.objects.filter(customer_id=customer_id).select_related("plan").order_by("pk"))


def _write(customer: Customer, state: CustomerState, entitlements: Sequence[Entitlement]) -> bool:
    """Store the state; True when anything changed that a destination may care about."""
    values: dict[str, object] = {
        "status": state.status,
        "grants": sorted(state.grants),
        "has_access": state.has_access,
        "access_until": state.access_until,
        "plan_id": state.plan.pk if state.plan else None,
        "interval": state.interval,
        "support_tier": state.support_tier,
        "flags": list(state.flags),
        "next_check_at": state.next_check_at,
    }
    changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
    for name, value in changed.items():
        setattr(customer, name, value)
    fingerprint = _fingerprint(customer, entitlements)
    matters = fingerprint != customer.fingerprint
    if matters:
        customer.fingerprint = fingerprint
        customer.version += 1
    if matters or changed:
        customer.save()
    return matters


def _fingerprint(customer: Customer, entitlements: Sequence[Entitlement]) -> str:
    """One digest of everything a destination could be told about the person."""
    who = (customer.email, customer.name, customer.country)
    state = (customer.status, customer.grants, customer.plan_id, customer.interval, customer.support_tier)
    holds = [(each.subject, each.plan_id, each.state, str(each.past_due_since)) for each in entitlements]
    return hashlib.sha256(json.dumps([who, state, sorted(holds, key=repr)]).encode()).hexdigest()
