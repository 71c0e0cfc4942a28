"""What was given up, and what staff make of it: queued again, put off, or let go."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from integrations.holds import hold, release_customer
from integrations.lanes import Handed, nudge
from integrations.models import HoldReason, Sync, SyncStatus

__all__ = [
    "Revived",
    "SetAside",
    "hold",
    "release",
    "release_customer",
    "revivable",
    "revive",
    "snooze",
    "why_alone",
]

RELEASABLE = (HoldReason.SNOOZED, HoldReason.CONFLICT, HoldReason.MASS_REMOVAL)
ALONE = {
    SyncStatus.IN_SYNC: "already in sync",
    SyncStatus.PENDING: "already queued",
    SyncStatus.RETRYING: "already queued",
    SyncStatus.RUNNING: "running now",
    SyncStatus.DEAD_LETTER: "given up, not on hold",
}
ON_HOLD_FOR = {
    HoldReason.SHADOW: "in shadow mode",
    HoldReason.HELD_BY_STAFF: "held by staff: release the person first",
    HoldReason.MASS_REMOVAL: "a held removal: decide it in the review list",
    HoldReason.CONFLICT: "a conflict: decide it in the review list",
}
REVIVABLE = Q(status=SyncStatus.DEAD_LETTER) | Q(status=SyncStatus.ON_HOLD, reason__in=RELEASABLE)
_handed = Handed()


@dataclass(frozen=True)
class Revived:
    """`queued`: ids that run again. `left`: ids that were left alone, and why."""

    queued: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SetAside:
    """`snoozed`: ids that wait now. `left`: ids that were left alone, and why."""

    snoozed: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)


def revive(syncs: Iterable[Sync]) -> Revived:
    """Queue dead letters and holds again, each once however many ask at the same time.

    Nothing old is sent: the run computes what is desired now, so an old grant cannot let anybody back in.
    """
    return _queue_again(syncs, dead_too=True)


def revivable(sync: Sync) -> bool:
    """Whether `revive` would queue it again; REVIVABLE asks the same of rows."""
    return sync.status == SyncStatus.DEAD_LETTER or _is_on_hold(sync, *RELEASABLE)


def release(syncs: Iterable[Sync]) -> Revived:
    """End snoozes, conflicts and held removals, and only those; a hold of staff is of the whole person."""
    return _queue_again(syncs, dead_too=False)


def snooze(syncs: Iterable[Sync], *, until: datetime | None) -> SetAside:
    """Put dead letters off until a moment, or (None) until somebody releases them: then they are ignored.

    A new desired state ends a snooze too. At its end the sync is queued again with fresh tries.
    """
    outcome = SetAside()
    with transaction.atomic():
        for sync in _locked(syncs):
            if sync.status == SyncStatus.DEAD_LETTER or _is_on_hold(sync, HoldReason.SNOOZED):
                Sync.objects.filter(pk=sync.pk).update(
                    status=SyncStatus.ON_HOLD,
                    reason=HoldReason.SNOOZED,
                    explanation=HoldReason.SNOOZED.label,
                    held_until=until,
                    due_at=None,
                )
                outcome.snoozed.append(sync.pk)
            else:
                outcome.left[sync.pk] = why_alone(sync)
    return outcome


def claim_snoozed(most: int) -> list[int]:
    """Ids of snoozes whose time has come, by the database's clock."""
    over = Sync.objects.filter(held_until__lte=Now()).order_by("held_until")
    return _handed.take_due(over, most=most)


def wake(sync_id: int) -> None:
    """End one snooze, if its time has come."""
    release(Sync.objects.filter(pk=sync_id, held_until__lte=Now()))
    _handed.done(sync_id)


def _queue_again(syncs: Iterable[Sync], *, dead_too: bool) -> Revived:
    outcome = Revived()
    with transaction.atomic():
        for sync in _locked(syncs):
            if revivable(sync) and (dead_too or sync.status == SyncStatus.ON_HOLD):
                _queue(sync)
                outcome.queued.append(sync.pk)
            else:
                outcome.left[sync.pk] = why_alone(sync)
        transaction.on_commit(nudge)
    return outcome


def _locked(syncs: Iterable[Sync]) -> Iterable[Sync]:
    ids = [each.pk for each in syncs]
    return Sync.objects.select_for_update().filter(pk__in=ids).order_by("pk")


def _is_on_hold(sync: Sync, *reasons: HoldReason) -> bool:
    return sync.status == SyncStatus.ON_HOLD and sync.reason in reasons


def why_alone(sync: Sync) -> str:
    """Why `revive` leaves it as it is, e.g. "already in sync"."""
    if sync.status == SyncStatus.ON_HOLD:
        return ON_HOLD_FOR.get(HoldReason(sync.reason), "on hold")
    return ALONE[SyncStatus(sync.status)]


def _queue(sync: Sync) -> None:
    """Releasing a held removal lets it through; replaying a dead letter does not."""
    lets_through = {"held_plans": [], "held_refs": {}, "bulk": False}
    Sync.objects.filter(pk=sync.pk).update(
        status=SyncStatus.PENDING,
        due_at=Now(),
        due_since=Coalesce("due_since", Now()),
        wanted_at=Now(),
        handed_until=None,
        held_until=None,
        attempt_count=0,
        crash_count=0,
        first_failed_at=None,
        reason="",
        explanation="",
        **(lets_through if _is_on_hold(sync, HoldReason.MASS_REMOVAL) else {}),
    )
