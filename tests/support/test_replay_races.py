"""Replays that meet each other, a newer truth, a limit, or work that is already done."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from billing.models import StripeEvent
from customers.models import LifecycleEvent
from integrations.limits import limit_of
from integrations.models import Connection, PlanMapping, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support import deadletters
from support.deadletters import Outcome
from support.models import AuditEntry, ReplayRun
from tests.billing.world import World, stock_plans, unhurried_stripe
from tests.factories import UserFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox

__all__ = ["catalog", "sandbox"]

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "25"))
MANY = 500 if os.environ.get("THOROUGH") else 60
ADD = "POST /access_groups/{access_group_id}/community_members"


def pressed_at_once(sync: Sync, *people: object) -> list[Outcome]:
    """Each of them presses Replay for the same dead letter in the same moment."""
    barrier = threading.Barrier(len(people))

    def press(staff: object) -> Outcome:
        rows = list(Sync.objects.filter(pk=sync.pk))
        barrier.wait()
        try:
            return deadletters.replay(rows, by=staff, reason="asked")  # type: ignore[arg-type]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(press, people))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_people_press_replay_at_once_and_it_runs_once(sandbox: Sandbox, catalog: Catalog) -> None:
    ann, bob = UserFactory.create(), UserFactory.create()
    for number in range(ROUNDS):
        buyer = Buyer(f"p{number}@example.com")
        sandbox.circle.fail(422)
        buyer.buys("pro")
        drain()
        sandbox.circle.heal()
        dead = buyer.sync("circle")
        assert dead.status == SyncStatus.DEAD_LETTER
        audited = AuditEntry.objects.count()

        outcomes = pressed_at_once(dead, ann, bob)
        drain()

        first = ReplayRun.objects.latest("pk").staff
        assert ReplayRun.objects.count() == number + 1
        assert sorted(each.sentence() for each in outcomes) == [
            "1 queued again.",
            f"Nothing queued again, 1 left alone: already replayed by {first}.",
        ]
        assert list(dead.attempts.order_by("pk").values_list("outcome", flat=True)) == ["rejected", "applied"]
        entries = AuditEntry.objects.order_by("pk")[audited:]
        assert {each.actor_id for each in entries} == {ann.pk, bob.pk}
        assert sorted(each.after["outcome"] for each in entries) == ["left alone", "queued again"]

    assert len(sandbox.circle.members_of(101)) == len(sandbox.circle.invitations) == ROUNDS


@pytest.mark.django_db
def test_a_dead_grant_of_somebody_who_canceled_since_gives_no_access(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    """Circle refuses the grant and then the removal too, so what is replayed began as a grant."""
    buyer = Buyer("ada@example.com")
    buyer.buys("starter")
    drain()
    sandbox.circle.fail(422)
    buyer.buys("pro")
    drain()
    buyer.cancels("pro")
    drain()
    assert buyer.sync("circle").status == SyncStatus.DEAD_LETTER
    sandbox.circle.heal()
    sandbox.journal.clear()

    outcome = deadletters.replay([buyer.sync("circle")], by=None, reason="asked")
    drain()

    assert outcome.sentence() == "1 queued again."
    assert sandbox.journal.calls("circle", route=ADD) == []
    assert sandbox.circle.members_of(101) == set()
    assert sandbox.circle.members_of(102) == {buyer.email}
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


@pytest.mark.slow
@pytest.mark.django_db
def test_hundreds_of_dead_letters_are_replayed_each_once_and_below_the_limit(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    Connection.objects.filter(pk=catalog.kit.pk).update(mode="off")
    # One call per person: this is about many rows, not about many steps.
    PlanMapping.objects.filter(connection=catalog.circle).update(
        options={"access_groups": [], "member_tags": [12]}
    )
    Connection.objects.filter(pk=catalog.circle.pk).update(options={"calls_per_window": 30_000}, tokens=0)
    people = [Buyer(f"p{number}@example.com") for number in range(MANY)]
    for each in people:
        each.buys("starter")
    dead = Sync.objects.filter(connection=catalog.circle)
    dead.update(status=SyncStatus.DEAD_LETTER, reason="rejected", due_at=None)

    first = deadletters.replay(dead, by=None, reason="Circle is back")
    again = deadletters.replay(dead, by=None, reason="pressed again")
    drain()

    assert first.sentence() == f"{MANY} queued again."
    assert (
        again.sentence() == f"Nothing queued again, {MANY} left alone: already replayed by the command line."
    )
    assert sorted(sandbox.circle.invitations) == sorted(each.email for each in people)
    limit = limit_of(Connection.objects.get(pk=catalog.circle.pk))
    at = [call.at for call in sandbox.journal.calls("circle")]
    assert len(at) == MANY
    assert all(
        number + 1 <= limit.burst + limit.rate * (moment - at[0]) + 1 for number, moment in enumerate(at)
    )


@pytest.mark.django_db(transaction=True)
def test_a_processed_event_is_left_alone_and_nothing_happens_twice(sandbox: Sandbox) -> None:
    stock_plans()
    unhurried_stripe()
    world = World(sandbox)
    sandbox.stripe.checkout("ada@example.com", price="price_pro_month")
    world.know()
    history = world.history("ada@example.com")
    sandbox.journal.clear()

    outcome = deadletters.replay_events(StripeEvent.objects.all(), by=None, reason="asked")
    world.process()

    assert outcome.queued == []
    assert set(outcome.left.values()) == {"already processed"}
    assert sandbox.journal.calls() == []
    assert world.history("ada@example.com") == history
    assert LifecycleEvent.objects.filter(type="subscription_active").count() == 1
