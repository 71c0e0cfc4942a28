"""What happens to a person at Stripe is on record, once, and shows in their state."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from customers import overrides
from customers.lifecycle import Cause, explain, recompute
from customers.models import Customer, Override, Plan
from customers.vocabulary import CauseKind
from integrations.sandbox.stripe.checkouts import Checkout
from tests.billing.world import World

ADA = "ada@example.com"
BOUGHT = ["signup_started", "subscription_active"]
CLOCK = Cause(CauseKind.CLOCK)


def subscriber(world: World, price: str = "price_pro_month") -> Checkout:
    bought = world.stripe.checkout(ADA, price=price)
    world.know()
    return bought


def later(world: World, *, days: float) -> Customer:
    """Ada after the clock came round so many days from now."""
    recompute(world.person(ADA).pk, now=timezone.now() + timedelta(days=days), cause=CLOCK)
    return world.person(ADA)


def given_for_two_days(world: World) -> Override:
    """An override of another plan than she buys."""
    staff, now = User.objects.create(username="staff"), timezone.now()
    vip = Plan.objects.create(slug="vip", name="VIP", rank=40)
    given = Override(
        customer=world.person(ADA), plan=vip, until=now + timedelta(days=2), reason="asked", granted_by=staff
    )
    return overrides.grant(given, now=now)


def test_computing_the_state_again_changes_nothing(world: World) -> None:
    subscriber(world)
    before = Customer.objects.values().get()

    later(world, days=0)

    assert Customer.objects.values().get() == before
    assert world.history(ADA) == BOUGHT


def test_hearing_everything_again_under_new_event_ids_changes_nothing(world: World) -> None:
    bought = subscriber(world)
    world.stripe.payment_fails(bought.subscription)
    world.stripe.recovers(bought.subscription)
    world.know()
    before = (world.history(ADA), world.person(ADA).version)

    world.play([{**event, "id": f"evt_again{number}"} for number, event in enumerate(world.stripe.events)])

    assert (world.history(ADA), world.person(ADA).version) == before
    assert before[0] == ["payment_failed", "payment_recovered", *BOUGHT]


def test_grace_keeps_the_access_and_its_end_takes_it(world: World) -> None:
    bought = subscriber(world)
    world.stripe.payment_fails(bought.subscription)
    world.know()
    person = world.person(ADA)
    assert (person.status, person.has_access) == ("past_due", True)
    assert person.next_check_at == person.access_until

    assert later(world, days=6.9).has_access
    person = later(world, days=7.1)

    assert (person.status, person.has_access, person.access_until) == ("past_due", False, None)
    assert world.history(ADA) == ["access_expired", "payment_failed", *BOUGHT]
    assert explain(person, now=timezone.now()).startswith("Has access: Pro (monthly) is past due since today")


def test_an_override_adds_access_until_its_date_and_ends_once(world: World) -> None:
    bought = subscriber(world)
    world.stripe.cancels(bought.subscription)
    world.know()
    given = given_for_two_days(world)
    person = world.person(ADA)
    assert (person.status, person.grants, person.next_check_at) == ("canceled", ["vip"], given.until)

    person = later(world, days=2)
    later(world, days=3)

    assert (person.has_access, person.next_check_at) == (False, None)
    ended = ["access_expired", "canceled_user_requested_access_removed", "override_ended", "override_granted"]
    assert world.history(ADA) == [*ended, *BOUGHT]


@pytest.mark.parametrize(
    "ends",
    [lambda world, bought: world.stripe.cancels(bought), lambda world, bought: world.stripe.gives_up(bought)],
    ids=["canceled", "unpaid"],
)
def test_an_override_that_ran_out_beside_a_subscription_expires_nothing_later(
    world: World, ends: Callable[[World, str], None]
) -> None:
    bought = subscriber(world)
    given_for_two_days(world)
    assert later(world, days=3).has_access

    ends(world, bought.subscription)
    world.know()

    assert not world.person(ADA).has_access
    assert "override_ended" in world.history(ADA)
    assert "access_expired" not in world.history(ADA)


def test_grace_that_ran_out_beside_a_purchase_expires_nothing_when_that_is_refunded(world: World) -> None:
    days_ago = timezone.now().timestamp() - timedelta(days=10).total_seconds()
    world.sandbox.now = lambda: days_ago
    bought = world.stripe.checkout(ADA, price="price_pro_month")
    world.stripe.payment_fails(bought.subscription)
    world.sandbox.now = timezone.now().timestamp
    lifetime = world.stripe.checkout(ADA, price="price_lifetime")
    world.know()
    assert world.person(ADA).grants == ["lifetime"]

    world.stripe.refund(lifetime.payment_intent)
    world.know()

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("past_due", False)
    assert "access_expired" not in world.history(ADA)


def test_a_plan_change_is_recorded_once_in_whatever_order_it_is_heard(world: World) -> None:
    bought = subscriber(world, "price_starter_month")
    heard = len(world.stripe.events)
    world.stripe.changes_price(bought.subscription, "price_pro_year")

    world.play(reversed(world.stripe.events[heard:]))

    person = world.person(ADA)
    assert (person.grants, person.interval) == (["pro"], "yearly")
    assert world.history(ADA) == ["plan_changed", *BOUGHT]


def test_two_plan_changes_that_are_read_as_one_are_both_on_record(world: World) -> None:
    bought = subscriber(world, "price_starter_month")
    heard = len(world.stripe.events)
    world.stripe.changes_price(bought.subscription, "price_pro_month")
    world.stripe.changes_price(bought.subscription, "price_pro_year")

    world.know(since=heard)

    assert world.history(ADA) == ["plan_changed", "plan_changed", *BOUGHT]


def test_a_cancellation_can_be_scheduled_and_undone(world: World) -> None:
    bought = subscriber(world)
    world.stripe.cancels(bought.subscription, at_period_end=True)
    world.know()
    assert world.person(ADA).flags == ["cancellation_scheduled"]

    world.stripe.undo_cancel(bought.subscription)
    world.know()

    person = world.person(ADA)
    assert (person.status, person.flags, person.access_until) == ("active", [], None)
    assert world.history(ADA) == ["cancellation_scheduled", "cancellation_undone", *BOUGHT]


def test_a_pause_takes_the_access_and_resuming_gives_it_back(world: World) -> None:
    bought = subscriber(world)
    world.stripe.pauses(bought.subscription)
    world.know()
    assert (world.person(ADA).status, world.person(ADA).has_access) == ("paused", False)

    world.stripe.resumes(bought.subscription)
    world.know()

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("active", True)
    assert world.history(ADA) == ["paused", "resumed", *BOUGHT]


def test_whoever_comes_back_after_an_end_is_reactivated(world: World) -> None:
    bought = subscriber(world)
    start = world.stripe.clock()
    world.stripe.cancels(bought.subscription)
    world.sandbox.now = lambda: start + 60
    world.stripe.checkout(ADA, price="price_pro_month", customer=bought.customer)
    world.sandbox.now = timezone.now().timestamp
    world.know()

    assert world.person(ADA).has_access
    assert world.history(ADA).count("reactivated") == 1


def test_a_refund_is_partial_then_full_and_a_failed_one_gives_the_access_back(world: World) -> None:
    bought = subscriber(world, "price_lifetime")
    world.stripe.refund(bought.payment_intent, amount=10_000)
    world.know()
    assert (world.person(ADA).status, world.person(ADA).flags) == ("paid_in_full", ["partially_refunded"])

    rest = world.stripe.refund(bought.payment_intent)
    world.know()
    assert (world.person(ADA).status, world.person(ADA).has_access) == ("refunded", False)

    world.stripe.refund_fails(rest)
    world.know()
    person = world.person(ADA)
    assert (person.status, person.flags) == ("paid_in_full", ["partially_refunded", "refund_failed"])
    assert world.history(ADA) == ["paid_in_full", "partially_refunded", "refund_failed", "refunded"]


def test_a_dispute_is_a_flag_until_it_is_lost(world: World) -> None:
    bought = subscriber(world, "price_lifetime")
    dispute = world.stripe.dispute(bought.payment_intent)
    world.know()
    assert (world.person(ADA).has_access, world.person(ADA).flags) == (True, ["open_dispute"])

    world.stripe.dispute_closes(dispute, status="lost")
    world.know()

    assert (world.person(ADA).status, world.person(ADA).has_access) == ("dispute_lost", False)
    assert world.history(ADA) == ["dispute_closed", "dispute_opened", "paid_in_full"]


def test_ends_name_their_reason(world: World) -> None:
    for number, (reason, type_) in enumerate(
        [
            ("payment_failed", "canceled_payment_failed_access_removed"),
            ("payment_disputed", "canceled_dispute_access_removed"),
        ]
    ):
        email = f"person{number}@example.com"
        bought = world.stripe.checkout(email, price="price_pro_month")
        world.know()
        world.stripe.cancels(bought.subscription, reason=reason)
        world.know()
        assert type_ in world.history(email)
