"""Random histories of business and misfortune: the rules hold after each step, all are right in the end."""

import os
import random
from datetime import UTC, datetime

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from integrations.models import Sync
from integrations.sweeper import drain
from support import invariants
from tests.chaos.histories import PEOPLE, History

PERSON = st.integers(0, PEOPLE - 1)
CHOICE = st.integers(0, 9)
FAULTS = st.sampled_from(
    [
        ("circle", {"status": 500}),
        ("circle", {"status": 422}),
        ("circle", {"status": 429, "headers": {"Retry-After": "5"}}),
        ("circle", {"reset": True, "after_effect": True}),
        ("kit", {"status": 503}),
        ("kit", {"status": 422}),
        ("kit", {"status": 429, "body": "Retry later"}),
        ("kit", {"reset": True, "after_effect": True}),
        ("stripe", {"status": 500}),
    ]
)


class Histories(RuleBasedStateMachine):
    """What can happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()
        self.applied: dict[int, int] = {}

    @rule(person=PERSON, choice=CHOICE)
    def somebody_does_something(self, person: int, choice: int) -> None:
        self.history.acts(person, choice)

    @rule(person=PERSON, choice=CHOICE)
    def somebody_does_something_and_it_is_worked_on(self, person: int, choice: int) -> None:
        self.history.acts(person, choice)
        self.stripe_delivers()
        drain()

    @rule(person=PERSON, choice=CHOICE, fault=FAULTS)
    def a_provider_breaks_just_then(
        self, person: int, choice: int, fault: tuple[str, dict[str, object]]
    ) -> None:
        provider, options = fault
        self.history.sandbox.faults.add(provider, **options, times=1)  # type: ignore[arg-type]
        self.somebody_does_something_and_it_is_worked_on(person=person, choice=choice)

    @rule()
    def stripe_delivers(self) -> None:
        self.history.deliver(list(self.history.collect()))

    @rule(order=st.randoms(use_true_random=False))
    def stripe_delivers_out_of_order(self, order: random.Random) -> None:
        events = list(self.history.collect())
        order.shuffle(events)
        self.history.deliver(events)

    @rule(order=st.randoms(use_true_random=False))
    def some_deliveries_are_lost_for_now(self, order: random.Random) -> None:
        events = self.history.collect()
        self.history.deliver([each for each in events if order.random() < 0.5])

    @rule(which=st.integers(0, 99))
    def stripe_delivers_one_again(self, which: int) -> None:
        if delivered := self.history.delivered:
            self.history.deliver([delivered[which % len(delivered)]])

    @rule()
    def the_workers_work(self) -> None:
        drain()

    @rule()
    def a_worker_dies(self) -> None:
        self.history.worker_dies()

    @rule(fault=FAULTS)
    def a_provider_breaks(self, fault: tuple[str, dict[str, object]]) -> None:
        provider, options = fault
        self.history.sandbox.faults.add(provider, **options)  # type: ignore[arg-type]

    @rule(provider=st.sampled_from(["circle", "kit", "stripe"]))
    def a_provider_heals(self, provider: str) -> None:
        self.history.sandbox.faults.clear(provider)

    @rule(seconds=st.sampled_from([6, 31, 301, 901, 7_201]))
    def time_passes(self, seconds: int) -> None:
        self.history.passes(seconds)

    @rule()
    def staff_replay(self) -> None:
        self.history.replay()

    @rule(person=PERSON, plan=st.sampled_from(["starter", "pro", "lifetime"]))
    def staff_give_access(self, person: int, plan: str) -> None:
        self.history.gives(person, plan)

    @rule()
    def staff_take_it_back(self) -> None:
        self.history.takes_back()

    @invariant()
    def every_rule_holds(self) -> None:
        assert [each.sentence() for each in invariants.broken(datetime.now(UTC))] == []

    @invariant()
    def what_was_applied_never_falls(self) -> None:
        now = dict(Sync.objects.values_list("pk", "applied_version"))
        assert all(now[pk] >= version for pk, version in self.applied.items())
        self.applied = now

    @invariant()
    def whoever_is_right_is_really_right(self) -> None:
        if self.history.quiet:
            assert self.history.differences() == []

    def teardown(self) -> None:
        try:
            self.history.settles()
            self.every_rule_holds()
            self.what_was_applied_never_falls()
            assert self.history.differences() == []
        finally:
            self.history.close()


def run(examples: int, *, steps: int) -> None:
    """The seed is printed; CHAOS_HISTORY_SEED plays the same histories again."""
    chosen = int(os.environ.get("CHAOS_HISTORY_SEED") or random.randrange(2**32))
    print(f"CHAOS_HISTORY_SEED={chosen}: {examples} histories of up to {steps} steps")
    profile = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with override_settings():  # each history sets the addresses of its own sandbox
        run_state_machine_as_test(seed(chosen)(Histories), settings=profile)


@pytest.mark.slow
def test_a_few_histories_end_well(transactional_db: None) -> None:
    run(10, steps=15)


@pytest.mark.chaos
def test_many_histories_end_well(transactional_db: None) -> None:
    run(100, steps=30)
