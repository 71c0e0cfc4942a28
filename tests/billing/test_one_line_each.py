"""One purchase gives access once: the record says with which occurrence, the others stand beside it."""

import pytest
from django.utils import timezone

from customers.models import LifecycleEvent
from tests.billing.world import World

ADA = "ada@example.com"


def told(world: World) -> list[tuple[str, str, bool, bool]]:
    """What the record says, oldest first: type, status after, access before and after."""
    rows = world.person(ADA).lifecycle_events.order_by("happened_at", "pk")
    return list(rows.values_list("type", "to_status", "access_before", "access_after"))


@pytest.mark.parametrize("at_once", [True, False])
def test_a_subscription_bought_in_one_checkout_gives_access_in_one_line(world: World, at_once: bool) -> None:
    world.stripe.checkout(ADA, price="price_pro_month")
    world.play(world.stripe.events, at_once=at_once)

    given = [each for each in told(world) if each[2:] == (False, True)]
    assert given == [("subscription_active", "active", False, True)]


def test_a_purchase_once_and_for_all_gives_access_in_one_line(world: World) -> None:
    world.stripe.checkout(ADA, price="price_lifetime")
    world.know()

    assert told(world) == [("paid_in_full", "paid_in_full", False, True)]


def test_who_comes_back_is_let_in_once_and_who_leaves_is_let_out_once(world: World) -> None:
    first = world.stripe.checkout(ADA, price="price_pro_month")
    world.know()
    world.stripe.cancels(first.subscription)
    world.know()
    later = world.stripe.clock() + 60
    world.sandbox.now = lambda: later
    world.stripe.checkout(ADA, price="price_pro_month", customer=first.customer)
    world.sandbox.now = timezone.now().timestamp
    world.know()

    assert [each[0] for each in told(world) if each[2:] == (False, True)] == ["subscription_active"] * 2
    assert LifecycleEvent.objects.filter(access_before=True, access_after=False).count() == 1
    assert "reactivated" in world.history(ADA)
