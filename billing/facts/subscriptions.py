"""A subscription's facts: what Stripe says, and what of it we understand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from billing import history, prices
from billing.models import StripeCustomer, Subscription
from billing.models.subscription import NEVER_BEGUN, TERMINAL, SubscriptionStatus
from billing.shapes import (
    expanded,
    invoice_is_paid,
    item_price,
    moment,
    period_end,
    reference,
    required,
    scheduled_end,
    sells_anything,
    subscription_items,
    text,
    whole,
)
from customers import review
from customers.happenings import Occurrence
from customers.vocabulary import LifecycleType, ReviewKind

Raw = Mapping[str, Any]

# A date has passed and Stripe has not acted on it yet: look again, as long after as it is late by now.
SOONEST, LATEST, AT_LAST = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)
RENEWING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID)
SLACK = timedelta(seconds=2)  # let Stripe's own clock pass the date first


def write(
    raw: Raw, *, owner: StripeCustomer, open_invoices: Sequence[Raw], read_at: datetime
) -> Subscription | None:
    """Store one subscription; None when what we have is newer, or ended for good and this says otherwise."""
    stripe_id = required(reference(raw), "subscription.id")
    known = Subscription.objects.select_for_update().filter(stripe_id=stripe_id).first()
    if known is not None and _is_settled(known, raw, read_at):
        return None
    row = known or Subscription(stripe_id=stripe_id, stripe_customer=owner)
    row.read_started_at = read_at
    _status(row, raw, read_at)
    _prices(row, raw)
    _dates(row, raw, open_invoices)
    row.reread_at = None if row.status in TERMINAL else _reread_at(row, read_at)
    row.save()
    return row


def end(row: Subscription, *, at: datetime, reason: str) -> list[Occurrence]:
    """Stripe said that it is over; returns what that was. Ending twice changes nothing."""
    if row.status in TERMINAL:
        return []
    never_paid = row.status == SubscriptionStatus.INCOMPLETE
    row.raw_status = row.status = (
        SubscriptionStatus.INCOMPLETE_EXPIRED if never_paid else SubscriptionStatus.CANCELED
    )
    row.status_since = at
    row.ended_at = None if never_paid else at
    row.end_reason = "" if never_paid else reason
    row.reread_at = row.cancel_at = row.past_due_since = None
    row.save()
    if never_paid:
        return [Occurrence(LifecycleType.SIGNUP_EXPIRED, row.stripe_id, at)]
    return [history.canceled(row.stripe_id, reason, at)]


def _is_settled(known: Subscription, raw: Raw, read_at: datetime) -> bool:
    """An older read, or a stale one: canceled is terminal (docs.stripe.com/api/subscriptions/object)."""
    return known.read_started_at >= read_at or (
        known.status in TERMINAL and raw.get("status") not in TERMINAL
    )


def _status(row: Subscription, raw: Raw, read_at: datetime) -> None:
    row.raw_status = required(text(raw.get("status"), 64), "subscription.status")
    before, doubted = row.status, row.doubt
    row.doubt = "" if row.raw_status in SubscriptionStatus.values else "unknown_status"
    if row.doubt:
        row.status = row.status or SubscriptionStatus.INCOMPLETE
        review.ask(
            ReviewKind.UNKNOWN_STATUS,
            row.stripe_id,
            customer=row.stripe_customer.customer,
            evidence={"status": row.raw_status},
        )
    else:
        row.status = SubscriptionStatus(row.raw_status)
        if row.status == SubscriptionStatus.CANCELED and _never_paid(raw, before=before):
            row.status = SubscriptionStatus.INCOMPLETE_EXPIRED
        if doubted:
            review.settle(ReviewKind.UNKNOWN_STATUS, row.stripe_id, now=read_at)
    ended = row.status == SubscriptionStatus.CANCELED
    row.canceled_at = moment(raw.get("canceled_at"))
    row.ended_at = (moment(raw.get("ended_at")) or row.canceled_at or read_at) if ended else None
    details = expanded(raw.get("cancellation_details")) or {}
    row.end_reason = text(details.get("reason"), 64) if ended else ""
    if row.status != before:
        row.status_since = _since(row, raw, first=not before, read_at=read_at)


def _never_paid(raw: Raw, *, before: str) -> bool:
    """Whether what was canceled is a signup that nobody ever paid: that is no churn.

    Only its first invoice tells, so that the answer is the same in whatever order we hear of it. A bill that
    is sent gives access before it is paid.
    """
    if before and before not in NEVER_BEGUN:
        return False
    invoice = expanded(raw.get("latest_invoice"))
    if invoice is None:
        return bool(before)
    first = invoice.get("billing_reason") == "subscription_create"
    return first and not invoice_is_paid(invoice) and raw.get("collection_method") != "send_invoice"


def _since(row: Subscription, raw: Raw, *, first: bool, read_at: datetime) -> datetime:
    """When the status began; Stripe keeps no such date, so the nearest one it does keep."""
    trial_end = moment(raw.get("trial_end"))
    if row.status == SubscriptionStatus.CANCELED:
        return row.ended_at or read_at
    if row.status == SubscriptionStatus.TRIALING:
        return moment(raw.get("trial_start")) or read_at
    if row.status == SubscriptionStatus.ACTIVE and trial_end and trial_end <= read_at:
        return trial_end
    return (_started(raw) or read_at) if first else read_at


def _started(raw: Raw) -> datetime | None:
    return moment(raw.get("start_date")) or moment(raw.get("start")) or moment(raw.get("created"))


def _prices(row: Subscription, raw: Raw) -> None:
    sold = subscription_items(raw)
    noted = [prices.note(item_price(item)) for item in sold]
    row.currency = text(raw.get("currency"), 3)
    if not all(noted) or not sells_anything(raw):
        row.doubt = row.doubt or "unknown_shape"
        evidence: dict[str, object] = {"missing": "subscription.items.price"}
        review.ask(
            ReviewKind.UNKNOWN_SHAPE, row.stripe_id, customer=row.stripe_customer.customer, evidence=evidence
        )
        return
    review.settle(ReviewKind.UNKNOWN_SHAPE, row.stripe_id, now=row.read_started_at)
    row.raw_prices = sorted(set(noted))
    understood = prices.understand(row.raw_prices, before=row.prices)
    row.prices = understood.prices
    if understood.unknown:
        row.doubt = row.doubt or prices.UNKNOWN_PRICE
        prices.ask_about(understood.unknown, customer=row.stripe_customer.customer, subject=row.stripe_id)
    row.amount = sum(
        whole(item_price(item).get("unit_amount")) * max(1, whole(item.get("quantity"))) for item in sold
    )


def _dates(row: Subscription, raw: Raw, open_invoices: Sequence[Raw]) -> None:
    row.started_at = _started(raw) or row.read_started_at
    # Shapes differ between API versions: what this one does not say is kept, never emptied.
    row.current_period_end = period_end(raw) or row.current_period_end
    row.trial_start = moment(raw.get("trial_start")) or row.trial_start
    row.trial_end = moment(raw.get("trial_end")) or row.trial_end
    row.cancel_at = None if row.status in TERMINAL else scheduled_end(raw)
    row.collection_paused = expanded(raw.get("pause_collection")) is not None
    row.change_pending = expanded(raw.get("pending_update")) is not None
    row.latest_invoice = reference(raw.get("latest_invoice"))
    owed = [since for each in open_invoices if (since := owed_since(each)) is not None]
    if row.status in (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID):
        row.past_due_since = min(owed, default=row.past_due_since or row.read_started_at)
        if row.status == SubscriptionStatus.PAST_DUE:
            row.status_since = row.past_due_since
    else:
        row.past_due_since = None


def owed_since(invoice: Raw) -> datetime | None:
    """From when an open invoice counts: its due date if it has one, else its finalisation."""
    transitions = expanded(invoice.get("status_transitions")) or {}
    return (
        moment(invoice.get("due_date"))
        or moment(transitions.get("finalized_at"))
        or moment(invoice.get("effective_at"))
        or moment(invoice.get("created"))
    )


def _reread_at(row: Subscription, read_at: datetime) -> datetime | None:
    """The next date at which Stripe will change it by itself; a little later if one is overdue."""
    trial_end = row.trial_end if row.status == SubscriptionStatus.TRIALING else None
    renewal = row.current_period_end if row.status in RENEWING else None
    overdue = [date for date in (row.cancel_at, trial_end, renewal) if date and date <= read_at]
    dates = (row.cancel_at, trial_end, row.current_period_end)
    again = [date + SLACK for date in dates if date and date > read_at]
    if overdue:
        again.append(read_at + _patience(read_at - max(overdue)))
    return min(again, default=None)


def _patience(late: timedelta) -> timedelta:
    """How long until the next look: a minute at first, an hour at most on the first day, then a day."""
    return min(max(SOONEST, late), LATEST) if late < AT_LAST else AT_LAST
