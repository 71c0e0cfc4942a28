"""A payment's facts: one row for one movement of money, whoever told us of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing import prices
from billing.models import Payment, StripeCustomer
from billing.models.payment import PaymentStatus
from billing.reading import Money
from billing.shapes import (
    expanded,
    invoice_is_paid,
    invoice_parts,
    invoice_subscription,
    item_price,
    line_prices,
    listed,
    moment,
    reference,
    text,
    whole,
)
from customers.models import Customer

Raw = Mapping[str, Any]

NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a payment was read that only an invoice or checkout told of
ALL_OF_IT = 0.95  # of what was left: a currency's rate moves between the payment and its dispute
OPEN_DISPUTES = (
    "needs_response",
    "under_review",
    "warning_needs_response",
    "warning_under_review",
    "appeal_needs_response",
    "appeal_under_review",
)
_INTENT_STATUS = {"succeeded": PaymentStatus.SUCCEEDED, "canceled": PaymentStatus.FAILED}


@dataclass(frozen=True)
class Payer:
    """Who paid, as far as we know: a Stripe customer, or the guest that a checkout names."""

    owner: StripeCustomer | None
    guest: Customer | None

    @property
    def customer_id(self) -> int | None:
        person = self.owner.customer if self.owner else self.guest
        return person.pk if person else None


def write(key: str, money: Money, *, payer: Payer, read_at: datetime) -> Payment | None:
    """Store one payment; None when there is none (a zero invoice), or what we have is newer."""
    known = Payment.objects.select_for_update().filter(stripe_id=key).first()
    was_read = money.intent is not None or money.charge is not None
    if known is not None and was_read and known.read_started_at >= read_at:
        return None
    row = known or Payment(stripe_id=key, status=PaymentStatus.PENDING, read_started_at=NEVER)
    _belongs(row, money, payer)
    if was_read:
        row.read_started_at = read_at
        _moved(row, money, read_at)
    elif row.status != PaymentStatus.SUCCEEDED and not _settled_by_paper(row, money, read_at):
        return None
    _bought(row, money)
    if row.stripe_id == row.invoice and _is_known(row.invoice):
        return None
    row.save()
    if row.status == PaymentStatus.SUCCEEDED and row.invoice not in ("", row.stripe_id):
        Payment.objects.filter(stripe_id=row.invoice).delete()
    return row


def _is_known(invoice: str) -> bool:
    """An invoice stands for its payment only until that is known itself: the money came once."""
    succeeded = Payment.objects.filter(invoice=invoice, status=PaymentStatus.SUCCEEDED)
    return succeeded.exclude(stripe_id=invoice).exists()


def refunded_amount(refunds: list[Raw]) -> int:
    """What was or will be given back, in minor units: pending refunds count, failed ones do not."""
    return sum(
        whole(each.get("amount")) for each in refunds if each.get("status") in ("succeeded", "pending")
    )


def lost_amount(disputes: Iterable[Raw], *, left: int, currency: str) -> int:
    """What lost disputes took, in minor units of the payment's `currency`; `left` is what no refund took.

    A dispute has the currency and the rate of its own day, so nearly all of it, or another currency, is all.
    """
    lost = [each for each in disputes if each.get("status") == "lost"]
    same = [each for each in lost if text(each.get("currency"), 3) in ("", currency)]
    amount = sum(whole(each.get("amount")) for each in same)
    if len(same) < len(lost) or amount >= ALL_OF_IT * left > 0:
        return max(amount, left)
    return amount


def _belongs(row: Payment, money: Money, payer: Payer) -> None:
    row.stripe_customer = payer.owner or row.stripe_customer
    row.customer = row.stripe_customer.customer if row.stripe_customer else (row.customer or payer.guest)
    if money.invoice:
        row.invoice = reference(money.invoice)
        row.subscription = invoice_subscription(money.invoice)
    if money.session:
        row.checkout_session = reference(money.session)
        row.subscription = row.subscription or reference(money.session.get("subscription"))
        row.invoice = row.invoice or reference(money.session.get("invoice"))


def _moved(row: Payment, money: Money, read_at: datetime) -> None:
    intent, charge = money.intent or {}, money.charge or {}
    # The charge of a bank debit is made when that is sent in, days before the bank pays.
    awaited = row.charge == reference(charge) != "" and row.status != PaymentStatus.SUCCEEDED
    if intent:
        row.status = _INTENT_STATUS.get(str(intent.get("status")), PaymentStatus.PENDING)
        if row.status == PaymentStatus.PENDING and charge.get("status") == "failed":
            row.status = PaymentStatus.FAILED
        row.amount_received = whole(intent.get("amount_received"))
    else:
        row.status = PaymentStatus.SUCCEEDED if charge.get("paid") is True else PaymentStatus.FAILED
        row.amount_received = whole(charge.get("amount_captured")) or whole(charge.get("amount"))
    row.charge = reference(charge)
    row.currency = text(intent.get("currency") or charge.get("currency"), 3)
    # Cumulative on the charge, and by refund in the list; a failed refund counts in neither.
    refunded = refunded_amount(money.refunds) if money.refunds else whole(charge.get("amount_refunded"))
    row.amount_refunded = min(refunded, row.amount_received)
    row.refund_failed = any(each.get("status") == "failed" for each in money.refunds)
    row.amount_lost = lost_amount(
        money.disputes, left=row.amount_received - row.amount_refunded, currency=row.currency
    )
    row.open_dispute = any(each.get("status") in OPEN_DISPUTES for each in money.disputes)
    made = moment(charge.get("created")) or moment(intent.get("created"))
    _dated(row, None if awaited else made, read_at)
    gone = row.status == PaymentStatus.SUCCEEDED and row.amount_received > 0 and row.net == 0
    row.ended_at = (row.ended_at or _gone_at(row, money) or read_at) if gone else None


def _gone_at(row: Payment, money: Money) -> datetime | None:
    """The last refund's date; of a lost dispute Stripe tells only when it was opened, which is no end."""
    if row.amount_refunded < row.amount_received:
        return None
    dates = [moment(each.get("created")) for each in money.refunds]
    return max((date for date in dates if date), default=None)


