"""Giving up undone: dead letters are queued again with fresh tries; what they then do is read anew."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models.functions import Coalesce, Now

from integrations.lanes import nudge
from integrations.models import HoldReason, Sync, SyncStatus

HELD_BY_STAFF = (HoldReason.SNOOZED, HoldReason.CONFLICT, HoldReason.MASS_REMOVAL)
ALONE = {
    SyncStatus.IN_SYNC: "already in sync",
    SyncStatus.PENDING: "already queued",
    SyncStatus.RETRYING: "already queued",
    SyncStatus.RUNNING: "running now",
    SyncStatus.ON_HOLD: "in shadow mode",
}


@dataclass(frozen=True)
class Revived:
    """`queued`: ids that run again. `left`: ids that were left alone, and why."""

    queued: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)


def revive(syncs: Iterable[Sync]) -> Revived:
    """Queue dead letters and holds again, each once however many ask at the same time.

    Nothing old is sent: the run computes what is desired now, so an old grant cannot let anybody back in.
    """
    outcome = Revived()
    with transaction.atomic():
        ids = [each.pk for each in syncs]
        for sync in Sync.objects.select_for_update().filter(pk__in=ids).order_by("pk"):
            if _can_run(sync):
                _queue(sync.pk)
                outcome.queued.append(sync.pk)
            else:
                outcome.left[sync.pk] = ALONE[SyncStatus(sync.status)]
        transaction.on_commit(nudge)
    return outcome


def _can_run(sync: Sync) -> bool:
    held = sync.status == SyncStatus.ON_HOLD and sync.reason in HELD_BY_STAFF
    return held or sync.status == SyncStatus.DEAD_LETTER


def _queue(sync_id: int) -> None:
    Sync.objects.filter(pk=sync_id).update(
        status=SyncStatus.PENDING,
        due_at=Now(),
        due_since=Coalesce("due_since", Now()),
        wanted_at=Now(),
        handed_until=None,
        attempt_count=0,
        crash_count=0,
        first_failed_at=None,
        reason="",
        explanation="",
        bulk=False,
    )
