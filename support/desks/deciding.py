"""Settling a doubt by a person's choice: the act, the decision and the record in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet

from billing import locks
from customers import lifecycle, review
from customers.countries import CODES
from customers.models import Customer, Override, Plan, ReviewItem
from customers.vocabulary import CauseKind, ReviewKind
from integrations import addresses
from integrations.models import HoldReason, Sync, SyncStatus
from support import audit, by_hand
from support.desks import runs
from support.desks.reviewing import MAPPED, Choice
from support.mapping import selling
from support.screen import finding
from support.screen.naming import place_at

MOST_AT_ONCE: Final = 200
LONGEST_DAYS: Final = 90


class NotDecidedError(Exception):
    """The choice cannot be made like this; the message says what to do. Nothing was changed."""


@dataclass(frozen=True)
class Decision:
    """What somebody chose. `value`: a country, a plan or a number of days, where the choice asks for one."""

    choice: Choice
    by: User
    reason: str
    value: str = ""


def decide(item_id: int, decision: Decision, *, now: datetime) -> str:
    """Do what was chosen, once; the sentence says what was done, or who had decided before.

    Two who decide take turns; the row itself is locked last, as whoever writes facts does it.
    Raises: NotDecidedError, ReviewItem.DoesNotExist.
    """
    if not decision.reason.strip():
        raise NotDecidedError("Say why: whoever finds this decision later wants to know.")
    with transaction.atomic():
        _take_turns(item_id)
        item = ReviewItem.objects.select_related("customer", "settled_by").get(pk=item_id)
        if item.settled_at is not None:
            return f"Nothing done: already decided by {item.settled_by or 'a later fact'}."
        act = ACTS.get(decision.choice.code)
        done, over = act(item, decision, now) if act else ("", True)
        if over and not review.decide(item.pk, decision.choice.code, by=decision.by, now=now):
            raise NotDecidedError("A later fact has settled this in the meantime. Nothing was done.")
        change = ({"kind": item.kind, "subject": item.subject}, {"decision": decision.choice.code})
        audit.record("settle_review", item, by=decision.by, reason=decision.reason, change=change)
    return " ".join(filter(None, (f"Settled: {decision.choice.label.lower()}." if over else "", done)))


def _take_turns(item_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"review:{item_id}"])


def held(item: ReviewItem) -> QuerySet[Sync]:
    """The removals that this item holds back."""
    rows = Sync.objects.filter(status=SyncStatus.ON_HOLD, reason=HoldReason.MASS_REMOVAL)
    return rows.filter(connection__slug=item.evidence.get("connection", "")).order_by("pk")


def _reread(item: ReviewItem, decision: Decision, _now: datetime) -> tuple[str, bool]:
    """What Stripe answers settles the doubt, or leaves it open."""
    customer_id = item.customer_id or finding.customer_of(item.subject.rpartition(":")[2])
    customer = Customer.objects.filter(pk=customer_id).first() if customer_id else None
    if customer is None or not by_hand.reread(customer, by=decision.by):
        raise NotDecidedError("Nobody is known by this yet, so there is nothing to read. Decide otherwise.")
    return "They are read again from Stripe now; this closes itself when that answers it.", False


def _map_price(item: ReviewItem, decision: Decision, _now: datetime) -> tuple[str, bool]:
    plan = Plan.objects.filter(slug=decision.value).first()
    if plan is None:
        raise NotDecidedError("Choose a plan.")
    try:
        selling.sell(selling.Sale(item.subject, plan), by=decision.by, reason=decision.reason)
    except selling.SoldAlreadyError as sold:
        raise NotDecidedError(f"It sells {sold} already; this closes itself in a moment.") from sold
    return f"It sells {plan.name}; a worker lets everybody follow who pays it.", True


def _ignore(item: ReviewItem, _decision: Decision, _now: datetime) -> tuple[str, bool]:
    if item.kind != ReviewKind.UNKNOWN_PRICE:
        return "", True
    selling.sell_nothing(item.subject)
    return "A worker lets everybody follow who pays it.", True


def _choose_country(item: ReviewItem, decision: Decision, now: datetime) -> tuple[str, bool]:
    if decision.value not in CODES or item.customer_id is None:
        raise NotDecidedError("Choose a country.")
    locks.people([item.customer_id])
    Customer.objects.filter(pk=item.customer_id).update(country=decision.value, country_by_staff=True)
    cause = lifecycle.Cause(CauseKind.STAFF, str(decision.by.pk))
    lifecycle.recompute(item.customer_id, now=now, cause=cause)
    return f"Their country is {decision.value}; what Stripe says does not change it.", True


def _changed_by_hand(item: ReviewItem, _decision: Decision, _now: datetime) -> tuple[str, bool]:
    slug = str(item.evidence.get("connection", ""))
    if item.customer_id and slug:
        addresses.moved_by_hand(item.customer_id, slug)
    return "", True


def _parted_by_hand(item: ReviewItem, _decision: Decision, _now: datetime) -> tuple[str, bool]:
    if item.customer_id:
        addresses.parted_by_hand(item.customer_id, str(item.evidence.get("connection", "")))
    return "", True


def _release(item: ReviewItem, decision: Decision, _now: datetime) -> tuple[str, bool]:
    """The worker lets them out; each leaves a record of its own."""
    what = f"{place_at(item.evidence.get('connection', ''))}: held removals let out"
    run = runs.start(runs.Asked(decision.by, decision.reason, what), syncs=held(item))
    return (
        f"{run.items.count():,} people are let out: replay {run.pk}." if run else "Nobody was held any more."
    ), True


def _keep_in(item: ReviewItem, decision: Decision, now: datetime) -> tuple[str, bool]:
    """An override of the plan they had, for a portion of them; the item stays open while others are held."""
    if not (
        decision.value.isascii() and decision.value.isdigit() and 0 < int(decision.value) <= LONGEST_DAYS
    ):
        raise NotDecidedError(f"Give a number of days from 1 to {LONGEST_DAYS}.")
    until = now + timedelta(days=int(decision.value))
    waiting = held(item).filter(customer__plan__isnull=False, customer__has_access=False)
    syncs = list(waiting.select_related("customer__plan")[:MOST_AT_ONCE])
    locks.catalogue_stays()
    locks.people([each.customer_id for each in syncs])
    for sync in syncs:
        given = {"customer": sync.customer, "plan": sync.customer.plan, "until": until}
        by_hand.grant(Override(**given, reason=decision.reason, granted_by=decision.by), now=now)
    left = held(item).exclude(pk__in=[each.pk for each in syncs]).count()
    if not syncs and left:
        raise NotDecidedError(
            "Those who are held still have access by another plan: a mapping takes something from them. "
            "Correct the mapping, or let them out."
        )
    more = f" {left:,} more are held: press again for the next." if left else ""
    return f"{len(syncs):,} people keep their plan until {until:%-d %b %Y}.{more}", not left


Act = Callable[[ReviewItem, Decision, datetime], tuple[str, bool]]
ACTS: Final[dict[str, Act]] = {
    "reread": _reread,
    MAPPED: _map_price,
    review.IGNORED: _ignore,
    review.CHOSEN: _choose_country,
    "changed_by_hand": _changed_by_hand,
    "parted_by_hand": _parted_by_hand,
    "released": _release,
    "kept_in": _keep_in,
}
