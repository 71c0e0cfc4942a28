"""Dates that Stripe owns: when one passes Stripe is asked, and nothing is guessed."""

import time

import pytest
from django.utils import timezone

from billing.models import Subscription
from integrations.models import Connection
from tests.billing.world import World

DAY = 86_400


def subscription_of(world: World, stripe_id: str) -> Subscription:
    return Subscription.objects.get(stripe_id=stripe_id)


def test_a_scheduled_end_whose_date_passed_is_read_at_stripe(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.stripe.cancels(bought.subscription, at_period_end=True)
    world.know()
    person = world.person("ada@example.com")
    assert person.has_access
    assert person.access_until == subscription_of(world, bought.subscription).cancel_at

    world.sandbox.now = lambda: time.time() + 32 * DAY
    world.stripe.cancels(bought.subscription)
    world.date_passes(bought.subscription)
    assert world.reread() == 1

    person.refresh_from_db()
    assert (person.status, person.has_access, person.access_until) == ("canceled", False, None)
    ended = person.lifecycle_events.get(type="canceled_user_requested_access_removed")
    assert (ended.cause, ended.to_status) == ("clock", "canceled")
    assert subscription_of(world, bought.subscription).reread_at is None


def test_a_date_that_passed_while_it_lives_takes_nothing_and_is_looked_at_again(
    world: World,
) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.stripe.cancels(bought.subscription, at_period_end=True)
    world.know()
    passed = world.stripe.clock() - 5
    world.stripe.put({**world.stripe.objects[bought.subscription], "cancel_at": passed})
    world.date_passes(bought.subscription)

    world.reread()

    assert world.person("ada@example.com").has_access
    again = subscription_of(world, bought.subscription).reread_at
    assert again is not None
    assert 50 < (again - timezone.now()).total_seconds() < 70


def test_a_trial_whose_end_passed_is_looked_at_again_until_stripe_has_acted(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month", trial_days=14)
    world.know()
    world.stripe.put({**world.stripe.objects[bought.subscription], "trial_end": world.stripe.clock() - 5})
    world.date_passes(bought.subscription)

    world.reread()
    assert world.person("ada@example.com").status == "trialing"
    world.stripe.trial_ends(bought.subscription, pays=False)
    world.date_passes(bought.subscription)
    world.reread()

    person = world.person("ada@example.com")
    assert (person.status, person.has_access) == ("past_due", True)


HOUR = 3_600


@pytest.mark.parametrize(
    ("late", "wait"), [(5, 60), (10 * 60, 10 * 60), (5 * HOUR, HOUR), (3 * DAY, DAY)], ids=str
)
@pytest.mark.parametrize("status", ["active", "past_due", "unpaid"])
def test_a_period_that_stripe_has_not_renewed_yet_is_looked_at_again_ever_more_rarely(
    world: World, status: str, late: int, wait: int
) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    period_ended(world, bought.subscription, seconds_ago=late)
    world.stripe.put({**world.stripe.objects[bought.subscription], "status": status})
    world.date_passes(bought.subscription)

    assert world.reread() == 1

    again = subscription_of(world, bought.subscription).reread_at
    assert again is not None
    assert abs((again - timezone.now()).total_seconds() - wait) < 10


def test_a_renewal_that_fails_after_the_date_passed_is_found_without_any_event(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    period_ended(world, bought.subscription, seconds_ago=2)
    world.date_passes(bought.subscription)
    world.reread()
    assert world.person("ada@example.com").has_access

    world.stripe.payment_fails(bought.subscription)
    world.stripe.gives_up(bought.subscription)
    world.date_passes(bought.subscription)
    world.reread()

    person = world.person("ada@example.com")
    assert (person.status, person.has_access) == ("unpaid", False)


def period_ended(world: World, subscription: str, *, seconds_ago: int) -> None:
    """The paid period is over at Stripe, which has not begun the next one."""
    raw = world.stripe.objects[subscription]
    item = {**raw["items"]["data"][0], "current_period_end": world.stripe.clock() - seconds_ago}
    world.stripe.put({**raw, "items": {**raw["items"], "data": [item]}})


def test_a_read_that_fails_is_put_off_and_takes_nothing(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    world.stripe.cancels(bought.subscription)
    world.date_passes(bought.subscription)
    world.stripe.fail(500)

    assert world.reread() == 1
    assert world.person("ada@example.com").has_access
    assert world.reread() == 0

    world.stripe.heal()
    world.date_passes(bought.subscription)
    assert world.reread() == 1
    assert not world.person("ada@example.com").has_access


def test_an_object_that_vanished_at_stripe_takes_nothing_and_is_looked_at_tomorrow(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    world.stripe.remove(bought.subscription)
    world.date_passes(bought.subscription)

    world.reread()

    assert world.person("ada@example.com").has_access
    again = subscription_of(world, bought.subscription).reread_at
    assert again is not None
    assert (again - timezone.now()).total_seconds() > 23 * 3_600


def test_a_revoked_key_found_by_the_clock_pauses_stripe(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    world.stripe.fail(401)
    world.date_passes(bought.subscription)

    world.reread()

    assert Connection.objects.get(slug="stripe").pause_reason == "key_refused"
    assert world.person("ada@example.com").has_access


def test_a_shape_that_lost_its_status_takes_nothing_and_is_asked_about(world: World) -> None:
    bought = world.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    world.stripe.put({**world.stripe.objects[bought.subscription], "status": None})
    world.date_passes(bought.subscription)

    world.reread()

    person = world.person("ada@example.com")
    assert person.has_access
    assert not world.reread()
