"""One sync, one run at a time: who may have it, and what comes of workers that stall."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

import pytest
from django.db import connection, connections
from django.db.models import Model

from integrations import engine, slots
from integrations.engine.claim import claim
from integrations.models import Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.slots import SLOTS
from integrations.sweeper import drain
from tests.integrations.engine.meanwhile import call_under_way
from tests.sandbox_world import Buyer, Catalog, later


def in_thread(work: Callable[[], None]) -> threading.Thread:
    """A thread that leaves no database connection behind."""

    def run() -> None:
        work()
        connections.close_all()

    return threading.Thread(target=run)


def at_once(count: int, work: Callable[[], object]) -> list[object]:
    """The same work by many threads behind one barrier."""
    barrier = threading.Barrier(count)

    def one(_: int) -> object:
        barrier.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_of_one_sync_exactly_one_wins(sandbox: Sandbox, buyer: Buyer) -> None:
    for round_number in range(10):
        buyer.buys("pro", subject=f"sub_{round_number}")
        wanted = buyer.sync("circle").pk

        won = [each for each in at_once(6, partial(claim, wanted)) if each]

        assert len(won) == 1
        Sync.objects.all().delete()


@contextmanager
def held_elsewhere(row: Model) -> Iterator[None]:
    """Another transaction writes this row and has not ended."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            table = other.ops.quote_name(row._meta.db_table)
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", [row.pk])
        yield
    finally:
        other.rollback()
        other.close()


@pytest.mark.django_db
def test_the_sync_that_was_asked_for_is_claimed(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> None:
    buyer.buys("pro")
    other = Buyer("ben@example.com")
    other.buys("pro")

    won = [claim(each.sync("circle").pk) for each in (other, buyer)]

    assert [each and each.sync.customer_id for each in won] == [other.row.pk, buyer.row.pk]


@pytest.mark.django_db(transaction=True)
def test_a_sync_that_somebody_is_writing_is_left_for_the_next_look(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    wanted = buyer.sync("circle")

    with held_elsewhere(wanted):
        assert claim(wanted.pk) is None
    assert claim(wanted.pk)


@pytest.mark.django_db(transaction=True)
def test_a_call_that_is_being_booked_keeps_no_sync_of_its_connection_waiting(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")

    with held_elsewhere(catalog.circle):
        assert claim(buyer.sync("circle").pk)


@pytest.mark.django_db(transaction=True)
def test_a_connection_never_has_more_runs_than_slots(sandbox: Sandbox, catalog: Catalog) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(6)]
    for each in people:
        each.buys("pro")
    waiting = [each.sync("circle").pk for each in people]

    won = at_once(6, lambda: claim(waiting.pop()))

    assert sum(1 for each in won if each) == SLOTS


@pytest.mark.django_db(transaction=True)
def test_changes_and_runs_at_the_same_time_end_with_the_last_decision(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            drain()

    threads = [in_thread(work) for _ in range(2)]
    for each in threads:
        each.start()
    for number in range(6):
        buyer.cancels("pro")
        buyer.buys("pro", subject=f"sub_again_{number}")
    buyer.cancels("pro")
    stop.set()
    for each in threads:
        each.join()
    later(seconds=31)

    assert sandbox.circle.members_of(101) == set()
    assert sandbox.kit.tags_of(buyer.email) == {"status: canceled"}
    assert buyer.sync("circle").status == buyer.sync("kit").status == SyncStatus.IN_SYNC
    for provider in ("circle", "kit"):
        calls = sorted(sandbox.journal.calls(provider), key=lambda call: call.at)
        assert all(one.at + one.duration <= two.at for one, two in pairwise(calls))


@pytest.mark.django_db
def test_a_sync_that_kills_its_worker_three_times_is_a_dead_letter(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    sync = buyer.sync("circle")
    for _ in range(3):
        assert claim(sync.pk)
        Sync.objects.filter(pk=sync.pk).update(lease_until="2026-01-01T00:00Z", due_at="2026-01-01T00:00Z")

    drain()

    dead = buyer.sync("circle")
    assert (dead.status, dead.reason) == (SyncStatus.DEAD_LETTER, "killed_worker")
    assert sandbox.journal.calls("circle") == []
    assert dead.attempts.filter(code="killed_worker").count() == 1


def dies() -> None:
    """Whatever is claimed now is never recorded: its process is gone, and the leases have run out."""
    past = "2026-01-01T00:00Z"
    Sync.objects.filter(status=SyncStatus.RUNNING).update(lease_until=past, due_at=past)


@pytest.mark.django_db
def test_who_was_beside_the_one_that_kills_workers_is_not_given_up_with_it(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    other = Buyer("ben@example.com")
    buyer.buys("pro")
    other.buys("pro")
    killer, beside = buyer.sync("circle"), other.sync("kit")
    for _ in range(2):
        assert claim(killer.pk)
        assert claim(beside.pk)  # after one death nobody waits: it may be somebody's removal
        dies()

    assert claim(killer.pk)
    assert claim(beside.pk) is None
    assert beside.pk not in slots.hand_out(9)
    dies()
    drain()

    assert buyer.sync("circle").reason == "killed_worker"
    assert other.sync("kit").status == SyncStatus.IN_SYNC
    assert other.sync("kit").crash_count == 0


@pytest.mark.django_db
def test_a_suspect_keeps_nobody_else_waiting(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    for _ in range(2):
        assert claim(buyer.sync("circle").pk)
        dies()
    assert claim(buyer.sync("circle").pk)
    other = Buyer("ben@example.com")
    other.buys("pro")

    drain()

    assert other.sync("circle").status == other.sync("kit").status == SyncStatus.IN_SYNC


@pytest.mark.django_db(transaction=True)
def test_a_late_call_of_a_stalled_worker_is_healed(sandbox: Sandbox, buyer: Buyer) -> None:
    """The grant stalls in the middle of its call; the revoke overtakes it; the grant arrives last."""
    buyer.buys("pro")
    drain()
    buyer.cancels("pro")
    drain()
    add = "POST /access_groups/{access_group_id}/community_members"
    sandbox.circle.fail(route=add, delay=1, times=1)
    buyer.buys("pro", subject="sub_again")
    sync = buyer.sync("circle")

    with call_under_way(lambda: engine.run(sync.pk)):
        assert buyer.sync("circle").observed["groups"]["101"] == "maybe"
        buyer.cancels("pro")
        later(seconds=31)
    assert buyer.sync("circle").suspect
    later(seconds=31)

    assert sandbox.circle.members_of(101) == set()
    healed = buyer.sync("circle")
    assert (healed.status, healed.suspect) == (SyncStatus.IN_SYNC, False)


@pytest.mark.django_db(transaction=True)
def test_a_change_during_a_run_is_applied_after_it(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.circle.fail(route="POST /community_members", delay=1, times=1)
    buyer.buys("pro")
    sync = buyer.sync("circle")
    with call_under_way(lambda: engine.run(sync.pk)):
        assert buyer.sync("circle").status == SyncStatus.RUNNING
        buyer.cancels("pro")

    assert buyer.sync("circle").status == SyncStatus.PENDING
    drain()
    assert sandbox.circle.members_of(101) == set()
