"""What a run leaves behind that lost its sync to another, and what is written down of a run that died."""

from datetime import timedelta

import pytest

from integrations.engine import record
from integrations.engine.claim import LEASE, Claim, claim, database_now
from integrations.models import Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, later

pytestmark = pytest.mark.django_db


def overtaken(buyer: Buyer) -> Claim:
    """A run of the Circle sync whose lease ran out; others made everything equal."""
    buyer.buys("pro")
    late = claim(buyer.sync("circle").pk)
    assert late
    later(seconds=31)
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC
    return late


def state(buyer: Buyer) -> tuple[str, bool, bool]:
    """Of the Circle sync: its status, whether it is due, and whether every step is to be done again."""
    sync = buyer.sync("circle")
    return sync.status, sync.due_at is not None and sync.due_at <= database_now(), sync.suspect


def test_what_was_in_sync_is_done_again_step_by_step(sandbox: Sandbox, buyer: Buyer) -> None:
    late = overtaken(buyer)
    Sync.objects.filter(pk=late.sync.pk).update(handed_until=database_now() + timedelta(hours=1))

    record.lost(late)

    assert state(buyer) == (SyncStatus.PENDING, True, True)
    assert buyer.sync("circle").handed_until is None
    drain()
    assert state(buyer) == (SyncStatus.IN_SYNC, False, False)


def test_nobody_elses_sync_is_touched(sandbox: Sandbox, buyer: Buyer) -> None:
    late = overtaken(buyer)
    Sync.objects.exclude(pk=late.sync.pk).update(fencing_token=late.token + 9)  # alike, it proves nothing

    record.lost(late)

    assert buyer.sync("kit").status == SyncStatus.IN_SYNC


def test_who_runs_now_goes_on_and_runs_once_more(sandbox: Sandbox, buyer: Buyer) -> None:
    late = overtaken(buyer)
    buyer.touch()
    now = claim(late.sync.pk)
    assert now
    leased = buyer.sync("circle")

    record.lost(late)

    after = buyer.sync("circle")
    assert (after.status, after.due_at, after.suspect) == (SyncStatus.RUNNING, leased.due_at, True)
    at = database_now()
    report = record.Report(now.sync.desired_version, started_at=at, finished_at=at)
    assert record.applied(now, report, digest="as wanted")
    assert state(buyer) == (SyncStatus.PENDING, True, True)
    assert now.sync.attempts.latest("pk").http_status is None


def test_what_is_held_stays_held(sandbox: Sandbox, buyer: Buyer) -> None:
    late = overtaken(buyer)
    Sync.objects.filter(pk=late.sync.pk).update(status=SyncStatus.ON_HOLD, reason="mass_removal")

    record.lost(late)

    assert state(buyer) == (SyncStatus.ON_HOLD, False, True)


def test_a_run_that_nobody_overtook_has_lost_nothing(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    mine = claim(buyer.sync("circle").pk)
    assert mine

    record.lost(mine)

    assert state(buyer) == (SyncStatus.RUNNING, False, False)


def test_a_death_is_written_down_once_with_the_whole_lease(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    assert claim(buyer.sync("circle").pk)
    later(seconds=31)
    attempts = buyer.sync("circle").attempts.filter(code="lease_expired")
    again = Claim(buyer.sync("circle"), buyer.sync("circle").connection, token=2, crashed_token=1)

    record.crashed(again, now=database_now())

    died = attempts.get()
    assert died.fencing_token == 1
    assert timedelta(milliseconds=died.duration_ms) == LEASE
    assert died.started_at <= database_now() - LEASE


def test_who_followed_nobody_writes_no_death_down(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    first = claim(buyer.sync("circle").pk)
    assert first

    record.crashed(first, now=database_now())

    assert first.sync.attempts.count() == 0
