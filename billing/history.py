"""What happened, read off verified snapshots: the object as it is now, and signed bodies of the past.

Each occurrence has a key of its own, so the same fact seen twice, late or out of order is recorded once,
and a burst of events that is read once loses none of its history.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.models import Subscription
from billing.models.subscription import SubscriptionStatus
from billing.purchases import Purchase
from billing.reading import Money
from billing.shapes import (
    expanded,
    item_price,
    moment,
    reference,
    scheduled_end,
    subscription_items,
    whole,
)
from customers.happenings import Occurrence
from customers.models import LifecycleEvent
from customers.vocabulary import LifecycleType as T

Raw = Mapping[str, Any]

LONGEST_KEY = 255
_CANCELED = {"payment_failed": T.CANCELED_PAYMENT_FAILED, "payment_disputed": T.CANCELED_DISPUTE}


def of_subscription(raw: Raw, *, at: datetime) -> Iterator[Occurrence]:
    """What a snapshot of a subscription, taken at `at`, says has happened to it."""
    id_, status = reference(raw), raw.get("status")
    started = moment(raw.get("start_date")) or moment(raw.get("created")) or at
    trial_start, trial_end = moment(raw.get("trial_start")), moment(raw.get("trial_end"))
    if status == "incomplete":
        yield Occurrence(T.SIGNUP_STARTED, id_, moment(raw.get("created")) or at)
    elif status == "incomplete_expired":
        yield Occurrence(T.SIGNUP_EXPIRED, id_, moment(raw.get("ended_at")) or at)
    elif trial_start:
        yield Occurrence(T.TRIAL_STARTED, id_, trial_start)
    if status in ("active", "past_due"):
        yield Occurrence(T.SUBSCRIPTION_ACTIVE, id_, trial_end if trial_end and trial_end <= at else started)
    if status == "paused":
        yield Occurrence(T.PAUSED, f"{id_}:{_period(raw)}", at)
    asked, end = moment(raw.get("canceled_at")), scheduled_end(raw)
    if status in ("active", "trialing", "past_due", "unpaid", "paused") and end:
        yield Occurrence(T.CANCELLATION_SCHEDULED, f"{id_}:{_stamp(asked or end)}", asked or at)
    if status == "canceled":
        details = expanded(raw.get("cancellation_details")) or {}
        yield canceled(id_, str(details.get("reason")), moment(raw.get("ended_at")) or asked or at)


def plan_change(raw: Raw, previous: Raw, *, at: datetime) -> Iterator[Occurrence]:
    """A signed update that says which prices were sold before."""
    if "items" not in previous and "plan" not in previous:
        return
    if any((expanded(each.get("items")) or {}).get("has_more") for each in (raw, previous)):
        return  # the body shows only some of the items; the reading notices
    before, now = _prices(previous), _prices(raw)
    if before and now and before != now:
        yield plan_changed(reference(raw), before, now, invoice=reference(raw.get("latest_invoice")), at=at)


def plan_changed(id_: str, before: list[str], now: list[str], *, invoice: str, at: datetime) -> Occurrence:
    """Keyed by both sides and the invoice at that time, so that a body and a read tell of the same change."""
    key = f"{id_}:{'+'.join(before)}>{'+'.join(now)}:{invoice}"
    if len(key) > LONGEST_KEY:  # with many items: a digest of the whole tells it from those that begin alike
        digest = hashlib.sha256(key.encode()).hexdigest()
        key = f"{key[: LONGEST_KEY - len(digest) - 1]}:{digest}"
    return Occurrence(T.PLAN_CHANGED, key, at)


def _prices(raw: Raw) -> list[str]:
    sold = (reference(item_price(item)) for item in subscription_items(raw))
    return sorted({each for each in sold if each})


def canceled(id_: str, reason: str, at: datetime) -> Occurrence:
    """The end of a subscription, by Stripe's reason."""
    return Occurrence(_CANCELED.get(reason, T.CANCELED_USER_REQUESTED), id_, at)


def of_invoice(raw: Raw, *, at: datetime, failed: bool = False) -> Iterator[Occurrence]:
    """Failed attempts on a running subscription's invoice; `failed` when a signed event says so."""
    attempts, paid = whole(raw.get("attempt_count")), raw.get("status") == "paid"
    tried_in_vain = attempts > (1 if paid else 0) and raw.get("status") in ("open", "paid", "uncollectible")
    if raw.get("billing_reason") == "subscription_create" or not (failed or tried_in_vain):
        return
    transitions = expanded(raw.get("status_transitions")) or {}
    when = at if failed else moment(transitions.get("finalized_at")) or at
    yield Occurrence(T.PAYMENT_FAILED, reference(raw), when)