def _dated(row: Payment, paid_at: datetime | None, read_at: datetime) -> None:
    row.paid_at = (row.paid_at or paid_at or read_at) if row.status == PaymentStatus.SUCCEEDED else None


def _settled_by_paper(row: Payment, money: Money, read_at: datetime) -> bool:
    """A paid invoice or free checkout of which we have not read the payment itself; False for no payment."""
    invoice, session = money.invoice or {}, money.session or {}
    paid_session = session.get("mode") == "payment" and _session_is_paid(session)
    part = next((each for each in invoice_parts(invoice) if each.id == row.stripe_id), None)
    paid = part.amount or whole(invoice.get("amount_paid")) if part and invoice_is_paid(invoice) else 0
    if not paid_session and not paid:
        return False
    row.status = PaymentStatus.SUCCEEDED
    row.amount_received = paid or whole(session.get("amount_total"))
    row.currency = text(invoice.get("currency") or session.get("currency"), 3)
    transitions = expanded(invoice.get("status_transitions")) or {}
    _dated(row, moment(transitions.get("paid_at")) or moment(session.get("created")), read_at)
    return True


def _session_is_paid(session: Raw) -> bool:
    """Completed is not paid: delayed methods are unpaid at first; a full coupon needs no payment."""
    return (
        session.get("payment_status") in ("paid", "no_payment_required")
        and session.get("status") == "complete"
    )


def _bought(row: Payment, money: Money) -> None:
    """What a one-time payment bought: from a paid checkout's line items, or a paid one-off invoice."""
    sold: list[str] = []
    if not row.subscription and money.session and money.session.get("mode") == "payment":
        if _session_is_paid(money.session):
            for line in listed(money.session.get("line_items")):
                prices.note(item_price(line))
            sold = list(line_prices(money.session.get("line_items")))
    elif not row.subscription and money.invoice and invoice_is_paid(money.invoice):
        sold = list(line_prices(money.invoice.get("lines")))
    if row.subscription:
        row.raw_prices, row.prices = [], []
        return
    if not sold:
        return
    row.raw_prices = sorted(set(sold))
    understood = prices.understand(row.raw_prices, before=row.prices)
    row.prices = understood.prices
    prices.ask_about(understood.unknown, customer=row.customer, subject=row.stripe_id)
