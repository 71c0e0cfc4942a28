"""Refunds and disputes that come in an odd way still take what they took, and nothing more."""

import time

from billing import facts, reading
from billing.models import Payment
from customers.lifecycle import Cause
from customers.vocabulary import CauseKind
from tests.billing.world import World

ADA = "ada@example.com"
DAY = 86_400
CLOCK = Cause(CauseKind.CLOCK)


def test_a_dispute_is_not_lost_when_another_read_tells_of_its_payment_first(world: World) -> None:
    """The subscription's read shows the payment on its invoice, but does not read the payment itself."""
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.play([each for each in world.stripe.events if each["type"] == "customer.created"])
    world.stripe.dispute(bought.payment_intent)
    slow = reading.read(f"payment_intent:{bought.payment_intent}")

    facts.apply(reading.read(f"subscription:{bought.subscription}"), cause=CLOCK)
    facts.apply(slow, cause=CLOCK)

    assert Payment.objects.get().open_dispute
    assert world.person(ADA).flags == ["open_dispute"]
    assert "dispute_opened" in world.history(ADA)


def loses(world: World, **dispute: object) -> None:
    """A lifetime purchase whose dispute is lost; Stripe shows it with these fields."""
    bought = world.stripe.checkout(ADA, price="price_lifetime")
    opened = world.stripe.dispute(bought.payment_intent)
    world.stripe.objects[opened["id"]].update(dispute)
    world.stripe.dispute_closes(opened, status="lost")
    world.know()


def test_a_lost_dispute_takes_all_though_the_rate_has_moved(world: World) -> None:
    loses(world, amount=49_863)

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("dispute_lost", False)


def test_a_lost_dispute_in_another_currency_takes_all(world: World) -> None:
    loses(world, amount=38_200, currency="eur")

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("dispute_lost", False)


def test_a_lost_dispute_of_a_part_leaves_the_rest(world: World) -> None:
    loses(world, amount=10_000)

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("paid_in_full", True)


def test_a_lost_dispute_of_what_a_refund_left_takes_all(world: World) -> None:
    bought = world.stripe.checkout(ADA, price="price_lifetime")
    world.stripe.refund(bought.payment_intent, amount=10_000)
    opened = world.stripe.dispute(bought.payment_intent)
    world.stripe.objects[opened["id"]].update(amount=39_870)
    world.stripe.dispute_closes(opened, status="lost")
    world.know()

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("dispute_lost", False)


def test_whoever_had_access_until_the_dispute_was_lost_did_not_come_back(world: World) -> None:
    """Opened long ago, lost today: in between they bought something else, and were never without access."""

    def days_ago(days: int) -> None:
        world.sandbox.now = lambda: time.time() - days * DAY

    days_ago(30)
    bought = world.stripe.checkout(ADA, price="price_lifetime")
    days_ago(20)
    dispute = world.stripe.dispute(bought.payment_intent)
    days_ago(0)
    world.know()
    heard = len(world.stripe.events)
    days_ago(10)
    world.stripe.checkout(ADA, price="price_pro_month", customer=bought.customer)
    days_ago(0)
    world.know(since=heard)

    heard = len(world.stripe.events)
    world.stripe.dispute_closes(dispute, status="lost")
    world.know(since=heard)

    assert world.person(ADA).grants == ["pro"]
    assert "reactivated" not in world.history(ADA)
