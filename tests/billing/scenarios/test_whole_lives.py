"""Whole lives at once, each delivery three times and in any order: each thing happened once to each."""

import os
import random
from collections import Counter

import pytest

from tests.billing.scenarios.subscribers import LIFETIME, PRO, STARTER
from tests.billing.world import World

pytestmark = pytest.mark.chaos
PEOPLE = int(os.environ.get("CHAOS_LIVES", "4"))
SEED = 20261128


def live(world: World) -> str:
    """Tries, pays, changes plan, fails to pay, nearly leaves, pauses, leaves; buys for life, is paid back."""
    email, stripe = world.somebody(), world.stripe
    bought = stripe.checkout(email, price=STARTER, trial_days=14)
    stripe.trial_ends(bought.subscription)
    stripe.changes_price(bought.subscription, PRO)
    stripe.payment_fails(bought.subscription)
    stripe.recovers(bought.subscription)
    stripe.cancels(bought.subscription, at_period_end=True)
    stripe.undo_cancel(bought.subscription)
    stripe.pauses(bought.subscription)
    stripe.resumes(bought.subscription)
    stripe.cancels(bought.subscription)
    once = stripe.checkout(email, price=LIFETIME, customer=bought.customer)
    stripe.refund(once.payment_intent, amount=100)
    stripe.refund(once.payment_intent)
    return email


def test_lives_shuffled_and_sent_three_times_are_the_lives_as_they_were(world: World) -> None:
    model = live(world)
    for number in range(len(world.stripe.events)):
        world.play([world.stripe.events[number]])
    happened = world.history(model)
    known = len(world.stripe.events)
    people = [live(world) for _ in range(PEOPLE)]
    deliveries = world.stripe.events[known:] * 3
    random.Random(SEED).shuffle(deliveries)

    answers: Counter[int] = Counter()
    for number, event in enumerate(deliveries):
        answers.update(world.deliver(event))
        if number % 50 == 0:
            world.process()
    world.process()
    world.wait()
    world.process()

    print(f"{PEOPLE} lives of {len(happened)} transitions, deliveries: {dict(answers)}")
    assert answers == {200: len(deliveries)}
    assert {email: world.history(email) for email in people} == dict.fromkeys(people, happened)
