"""Recorded events and objects of many API versions, with a fresh id, in our mode, and true at Stripe."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from integrations.sandbox.stripe.account import Stripe
from integrations.sandbox.stripe.objects import new_id
from tests.billing.world import Event

# Which events Stripe sends about a bare object.
TYPES = {
    "charge": ("charge.succeeded", "charge.refunded"),
    "checkout.session": ("checkout.session.completed", "checkout.session.expired"),
    "credit_note": ("credit_note.created",),
    "customer": ("customer.created", "customer.updated", "customer.deleted"),
    "dispute": ("charge.dispute.created", "charge.dispute.closed"),
    "invoice": ("invoice.paid", "invoice.payment_failed", "invoice.upcoming"),
    "invoice_payment": ("invoice_payment.paid",),
    "payment_intent": ("payment_intent.succeeded", "payment_intent.payment_failed"),
    "radar.early_fraud_warning": ("radar.early_fraud_warning.created",),
    "refund": ("refund.created", "refund.failed", "charge.refund.updated"),
    "subscription": tuple(
        f"customer.subscription.{what}" for what in ("created", "updated", "paused", "deleted")
    ),
    "subscription_schedule": ("subscription_schedule.updated",),
}


def files(folder: Path, source: str) -> list[Path]:
    return sorted(each for each in (folder / source).rglob("*.json"))


def content_of(file: Path) -> Any:
    """What was recorded; ids that a recorder blanked out with zeros become ids again."""
    return json.loads(re.sub(r"_0{14,}\b", "_1Recorded", file.read_text()))


def events_of(content: Any) -> Iterator[Event]:
    """The events in one recorded file: as they are, or made of the object that it holds."""
    if not isinstance(content, dict):
        return
    if isinstance(content.get("data"), dict) and isinstance(content.get("type"), str):
        yield content
        return
    inner = content.get("object")
    obj = inner if isinstance(inner, dict) else content
    kind = obj.get("object") or obj.get("type")
    if isinstance(kind, str) and obj.get("id"):
        for type_ in TYPES.get(kind, (f"{kind}.updated",)):
            yield {"object": "event", "type": type_, "data": {"object": {**obj, "object": kind}}}


def deliverable(event: Event) -> Event:
    """The event as if Stripe sent it to us today."""
    return {**event, "id": new_id("evt"), "livemode": False, "account": None}


def make_true(stripe: Stripe, event: Event) -> None:
    """Put the event's object into Stripe, and whom it names if nobody else did."""
    obj = event["data"].get("object")
    if not isinstance(obj, dict) or not isinstance(obj.get("id"), str):
        return
    stripe.put(obj)
    customer = obj.get("customer")
    if isinstance(customer, str) and customer not in stripe.objects:
        stripe.put({"id": customer, "object": "customer", "email": f"{customer.lower()}@example.com"})
