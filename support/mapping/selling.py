"""Changing which plan a price sells: the road of load_catalog, with a name and a reason."""

import json
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from billing import locks
from billing.models import Price
from customers.models import Plan
from support import audit
from support.catalog import consequences
from support.catalog.changes import Changes


@dataclass(frozen=True)
class Sale:
    """Which plan a price (its id at Stripe) is to sell."""

    price: str
    plan: Plan


class SoldAlreadyError(Exception):
    """The price sells a plan already, which the message names; nothing was changed."""


def sell(sale: Sale, *, by: AbstractBaseUser, reason: str) -> None:
    """Make it so; a worker lets everybody follow who pays this price. Take no lock before it.

    Raises: SoldAlreadyError.
    """
    with transaction.atomic():
        locks.catalogue()
        price, _ = Price.objects.select_related("plan").get_or_create(stripe_id=sale.price)
        if price.plan is not None:
            raise SoldAlreadyError(price.plan.name)
        price.plan = sale.plan
        price.save(update_fields=["plan"])
        owed = consequences.owe(Changes(prices={sale.price}))
        audit.record("map_price", price, by=by, reason=reason, change=({}, {"plan": sale.plan.slug}))
        consequences.hand_over(owed)


def sell_nothing(price: str) -> None:
    """A worker lets everybody follow who pays a price that sells nothing of ours, once that is decided."""
    locks.catalogue()
    consequences.hand_over(consequences.owe(Changes(prices={price})))


def in_the_file(sale: Sale) -> str:
    """The plan's prices as they have to stand in the catalogue file."""
    sold = Price.objects.filter(plan=sale.plan).values_list("stripe_id", flat=True)
    return f"prices = {json.dumps(sorted({*sold, sale.price}))}"
