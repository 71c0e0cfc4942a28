"""Whoever gets access is welcomed once, however long ago they bought."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.models import Entitlement, Plan
from integrations.models import PlanMapping
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.billing.world import Event, World, stock_plans
from tests.sandbox_world import sandbox, stock_catalog

__all__ = ["sandbox"]

ADA = "ada@example.com"
WELCOME = 501


@pytest.fixture
def shop(transactional_db: None, sandbox: Sandbox) -> World:
    """The sample plans and mappings; Lifetime is welcomed as Pro is, and a trial of Pro gives no access."""
    stock_plans()
    stock_catalog()
    PlanMapping.objects.filter(plan__slug="lifetime", connection__kind="kit").update(
        options={"welcome_sequence": WELCOME}
    )
    Plan.objects.filter(slug="pro").update(trial_access=False)
    return World(sandbox)


def days_ago(world: World, days: float, act: Callable[[], Any]) -> Any:
    """What the act did at Stripe so many days ago."""
    now = world.sandbox.now
    world.sandbox.now = lambda: now() - timedelta(days=days).total_seconds()
    done = act()
    world.sandbox.now = now
    return done


def welcomes(world: World) -> int:
    drain()
    return world.sandbox.kit.enrolments.count((ADA, WELCOME))


@pytest.mark.parametrize("order", [list, reversed], ids=["in order", "the other way round"])
def test_a_debit_that_the_bank_pays_after_eight_days_is_welcomed_once(
    shop: World, order: Callable[[list[Event]], Iterable[Event]]
) -> None:
    bought = days_ago(shop, 8, lambda: shop.stripe.checkout(ADA, price="price_lifetime", delayed=True))
    shop.play(order(shop.stripe.events))
    assert (shop.person(ADA).has_access, welcomes(shop)) == (False, 0)
    heard = len(shop.stripe.events)

    shop.stripe.delayed_payment(bought.session, succeeds=True)
    shop.play(order(shop.stripe.events[heard:]))

    assert (shop.person(ADA).grants, welcomes(shop)) == (["lifetime"], 1)
    paid = shop.person(ADA).lifecycle_events.get(type="paid_in_full")
    assert paid.happened_at > datetime.now(UTC) - timedelta(days=1)

    shop.play([{**event, "id": f"{event['id']}again"} for event in shop.stripe.events])
    assert welcomes(shop) == 1


def test_a_card_that_was_paid_with_a_week_ago_is_the_past(shop: World) -> None:
    days_ago(shop, 8, lambda: shop.stripe.checkout(ADA, price="price_lifetime"))

    shop.know()

    assert (shop.person(ADA).grants, welcomes(shop)) == (["lifetime"], 0)


def test_the_end_of_a_trial_that_gave_no_access_is_welcomed_once(shop: World) -> None:
    bought = days_ago(shop, 14, lambda: shop.stripe.checkout(ADA, price="price_pro_month", trial_days=14))
    shop.know()
    assert (shop.person(ADA).status, shop.person(ADA).has_access, welcomes(shop)) == ("trialing", False, 0)
    heard = len(shop.stripe.events)

    shop.stripe.trial_ends(bought.subscription)
    shop.know(since=heard)

    assert (shop.person(ADA).grants, welcomes(shop)) == (["pro"], 1)
    shop.play([{**event, "id": f"{event['id']}again"} for event in shop.stripe.events])
    assert welcomes(shop) == 1


def test_a_trial_given_to_whoever_had_access_before_is_no_beginning(shop: World) -> None:
    """As one that ended before its end, or goes on: only the end of a first trial begins anything."""
    bought = days_ago(shop, 60, lambda: shop.stripe.checkout(ADA, price="price_pro_month"))
    shop.know()
    began = Entitlement.objects.get().starts_at
    today = shop.stripe.clock()
    for status, fields in {
        "trialing": {},
        "active": {"trial_end": today - 60},
        "canceled": {"trial_start": int(began.timestamp()), "ended_at": today - 3600},
    }.items():
        trial = {"trial_start": today - 86_400, "trial_end": today + 86_400, **fields}
        shop.stripe.put({**shop.stripe.objects[bought.subscription], "status": status, **trial})
        told = shop.stripe.get(bought.subscription)
        shop.play([shop.stripe.event("customer.subscription.updated", told)])

        held = Entitlement.objects.get()
        assert (held.state, held.starts_at) == (status, began)
    assert welcomes(shop) == 0
