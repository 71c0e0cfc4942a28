"""How Stripe's invoices, payments, charges, refunds and disputes look in API version 2026-10-28.endive."""

from typing import Any

from integrations.sandbox.routing import Json
from integrations.sandbox.stripe.objects import base, listing, new_id


def invoice(key: str, *, customer: Json, price: Json, subscription: str | None, **more: Any) -> Json:
    """A finalised, open invoice of one line; `more` sets amount, period, billing_reason, created."""
    created, amount, period = more["created"], more["amount"], more["period"]
    parent: Json | None = None
    if subscription is not None:
        details = {"subscription": subscription, "metadata": {}}
        parent = {"type": "subscription_details", "subscription_details": details, "quote_details": None}
    line = _line(key, price=price, amount=amount, period=period)
    return {
        **base("invoice", key, created),
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "billing_reason": more["billing_reason"],
        "collection_method": "charge_automatically",
        "currency": price["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "due_date": None,
        "starting_balance": 0, "ending_balance": 0,
        "pre_payment_credit_notes_amount": 0, "post_payment_credit_notes_amount": 0,
        "lines": listing([line], url=f"/v1/invoices/{key}/lines"),
        "next_payment_attempt": None,
        "number": key[-8:].upper(),
        "parent": parent,
        "period_end": period[1],
        "period_start": period[0],
        "status": "open",
        "status_transitions": {
            "finalized_at": created, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None
        },
        "subtotal": amount,
        "total": amount,
        "webhooks_delivered_at": created,
    }  # fmt: skip


def _line(invoice: str, *, price: Json, amount: int, period: tuple[int, int]) -> Json:
    return {
        "id": new_id("il"), "object": "line_item", "amount": amount, "currency": price["currency"],
        "description": "1 x", "invoice": invoice, "livemode": False, "metadata": {}, "quantity": 1,
        "period": {"start": period[0], "end": period[1]},
        "parent": {"type": "subscription_item_details" if price["recurring"] else "invoice_item_details"},
        "pricing": {"type": "price_details", "unit_amount_decimal": str(amount),
                    "price_details": {"price": price["id"], "product": price["product"]}},
    }  # fmt: skip


def invoice_payment(*, invoice: Json, payment_intent: str, created: int) -> Json:
    return {
        **base("invoice_payment", new_id("inpay"), created),
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "payment": {"type": "payment_intent", "payment_intent": payment_intent},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def payment_intent(key: str, *, amount: int, currency: str, customer: str | None, created: int) -> Json:
    return {
        **base("payment_intent", key, created),
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "currency": currency,
        "customer": customer,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "payment_method_types": ["card"],
        "receipt_email": None,
        "status": "processing",
    }


def charge(intent: Json, *, email: str | None, created: int) -> Json:
    """An attempt that nobody has answered yet."""
    return {
        **base("charge", new_id("ch"), created),
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": {"address": None, "email": email, "name": None, "phone": None},
        "captured": False,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "paid": False,
        "payment_intent": intent["id"],
        "receipt_email": None,
        "refunded": False,
        "status": "pending",
    }


def answer(charge: Json, *, paid: bool) -> Json:
    """What the bank's answer changes of a charge; its date stays."""
    return {
        "amount_captured": charge["amount"] if paid else 0,
        "captured": paid,
        "failure_code": None if paid else "card_declined",
        "failure_message": None if paid else "Your card was declined.",
        "paid": paid,
        "status": "succeeded" if paid else "failed",
    }


def refund(charge: Json, *, amount: int, created: int) -> Json:
    return {
        **base("refund", new_id("re"), created),
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "failure_reason": None,
        "payment_intent": charge["payment_intent"],
        "reason": "requested_by_customer",
        "status": "succeeded",
    }


def dispute(charge: Json, *, status: str, created: int) -> Json:
    return {
        **base("dispute", new_id("du"), created),
        "amount": charge["amount"],
        "charge": charge["id"],
        "currency": charge["currency"],
        "evidence_details": {"due_by": created + 7 * 86_400, "has_evidence": False, "past_due": False},
        "is_charge_refundable": status.startswith("warning"),
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": status,
    }