def of_purchase(bought: Purchase, *, told: Sequence[Money], at: datetime) -> Iterator[Occurrence]:
    """The purchase itself, its refunds one by one, and its disputes, by a read that started at `at`.

    `told` is what that read said of its payments. A payment that bought nothing can be refunded alike.
    """
    if bought.paid_at and bought.sold_anything:
        yield Occurrence(T.PAID_IN_FULL, bought.subject, bought.paid_at)
    refunds = [each for money in told for each in money.refunds]
    recorded = _refunds_on_record(bought)
    # Of payments that were not read now only the sum is known.
    given_back = max(0, bought.refunded - sum(whole(each.get("amount")) for each in refunds if _counts(each)))
    # Stripe's dates are exact to the second: of two in one second, what was told before came before.
    for refund in sorted(
        refunds,
        key=lambda each: (whole(each.get("created")), reference(each) not in recorded, reference(each)),
    ):
        when = moment(refund.get("created")) or at
        if refund.get("status") == "failed":
            yield Occurrence(T.REFUND_FAILED, reference(refund), when)
        elif _counts(refund):
            given_back += whole(refund.get("amount"))
            if reference(refund) not in recorded:
                full = given_back >= bought.received
                yield Occurrence(T.REFUNDED if full else T.PARTIALLY_REFUNDED, reference(refund), when)
    for dispute in (each for money in told for each in money.disputes):
        yield Occurrence(T.DISPUTE_OPENED, reference(dispute), moment(dispute.get("created")) or at)
        if dispute.get("status") in ("won", "lost", "warning_closed", "prevented"):
            yield Occurrence(T.DISPUTE_CLOSED, reference(dispute), at)


def _counts(refund: Raw) -> bool:
    return refund.get("status") in ("succeeded", "pending")


def _refunds_on_record(bought: Purchase) -> set[str]:
    """A refund that was the last one stays so, also when an earlier one fails: it is told once."""
    kinds = (T.REFUNDED, T.PARTIALLY_REFUNDED)
    if not bought.refunded or bought.customer is None:
        return set()
    events = LifecycleEvent.objects.filter(customer_id=bought.customer.pk, type__in=kinds)
    return set(events.values_list("subject", flat=True))


def of_session(raw: Raw, *, at: datetime) -> Iterator[Occurrence]:
    """A checkout begun, or given up."""
    created = moment(raw.get("created")) or at
    if raw.get("status") == "open" or (
        raw.get("status") == "complete" and raw.get("payment_status") == "unpaid"
    ):
        yield Occurrence(T.SIGNUP_STARTED, reference(raw), created)
    elif raw.get("status") == "expired":
        yield Occurrence(T.SIGNUP_EXPIRED, reference(raw), moment(raw.get("expires_at")) or at)


def closed(
    row: Subscription, opened: Iterable[tuple[str, str]], *, paid_invoices: set[str], at: datetime
) -> Iterator[Occurrence]:
    """What began (`opened`: type and subject) and is over by the facts, e.g. a cancellation undone."""
    living = row.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)
    for type_, subject in opened:
        own = subject.startswith(f"{row.stripe_id}:")
        if type_ == T.CANCELLATION_SCHEDULED and own and living and row.cancel_at is None:
            yield Occurrence(T.CANCELLATION_UNDONE, subject, at)
        elif type_ == T.PAUSED and own and living:
            yield Occurrence(T.RESUMED, subject, at)
        elif type_ == T.PAYMENT_FAILED and subject in paid_invoices:
            yield Occurrence(T.PAYMENT_RECOVERED, subject, at)


def opened_before(customer_id: int) -> set[tuple[str, str]]:
    """What the record says began for this person and may end one day, as (type, subject)."""
    kinds = (T.CANCELLATION_SCHEDULED, T.PAUSED, T.PAYMENT_FAILED)
    events = LifecycleEvent.objects.filter(customer_id=customer_id, type__in=kinds)
    return set(events.values_list("type", "subject"))


def _period(raw: Raw) -> str:
    """Names a pause: a subscription that is paused again in a later period is another occurrence."""
    items = expanded(raw.get("items")) or {}
    first: Raw = next(iter(items.get("data") or []), {})
    return _stamp(moment(first.get("current_period_start")) or moment(raw.get("current_period_start")))


def _stamp(when: datetime | None) -> str:
    return str(int(when.timestamp())) if when else "0"
