"""How Stripe's buyers, subscriptions and sessions look in API version 2026-10-28.endive."""

import calendar
import secrets
import string
from datetime import UTC, datetime

from integrations.sandbox.routing import Json

API_VERSION = "2026-10-28.endive"
LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """A random id with Stripe's prefix: new_id("sub") is sub_1..."""
    return f"{prefix}_1" + "".join(secrets.choice(LETTERS) for _ in range(23))


def later(start: int, interval: str, count: int) -> int:
    """The end of a billing period, by the calendar for months and years."""
    if interval in ("day", "week"):
        return start + count * (86_400 if interval == "day" else 604_800)
    at = datetime.fromtimestamp(start, tz=UTC)
    months = at.month - 1 + count * (12 if interval == "year" else 1)
    year, month = at.year + months // 12, months % 12 + 1
    day = min(at.day, calendar.monthrange(year, month)[1])
    return int(at.replace(year=year, month=month, day=day).timestamp())


def listing(rows: list[Json], *, url: str, has_more: bool = False) -> Json:
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def base(kind: str, key: str, created: int) -> Json:
    return {"id": key, "object": kind, "created": created, "livemode": False, "metadata": {}}


def product(key: str, *, name: str, created: int) -> Json:
    return {
        **base("product", key, created),
        "name": name,
        "active": True,
        "description": None,
        "type": "service",
    }


def price(key: str, *, product: str, amount: int, interval: tuple[str, int] | None, created: int) -> Json:
    recurring = None
    if interval is not None:
        recurring = {
            "interval": interval[0],
            "interval_count": interval[1],
            "usage_type": "licensed",
            "meter": None,
        }
    return {
        **base("price", key, created),
        "active": True,
        "billing_scheme": "per_unit",
        "currency": "usd",
        "lookup_key": None,
        "nickname": None,
        "product": product,
        "recurring": recurring,
        "type": "recurring" if recurring else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def customer(key: str, *, email: str | None, name: str, country: str, created: int) -> Json:
    address = {
        "city": None,
        "country": country,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    }
    return {
        **base("customer", key, created),
        "address": address if country else None,
        "balance": 0,
        "currency": "usd",
        "delinquent": False,
        "description": None,
        "email": email,
        "invoice_settings": {"default_payment_method": None, "custom_fields": None, "footer": None},
        "name": name or None,
        "phone": None,
        "preferred_locales": ["en"],
        "test_clock": None,
    }


def item(price: Json, *, subscription: str, start: int, end: int) -> Json:
    return {
        **base("subscription_item", new_id("si"), start),
        "current_period_start": start,
        "current_period_end": end,
        "discounts": [],
        "price": price,
        "quantity": 1,
        "subscription": subscription,
    }


def subscription(key: str, *, customer: str, item: Json, trial_end: int | None, created: int) -> Json:
    return {
        **base("subscription", key, created),
        "billing_cycle_anchor": created,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "currency": item["price"]["currency"],
        "customer": customer,
        "customer_account": None,
        "days_until_due": None,
        "discounts": [],
        "ended_at": None,
        "items": listing([item], url=f"/v1/subscription_items?subscription={key}"),
        "latest_invoice": None,
        "pause_collection": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": created,
        "status": "trialing" if trial_end else "active",
        "status_details": {"paused": None},
        "test_clock": None,
        "trial_end": trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": created if trial_end else None,
    }


def session(key: str, *, mode: str, email: str, reference: str | None, created: int) -> Json:
    """An open Checkout session."""
    return {
        **base("checkout.session", key, created),
        "amount_subtotal": 0,
        "amount_total": 0,
        "client_reference_id": reference,
        "currency": "usd",
        "customer": None,
        "customer_account": None,
        "customer_details": None,
        "customer_email": email,
        "expires_at": created + 86_400,
        "invoice": None,
        "mode": mode,
        "payment_intent": None,
        "payment_status": "unpaid",
        "recovered_from": None,
        "setup_intent": None,
        "status": "open",
        "subscription": None,
    }
