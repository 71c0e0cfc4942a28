"""A payment in words: what was paid, what went back, and what is disputed."""

from billing.models import Payment
from billing.models.payment import PaymentStatus
from support.money import in_units
from support.screen.moments import day


def money_of(payment: Payment) -> str:
    """E.g. "49.00 USD paid 12 Mar 2026, 10.00 USD refunded, dispute open"."""
    if payment.status != PaymentStatus.SUCCEEDED or payment.paid_at is None:
        return f"a payment {'failed' if payment.status == PaymentStatus.FAILED else 'is pending'}"
    said = [f"{in_units(payment.amount_received, payment.currency)} paid {day(payment.paid_at)}"]
    if payment.amount_refunded:
        said.append(f"{in_units(payment.amount_refunded, payment.currency)} refunded")
    if payment.amount_lost:
        said.append(f"{in_units(payment.amount_lost, payment.currency)} lost in a dispute")
    if payment.open_dispute:
        said.append("dispute open")
    if payment.refund_failed:
        said.append("a refund failed")
    return ", ".join(said)
