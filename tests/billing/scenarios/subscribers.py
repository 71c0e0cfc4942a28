"""Subscribers for the tales: bought at Stripe, and known to us or not."""

from typing import Any

from integrations.sandbox.stripe.checkouts import Checkout
from tests.billing.world import Event, World

UPDATED = "customer.subscription.updated"
CREATED = "customer.subscription.created"
DELETED = "customer.subscription.deleted"
TELLING = (CREATED, "checkout.session.completed")
PRO, STARTER, LIFETIME = "price_pro_month", "price_starter_month", "price_lifetime"


def unknown(world: World, **options: Any) -> tuple[str, Checkout]:
    """Somebody bought at Stripe, and we heard nothing of it yet."""
    email = world.somebody()
    options.setdefault("price", PRO)
    return email, world.stripe.checkout(email, **options)


def known(world: World, **options: Any) -> tuple[str, Checkout]:
    """Somebody bought, and we heard of it: of the first body and of the finished checkout."""
    heard = len(world.stripe.events)
    email, bought = unknown(world, **options)
    events = [each for each in world.stripe.events[heard:] if each["type"] in TELLING]
    world.play(events, at_once=True)
    return email, bought


def tells(
    world: World, kind: str, key: str, *, as_it_was: dict[str, Any] | None = None, **more: Any
) -> Event:
    """An event about an object, whose body may be older than the truth."""
    obj = {**world.stripe.get(key), **(as_it_was or {})}
    return world.stripe.event(kind, obj, **more)


def invoice_of(world: World, subscription: str) -> str:
    """The id of its latest invoice."""
    return str(world.stripe.get(subscription)["latest_invoice"])


def charge_of(world: World, payment_intent: str) -> str:
    return str(world.stripe.get(payment_intent)["latest_charge"])


def change(world: World, key: str, **fields: Any) -> None:
    """Make another truth of an object, with nobody told."""
    world.stripe.put({**world.stripe.objects[key], **fields})
