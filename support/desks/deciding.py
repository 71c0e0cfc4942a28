"""Settling a doubt by a person's choice: the act, the decision and the record in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import QuerySet

from billing.models import StripeCustomer, Subscription
from customers import lifecycle, overrides, review
from customers.countries import CODES
from customers.models import Customer, Override, ReviewItem
from customers.vocabulary import CauseKind
from integrations import addresses
from integrations.models import HoldReason, Sync, SyncStatus
from support import audit, by_hand
from support.desks import runs
from support.desks.reviewing import Choice

MOST_AT_ONCE: Final = 200
LONGEST_DAYS: Final = 90


class NotDecidedError(Exception):
    """The choice cannot be made like this; the message says what to do. Nothing was changed."""


@dataclass(frozen=True)
class Decision:
    """What somebody chose. `value` is a country code or a number of days, where the choice asks for one."""

    choice: Choice
    by: AbstractUser
    reason: str
    value: str = ""


def decide(item_id: int, decision: Decision, *, now: datetime) -> str:
    """Do what was chosen, once; the sentence says what was done, or who had decided before.

    Raises: NotDecidedError, ReviewItem.DoesNotExist.
    """
    if not decision.reason.strip():
        raise NotDecidedError("Say why: whoever finds this decision later wants to know.")
    with transaction.atomic():
        items = ReviewItem.objects.select_for_update(of=("self",)).select_related("customer", "settled_by")
        item = items.get(pk=item_id)
        if item.settled_at is not None:
            return f"Nothing done: already decided by {item.settled_by or 'a later fact'}."
        act = ACTS.get(decision.choice.code)
        done, over = act(item, decision, now) if act else ("", True)
        if over:
            review.decide(item.pk, decision.choice.code, by=decision.by, now=now)
        change = ({"kind": item.kind, "subject": item.subject}, {"decision": decision.choice.code})
        audit.record("settle_review", item, by=decision.by, reason=decision.reason, change=change)
    return " ".join(filter(None, (f"Settled: {decision.choice.label.lower()}." if over else "", done)))


def held(item: ReviewItem) -> QuerySet[Sync]:
    """The removals that this item holds back."""
    rows = Sync.objects.filter(status=SyncStatus.ON_HOLD, reason=HoldReason.MASS_REMOVAL)
    return rows.filter(connection__slug=item.evidence.get("connection", "")).order_by("pk")


def _reread(item: ReviewItem, decision: Decision, _now: datetime) -> tuple[str, bool]:
    customer = item.customer or _customer_of(item.subject.rpartition(":")[2])
    if customer is None:
        raise NotDecidedError("Nobody is known by this yet, so there is nothing to read. Decide otherwise.")
    by_hand.reread(customer, by=decision.by)
    return "They are read again from Stripe now.", True


def _choose_country(item: ReviewItem, decision: Decision, now: datetime) -> tuple[str, bool]:
    if decision.value not in CODES or item.customer_id is None:
        raise NotDecidedError("Choose a country.")
    Customer.objects.filter(pk=item.customer_id).update(country=decision.value)
    cause = lifecycle.Cause(CauseKind.STAFF, str(decision.by.pk))
    lifecycle.recompute(item.customer_id, now=now, cause=cause)
    return f"Their country is {decision.value}.", True


def _changed_by_hand(item: ReviewItem, _decision: Decision, _now: datetime) -> tuple[str, bool]:
    slug = str(item.evidence.get("connection", ""))
    if item.customer_id and slug:
        addresses.moved_by_hand(item.customer_id, slug)
    return "", True


def _release(item: ReviewItem, decision: Decision, _now: datetime) -> tuple[str, bool]:
    """The worker lets them out; each leaves a record of its own."""
    what = f"{item.evidence.get('connection', '')}: held removals let out"
    run = runs.start(runs.Asked(decision.by, decision.reason, what), syncs=held(item))
    return (
        f"{run.items.count():,} people are let out: replay {run.pk}." if run else "Nobody was held any more."
    ), True


def _keep_in(item: ReviewItem, decision: Decision, now: datetime) -> tuple[str, bool]:
    """An override of the plan they had, for a portion of them; the item stays open while others are held."""
    if not (decision.value.isdigit() and 0 < int(decision.value) <= LONGEST_DAYS):
        raise NotDecidedError(f"Give a number of days from 1 to {LONGEST_DAYS}.")
    until = now + timedelta(days=int(decision.value))
    waiting = held(item).filter(customer__plan__isnull=False, customer__has_access=False)
    syncs = list(waiting.select_related("customer__plan")[:MOST_AT_ONCE])
    for sync in syncs:
        override = Override(
            customer=sync.customer,
            plan=sync.customer.plan,
            until=until,
            reason=decision.reason,
            granted_by_id=decision.by.pk,
        )
        overrides.grant(override, now=now)
        audit.record("grant_override", sync.customer, by=decision.by, reason=decision.reason)
    left = held(item).exclude(pk__in=[each.pk for each in syncs]).count()
    if not syncs and left:
        raise NotDecidedError(
            "Those who are held still have access by another plan: a mapping takes something from them. "
            "Correct the mapping, or let them out."
        )
    more = f" {left:,} more are held: press again for the next." if left else ""
    return f"{len(syncs):,} people keep their plan until {until:%-d %b %Y}.{more}", not left


def _customer_of(stripe_id: str) -> Customer | None:
    known = StripeCustomer.objects.filter(stripe_id=stripe_id).select_related("customer").first()
    if known is None:
        subscribed = Subscription.objects.filter(stripe_id=stripe_id)
        row = subscribed.select_related("stripe_customer__customer").first()
        known = row.stripe_customer if row else None
    return known.customer if known else None


Act = Callable[[ReviewItem, Decision, datetime], tuple[str, bool]]
ACTS: Final[dict[str, Act]] = {
    "reread": _reread,
    "country_chosen": _choose_country,
    "changed_by_hand": _changed_by_hand,
    "released": _release,
    "kept_in": _keep_in,
}
