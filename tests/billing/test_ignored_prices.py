"""A price that staff decided to sell nothing of ours is no doubt any more, and stands in no plan's way."""

import copy
from typing import Any

import pytest
from django.utils import timezone

from billing import rederiving
from billing.models import Price, Subscription
from customers import review
from customers.models import Customer, Entitlement, Plan, ReviewItem
from integrations.sandbox.stripe.checkouts import Checkout
from tests.billing.world import World
from tests.factories import UserFactory

ADA = "ada@example.com"
PRO, STARTER, SEAT = "price_pro_month", "price_starter_month", "price_seat"


def sells(world: World, bought: Checkout, *prices: str) -> list[dict[str, Any]]:
    """The subscription sells these prices from now on; returns the event that tells of it."""
    truth = world.stripe.objects[bought.subscription]
    before = copy.deepcopy(truth["items"])
    item = before["data"][0]
    sold = [{**item, "id": f"si_{price}", "price": world.stripe.get(price)} for price in prices]
    world.stripe.put({**truth, "items": {**before, "data": sold}})
    told = world.stripe.get(bought.subscription)
    return [world.stripe.event("customer.subscription.updated", told, previous={"items": before})]


def pro_with_a_seat(world: World) -> Checkout:
    world.stripe.add_price(SEAT, "prod_seat", 500, interval="month")
    bought = world.stripe.checkout(ADA, price=PRO)
    world.know()
    world.play(sells(world, bought, PRO, SEAT))
    return bought


def decide_that_it_sells_nothing(price: str = SEAT) -> None:
    item = ReviewItem.objects.get(kind="unknown_price", subject=price, settled_at=None)
    review.decide(item.pk, review.IGNORED, by=UserFactory.create(), now=timezone.now())
    rederiving.rederive([price], now=timezone.now())


def ada(world: World) -> Customer:
    return world.person(ADA)


def test_the_decision_ends_the_doubt_of_whoever_pays_it(world: World) -> None:
    pro_with_a_seat(world)
    assert (ada(world).grants, ada(world).flags) == (["pro"], ["needs_review"])

    decide_that_it_sells_nothing()

    assert (ada(world).grants, ada(world).flags) == (["pro"], [])
    assert Subscription.objects.get().doubt == ""


def test_beside_it_a_downgrade_takes_the_plan_that_is_no_longer_paid(world: World) -> None:
    bought = pro_with_a_seat(world)
    decide_that_it_sells_nothing()

    world.play(sells(world, bought, STARTER, SEAT))

    assert (ada(world).grants, ada(world).flags) == (["starter"], [])
    assert not ReviewItem.objects.filter(settled_at=None).exists()


def test_a_downgrade_that_was_in_doubt_is_taken_when_it_is_decided(world: World) -> None:
    bought = pro_with_a_seat(world)
    world.play(sells(world, bought, STARTER, SEAT))
    assert ada(world).grants == ["pro", "starter"]

    decide_that_it_sells_nothing()

    assert (ada(world).grants, ada(world).flags) == (["starter"], [])


def test_whoever_changed_to_nothing_else_keeps_what_they_had_until_it_ends(world: World) -> None:
    bought = pro_with_a_seat(world)
    decide_that_it_sells_nothing()

    world.play(sells(world, bought, SEAT))
    assert (ada(world).grants, ada(world).flags) == (["pro"], [])

    world.stripe.cancels(bought.subscription)
    world.know()
    assert (ada(world).status, ada(world).grants) == ("canceled", [])


def test_beside_another_unknown_price_what_was_understood_stays(world: World) -> None:
    bought = pro_with_a_seat(world)
    decide_that_it_sells_nothing()
    world.stripe.add_price("price_new", "prod_new", 5_900, interval="month")

    world.play(sells(world, bought, "price_new", SEAT))

    assert (ada(world).grants, ada(world).flags) == (["pro"], ["needs_review"])
    assert ReviewItem.objects.get(settled_at=None).subject == "price_new"


@pytest.mark.parametrize("decided_first", [True, False], ids=["decided first", "bought first"])
def test_whoever_bought_it_alone_is_what_they_were(world: World, decided_first: bool) -> None:
    pro = world.stripe.checkout(ADA, price=PRO)
    world.stripe.cancels(pro.subscription)
    world.stripe.add_price("price_mug", "prod_mug", 1_200)
    if decided_first:
        world.stripe.one_off_invoice("bob@example.com", price="price_mug")
        world.know()
        decide_that_it_sells_nothing("price_mug")
    world.stripe.one_off_invoice(ADA, price="price_mug", customer=pro.customer)
    world.know()
    if not decided_first:
        assert ada(world).flags == ["needs_review"]
        decide_that_it_sells_nothing("price_mug")

    person = ada(world)
    assert (person.status, person.has_access, person.flags) == ("canceled", False, [])
    assert person.plan == Plan.objects.get(slug="pro")
    assert not Entitlement.objects.filter(plan=None).exists()


def test_it_can_be_mapped_to_a_plan_later(world: World) -> None:
    world.stripe.add_price("price_mug", "prod_mug", 1_200)
    world.stripe.one_off_invoice(ADA, price="price_mug")
    world.know()
    decide_that_it_sells_nothing("price_mug")
    assert (ada(world).status, ada(world).grants) == ("lead", [])

    Price.objects.create(stripe_id="price_mug", plan=Plan.objects.get(slug="starter"))
    rederiving.rederive(["price_mug"], now=timezone.now())

    assert (ada(world).status, ada(world).grants) == ("paid_in_full", ["starter"])


@pytest.mark.parametrize("decided", [True, False], ids=["decided", "in doubt"])
def test_a_change_beside_it_is_one_change_though_the_invoice_is_read_first(
    world: World, decided: bool
) -> None:
    bought = pro_with_a_seat(world)
    if decided:
        decide_that_it_sells_nothing()
    before = world.history(ADA).count("plan_changed")

    told = sells(world, bought, STARTER, SEAT)
    world.play([world.stripe.event("invoice.paid", world.stripe.get(bought.invoice)), *told])

    assert world.history(ADA).count("plan_changed") == before + 1
