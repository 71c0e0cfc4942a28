"""The table of Stripe event types: which object to re-read, and what it can change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from billing.shapes import invoice_subscription, reference

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class EventType:
    """One row of the table: the root behind `data.object`, what may change, whether it ends something."""

    root: Callable[[Raw], str]
    changes: str
    ends: bool = False


def _of(resource: str, field: str = "id") -> Callable[[Raw], str]:
    def root(obj: Raw) -> str:
        found = reference(obj.get(field))
        return f"{resource}:{found}" if found else ""

    return root


def _of_invoice(obj: Raw) -> str:
    subscription = invoice_subscription(obj)
    return f"subscription:{subscription}" if subscription else _of("invoice")(obj)


def _of_payment(obj: Raw) -> str:
    """Charges, refunds and disputes lead to their payment intent, else to their charge."""
    if obj.get("object") == "payment_intent":
        return _of("payment_intent")(obj)
    if found := reference(obj.get("payment_intent")):
        return f"payment_intent:{found}"
    return _of("charge")(obj) if obj.get("object") == "charge" else _of("charge", "charge")(obj)


SUBSCRIPTION, SESSION = _of("subscription"), _of("checkout_session")
SCHEDULED = _of("subscription", "subscription")
CUSTOMER, INVOICE = _of("customer"), _of("invoice", "invoice")

# docs.stripe.com/api/events/types; effects and traps are listed in docs/lifecycle.md.
EVENT_TYPES: dict[str, EventType] = {
    "checkout.session.completed": EventType(SESSION, "signup, purchase, link to the person"),
    "checkout.session.async_payment_succeeded": EventType(SESSION, "delayed money arrived"),
    "checkout.session.async_payment_failed": EventType(SESSION, "delayed money failed"),
    "checkout.session.expired": EventType(SESSION, "signup expired"),
    "customer.created": EventType(CUSTOMER, "identity"),
    "customer.updated": EventType(CUSTOMER, "identity, e-mail"),
    "customer.deleted": EventType(CUSTOMER, "ends all its subscriptions", ends=True),
    "customer.subscription.created": EventType(SUBSCRIPTION, "status, plan, trial"),
    "customer.subscription.updated": EventType(SUBSCRIPTION, "status, plan, schedule, pause"),
    "customer.subscription.deleted": EventType(SUBSCRIPTION, "ends it", ends=True),
    "customer.subscription.paused": EventType(SUBSCRIPTION, "status"),
    "customer.subscription.resumed": EventType(SUBSCRIPTION, "status"),
    "customer.subscription.trial_will_end": EventType(SUBSCRIPTION, "nothing by itself"),
    "customer.subscription.pending_update_applied": EventType(SUBSCRIPTION, "plan"),
    "customer.subscription.pending_update_expired": EventType(SUBSCRIPTION, "pending plan change"),
    "invoice.created": EventType(_of_invoice, "nothing by itself"),
    "invoice.finalized": EventType(_of_invoice, "open invoice"),
    "invoice.updated": EventType(_of_invoice, "open invoice"),
    "invoice.paid": EventType(_of_invoice, "payment"),
    "invoice.payment_succeeded": EventType(_of_invoice, "payment"),
    "invoice.payment_failed": EventType(_of_invoice, "failed attempt, open invoice"),
    "invoice.payment_action_required": EventType(_of_invoice, "open invoice"),
    "invoice.overdue": EventType(_of_invoice, "open invoice"),
    "invoice.will_be_due": EventType(_of_invoice, "nothing by itself"),
    "invoice.sent": EventType(_of_invoice, "nothing by itself"),
    "invoice.voided": EventType(_of_invoice, "open invoice"),
    "invoice.marked_uncollectible": EventType(_of_invoice, "open invoice"),
    "invoice.upcoming": EventType(_of_invoice, "nothing by itself"),
    "invoice_payment.paid": EventType(INVOICE, "payment"),
    "payment_intent.succeeded": EventType(_of_payment, "payment"),
    "payment_intent.payment_failed": EventType(_of_payment, "payment"),
    "payment_intent.processing": EventType(_of_payment, "payment"),
    "payment_intent.canceled": EventType(_of_payment, "payment"),
    "charge.succeeded": EventType(_of_payment, "payment"),
    "charge.failed": EventType(_of_payment, "payment"),
    "charge.updated": EventType(_of_payment, "payment"),
    "charge.captured": EventType(_of_payment, "payment"),
    "charge.refunded": EventType(_of_payment, "refund"),
    "charge.refund.updated": EventType(_of_payment, "refund"),
    "refund.created": EventType(_of_payment, "refund"),
    "refund.updated": EventType(_of_payment, "refund"),
    "refund.failed": EventType(_of_payment, "refund"),
    "credit_note.created": EventType(INVOICE, "nothing by itself"),
    "credit_note.voided": EventType(INVOICE, "nothing by itself"),
    "charge.dispute.created": EventType(_of_payment, "dispute"),
    "charge.dispute.updated": EventType(_of_payment, "dispute"),
    "charge.dispute.closed": EventType(_of_payment, "dispute"),
    "charge.dispute.funds_withdrawn": EventType(_of_payment, "dispute"),
    "charge.dispute.funds_reinstated": EventType(_of_payment, "dispute"),
    "radar.early_fraud_warning.created": EventType(_of_payment, "nothing by itself"),
    "subscription_schedule.created": EventType(SCHEDULED, "planned change"),
    "subscription_schedule.updated": EventType(SCHEDULED, "planned change"),
    "subscription_schedule.released": EventType(SCHEDULED, "planned change"),
    "subscription_schedule.completed": EventType(SCHEDULED, "planned change"),
    "subscription_schedule.aborted": EventType(SCHEDULED, "planned change"),
    "subscription_schedule.canceled": EventType(SCHEDULED, "planned change"),
    "entitlements.active_entitlement_summary.updated": EventType(
        _of("customer", "customer"), "nothing by itself"
    ),
}
