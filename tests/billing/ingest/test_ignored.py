"""What was ignored because of a wrong setting comes back when Stripe delivers it again after it is mended."""

import json
from functools import partial

import pytest
from django.utils import timezone
from pytest_django import Settings

from billing import ignoring
from billing.models import StripeEvent
from customers.models import LifecycleEvent
from tests.billing.together import together
from tests.billing.world import Event, World

ADA = "ada@example.com"
WRONG = {"mode": {"STRIPE_LIVEMODE": True}, "account": {"STRIPE_ACCOUNT": "acct_typo"}}


def bought(world: World) -> Event:
    paid = world.stripe.checkout(ADA, price="price_pro_month")
    return world.stripe.event("invoice.paid", world.stripe.get(paid.invoice))


def standings() -> set[tuple[str, str]]:
    return set(StripeEvent.objects.values_list("status", "reason"))


@pytest.fixture(params=list(WRONG.items()), ids=list(WRONG))
def ignored(world: World, settings: Settings, request: pytest.FixtureRequest) -> Event:
    """An event that came while a setting was wrong, which is right again."""
    event = bought(world)
    reason, wrong = request.param
    right = {name: getattr(settings, name) for name in wrong}
    for name, value in wrong.items():
        setattr(settings, name, value)
    world.play([event, event])
    assert standings() == {("ignored", reason)}
    for name, value in right.items():
        setattr(settings, name, value)
    return event


def test_it_is_processed_when_it_is_delivered_again(world: World, ignored: Event) -> None:
    received = world.event(ignored).received_at

    world.play([ignored])

    row = world.event(ignored)
    assert (row.status, row.reason, row.received_at) == ("processed", "", received)
    assert world.person(ADA).has_access


def test_duplicates_at_once_bring_it_back_once(world: World, ignored: Event) -> None:
    assert together([partial(world.deliver, ignored) for _ in range(6)]) == []
    world.process()
    world.play([ignored])

    assert standings() == {("processed", "")}
    assert StripeEvent.objects.get().attempt_count == 1
    assert LifecycleEvent.objects.count() == 1


def test_a_type_that_we_learned_since_is_processed_with_its_own_root_and_rank(world: World) -> None:
    event = bought(world)
    StripeEvent.objects.create(
        event_id=event["id"], type=event["type"], livemode=False, created=timezone.now(), due_at=None,
        object_id=event["data"]["object"]["id"], body=json.dumps(event),
        status="ignored", reason="unknown_type", priority=9,
    )  # fmt: skip

    world.play([event])

    assert standings() == {("processed", "")}
    assert world.event(event).root.startswith("subscription:")
    assert world.event(event).priority < 9
    assert world.person(ADA).has_access


def test_what_staff_let_go_stays_so(world: World) -> None:
    event = bought(world)
    world.deliver(event)
    StripeEvent.objects.update(status="dead_letter", reason="error:KeyError", due_at=None)
    assert ignoring.ignore([world.event(event)])

    world.play([event])

    assert standings() == {("ignored", "by_staff")}


def test_a_dead_letter_does_not_come_back_while_a_setting_is_wrong(world: World, settings: Settings) -> None:
    event = bought(world)
    world.deliver(event)
    StripeEvent.objects.update(status="dead_letter", reason="error:KeyError", due_at=None)
    settings.STRIPE_LIVEMODE = True

    world.play([event])

    assert standings() == {("dead_letter", "error:KeyError")}
