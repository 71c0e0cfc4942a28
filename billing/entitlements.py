"""From facts to what a person holds: one entitlement per subscription or purchase and plan."""

from dataclasses import dataclass, field
from datetime import datetime

from billing import prices, purchases
from billing.models import Payment, Price, Subscription
from billing.models.payment import PaymentStatus
from billing.models.subscription import SubscriptionStatus
from billing.purchases import Purchase
from customers.models import Customer, Entitlement, Plan
from customers.vocabulary import EndReason, Flag, Source, Status

# Statuses of a signup that never became anything: they give nothing and are no headline.
_NOTHING = (SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE_EXPIRED)
_END_REASONS = {
    "payment_failed": EndReason.PAYMENT_FAILED,
    "payment_disputed": EndReason.DISPUTED,
}


@dataclass
class Holding:
    """What one subject gives, before it is laid beside the stored rows."""

    customer: Customer
    source: Source
    subject: str
    plans: dict[Plan | None, str]  # plan -> billing interval
    values: dict[str, object] = field(default_factory=dict)
    trial_over: datetime | None = None  # a plan whose trial gives no access gives something from then on


def of_subscription(row: Subscription) -> list[Entitlement]:
    """Write what a subscription gives. A refund or dispute of its invoice is a flag, never an end."""
    if row.status in _NOTHING:
        Entitlement.objects.filter(subject=row.stripe_id).delete()
        return []
    ended = row.status == SubscriptionStatus.CANCELED
    holding = Holding(
        row.stripe_customer.customer,
        Source.SUBSCRIPTION,
        row.stripe_id,
        _plans(row.prices, row.raw_prices),
        {
            "state": Status(row.status),
            "since": row.status_since,
            "starts_at": row.started_at,
            "past_due_since": row.past_due_since,
            "ends_at": row.cancel_at,
            "ended_at": row.ended_at,
            "end_reason": _END_REASONS.get(row.end_reason, EndReason.USER_REQUESTED) if ended else "",
            "flags": sorted(_subscription_flags(row)),
        },
        trial_over=_trial_over(row),
    )
    return _write(holding)


def _trial_over(row: Subscription) -> datetime | None:
    """The end of the trial that the subscription began with; None during it, or if it ended with it."""
    started, end = row.trial_start, row.trial_end
    if not started or not end or started > row.started_at or row.status == SubscriptionStatus.TRIALING:
        return None
    return end if row.ended_at is None or end < row.ended_at else None


def of_payment(row: Payment) -> list[Entitlement]:
    """Write what the purchase gives that this payment belongs to, if it is any."""
    return of_purchase(purchases.of(row))


def of_purchase(bought: Purchase) -> list[Entitlement]:
    """Write what a one-time purchase gives: it holds while money of it is left, or none was asked for."""
    if bought.customer is None or not bought.sold_anything:
        return []
    over = bought.ended_at is not None
    lost = over and bought.lost > 0 and bought.lost >= bought.refunded
    holding = Holding(
        bought.customer,
        Source.PURCHASE,
        bought.subject,
        _plans(bought.prices, bought.raw_prices),
        {
            "state": (Status.DISPUTE_LOST if lost else Status.REFUNDED) if over else Status.PAID_IN_FULL,
            "since": bought.ended_at or bought.paid_at,
            "starts_at": bought.paid_at,
            "ended_at": bought.ended_at,
            "end_reason": (EndReason.DISPUTED if lost else EndReason.REFUNDED) if over else "",
            "flags": sorted(_purchase_flags(bought)),
        },
    )
    if bought.aliases:
        Entitlement.objects.filter(source=Source.PURCHASE, subject__in=bought.aliases).delete()
    return _write(holding)


def _plans(understood: list[str], raw: list[str]) -> dict[Plan | None, str]:
    """What these prices sell: no plan yet while that is in doubt, nothing at all once it was decided so."""
    rows = Price.objects.filter(stripe_id__in=understood, plan__isnull=False).select_related("plan")
    found: dict[Plan | None, str] = {row.plan: row.interval for row in rows.order_by("-stripe_id")}
    return found if found or prices.sell_nothing(raw) else {None: ""}


def _subscription_flags(row: Subscription) -> set[str]:
    flags = {
        Flag.CANCELLATION_SCHEDULED: row.cancel_at is not None,
        Flag.COLLECTION_PAUSED: row.collection_paused,
        Flag.PLAN_CHANGE_PENDING: row.change_pending,
        Flag.CUSTOMER_DELETED: row.stripe_customer.deleted_at is not None,
        Flag.NEEDS_REVIEW: bool(row.doubt),
    }
    found = {str(flag) for flag, set_ in flags.items() if set_}
    payments = list(
        Payment.objects.filter(subscription=row.stripe_id, status=PaymentStatus.SUCCEEDED).order_by(
            "paid_at", "pk"
        )
    )
    if payments and 0 < payments[-1].amount_received == payments[-1].amount_refunded:
        found.add(Flag.LAST_PAYMENT_REFUNDED)
    if any(each.open_dispute for each in payments):
        found.add(Flag.OPEN_DISPUTE)
    if any(each.refund_failed for each in payments):
        found.add(Flag.REFUND_FAILED)
    return found


def _purchase_flags(bought: Purchase) -> set[str]:
    flags = {
        Flag.OPEN_DISPUTE: any(each.open_dispute for each in bought.parts),
        Flag.REFUND_FAILED: any(each.refund_failed for each in bought.parts),
        Flag.PARTIALLY_REFUNDED: 0 < bought.refunded < bought.received,
    }
    return {str(flag) for flag, set_ in flags.items() if set_}


def _write(holding: Holding) -> list[Entitlement]:
    """Make the rows of one subject equal to `holding`: the plans it no longer sells go."""
    stored = {each.plan_id: each for each in Entitlement.objects.filter(subject=holding.subject)}
    written = []
    for plan, interval in holding.plans.items():
        row = stored.pop(plan.pk if plan else None, None) or Entitlement(plan=plan)
        row.customer, row.source, row.subject = holding.customer, holding.source, holding.subject
        row.interval = interval
        for name, value in holding.values.items():
            setattr(row, name, value)
        if holding.trial_over and plan and not plan.trial_access:
            row.starts_at = holding.trial_over
        row.save()
        written.append(row)
    Entitlement.objects.filter(pk__in=[each.pk for each in stored.values()]).delete()
    return written
