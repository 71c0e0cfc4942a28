"""Who has to follow when the catalogue changed, and how they are told; always as a bulk cause."""

from collections import defaultdict
from datetime import datetime

from django.db.models import Q

from billing.entitlements import rederive
from customers.lifecycle import Cause, recompute
from customers.models import Customer, Entitlement
from customers.vocabulary import CauseKind
from integrations.wanting import want_all
from support.catalog.changes import Changes

CAUSE = Cause(CauseKind.BULK, "catalogue")


def follow(changes: Changes, *, now: datetime) -> None:
    """Derive anew what changed prices and plans give, then make the destinations of changed mappings due."""
    if changes.prices:
        rederive(sorted(changes.prices), now=now)
    for customer_id in _people_of(changes.plans):
        recompute(customer_id, now=now, cause=CAUSE)
    plans_at = defaultdict(set)
    for connection_id, plan in changes.targets:
        plans_at[connection_id].add(plan)
    for connection_id, plans in plans_at.items():
        if connection_id not in changes.opened:
            want_all([connection_id], sorted(plans))
    if changes.opened:
        want_all(sorted(changes.opened))


def _people_of(plans: set[str]) -> list[int]:
    """Everybody who holds one of the plans, or for whom it is the headline."""
    if not plans:
        return []
    holders = Entitlement.objects.filter(plan__slug__in=plans).values("customer_id")
    people = Customer.objects.filter(Q(pk__in=holders) | Q(plan__slug__in=plans))
    return list(people.order_by("pk").values_list("pk", flat=True))
