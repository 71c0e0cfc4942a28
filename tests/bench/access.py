"""From paid to access and from canceled to no access, through real processes."""

import time
from dataclasses import dataclass

from tests.processes import Product, until

PEOPLE = 25
GROUP = 101


@dataclass(frozen=True)
class Access:
    """Seconds from our 200 on the deciding event to the change in Circle."""

    granted: list[float]
    removed: list[float]


def measure(product: Product) -> Access:
    """Buy and cancel one person after another, at uneven moments of the sweeper's second."""
    granted, removed = [], []
    seen = len(product.sandbox.stripe.events)
    circle = product.sandbox.circle
    for number in range(PEOPLE):
        email = f"bench{number}@example.com"
        bought = product.sandbox.stripe.checkout(email, price="price_pro_month")
        seen = product.deliver_new(seen)
        granted.append(_wait(lambda who=email: who in circle.members_of(GROUP)))
        product.sandbox.stripe.cancels(bought.subscription)
        seen = product.deliver_new(seen)
        removed.append(_wait(lambda who=email: who not in circle.members_of(GROUP)))
        time.sleep(0.037 * (number % 10))
    return Access(granted, removed)


def _wait(true: object) -> float:
    assert callable(true)
    return until(true, seconds=60, what="Circle follows within the promise")
