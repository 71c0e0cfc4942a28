"""How long a run may hold a sync: a lease by the database's clock, and who may extend it."""

import pytest

from integrations.engine.claim import claim, renew
from integrations.models import Outcome, SyncStatus
from integrations.sandbox import Sandbox
from integrations.slots import SLOTS
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later


@pytest.mark.django_db
def test_a_dead_workers_sync_is_taken_over_after_its_lease_and_the_death_is_recorded(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    sync = buyer.sync("circle")
    assert claim(sync.pk)

    later(seconds=25)
    assert buyer.sync("circle").status == SyncStatus.RUNNING
    later(seconds=6)

    assert buyer.sync("circle").status == SyncStatus.IN_SYNC
    assert [each.outcome for each in sync.attempts.order_by("pk")] == [Outcome.LEASE_LOST, Outcome.APPLIED]
    assert buyer.sync("circle").crash_count == 0


@pytest.mark.django_db
def test_a_stalled_worker_may_not_renew_what_another_took(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    stalled = claim(buyer.sync("circle").pk)
    assert stalled

    later(seconds=31)

    assert not renew(stalled.sync.pk, stalled.token)


@pytest.mark.django_db
def test_who_renews_in_time_keeps_it(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    slow = claim(buyer.sync("circle").pk)
    assert slow

    for _ in range(3):
        later(seconds=20)
        assert renew(slow.sync.pk, slow.token)


@pytest.mark.django_db
def test_a_run_that_has_ended_may_not_renew(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    ended = buyer.sync("circle")

    assert not renew(ended.pk, ended.fencing_token)
    assert buyer.sync("circle").due_at is None


@pytest.mark.django_db
def test_full_slots_of_one_connection_keep_nobody_of_another_out(sandbox: Sandbox, catalog: Catalog) -> None:
    people = [Buyer(f"buyer{number}@example.com") for number in range(SLOTS + 1)]
    for each in people:
        each.buys("pro")
    *running, last = people
    for each in running:
        taken = claim(each.sync("circle").pk)
        assert taken
        assert renew(taken.sync.pk, taken.token)  # who has renewed still fills a slot

    assert claim(last.sync("circle").pk) is None
    assert claim(last.sync("kit").pk)
