"""expand[]: replacing ids by the objects they name, along a dotted path."""

from collections.abc import Iterable

from integrations.sandbox.routing import Json
from integrations.sandbox.stripe.store import INCLUDED, Store

MOST_LEVELS = 4
EXPANDABLE = {
    "subscription": {"customer", "latest_invoice", "default_payment_method", "pending_setup_intent",
                     "schedule", "discounts", "test_clock"},
    "checkout.session": {"customer", "subscription", "payment_intent", "invoice", "setup_intent"},
    "invoice": {"customer", "default_payment_method", "discounts"},
    "invoice_payment": {"invoice"},
    "payment_intent": {"customer", "latest_charge", "payment_method", "review"},
    "charge": {"customer", "payment_intent", "balance_transaction", "review"},
    "refund": {"charge", "payment_intent", "balance_transaction"},
    "dispute": {"charge", "payment_intent"},
    "price": {"product"},
    "product": {"default_price"},
    "customer": {"default_source", "test_clock", "tax", "sources"},
}  # fmt: skip


class NotExpandableError(Exception):
    """The path names something that Stripe refuses to expand; the text is Stripe's."""


def expand(store: Store, obj: Json, *, paths: Iterable[str]) -> Json:
    """The object with these paths expanded, in place."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > MOST_LEVELS:
            raise NotExpandableError(
                f"You cannot expand more than {MOST_LEVELS} levels of a property. Property: {path}"
            )
        _follow(store, obj, steps, path)
    return obj


def _follow(store: Store, obj: Json, steps: list[str], path: str) -> None:
    if not steps:
        return
    field, rest = steps[0], steps[1:]
    kind = obj.get("object", "")
    if (kind, field) in INCLUDED and field not in obj:
        obj[field] = store.included(obj, field)
    value = obj.get(field)
    if isinstance(value, str) and value in store.objects:
        value = obj[field] = store.shown(store.objects[value])
    elif not isinstance(value, dict | list) and field not in EXPANDABLE.get(kind, {field}):
        raise NotExpandableError(f"This property cannot be expanded ({path}).")
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            _follow(store, each, rest, path)
