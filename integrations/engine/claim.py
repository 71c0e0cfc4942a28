"""Taking one sync for one run: a lease by the database clock, a fencing token, a slot."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from integrations.models import WAITING, Connection, Mode, Sync, SyncStatus
from integrations.slots import SLOTS, SUSPECT_DEATHS

LEASE = timedelta(seconds=30)
LOCK = 7_201  # our namespace of advisory locks for claims; the second key is the connection
SUSPECTS = 0  # no connection: those who were in hand at two deaths take turns
MOST_CRASHES = SUSPECT_DEATHS + 1
KILLED = "killed_worker"
KILLED_WORDS = "Its worker died three times while working on it."


@dataclass(frozen=True)
class Claim:
    """One run's hold on one sync. `crashed_token` is the run before it, if that never came back."""

    sync: Sync
    connection: Connection
    token: int
    crashed_token: int | None = None
    quarantined: bool = False


def claim(sync_id: int) -> Claim | None:
    """The sync, leased to the caller for 30 s; None when not due, not allowed now, or taken."""
    with transaction.atomic():
        connection_id = Sync.objects.filter(pk=sync_id).values_list("connection_id", flat=True).first()
        if connection_id is None or not _has_slot(connection_id):
            return None
        sync = (
            Sync.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("connection")
            .filter(_able(), pk=sync_id, status__in=WAITING, due_at__lte=Now())
            .first()
        )
        return None if sync is None or _must_wait(sync) else _take(sync)


def give_back(sync_id: int) -> None:
    """It was handed out but could not start: hand it out again as soon as it can."""
    Sync.objects.filter(pk=sync_id, handed_until__isnull=False).update(handed_until=None)


def renew(sync_id: int, token: int) -> bool:
    """Extend the lease before a call; False when another run owns the sync by now."""
    owned = Sync.objects.filter(pk=sync_id, fencing_token=token, status=SyncStatus.RUNNING)
    return owned.update(lease_until=Now() + LEASE, due_at=Now() + LEASE) == 1


def _has_slot(connection_id: int) -> bool:
    """Whether a slot of the connection is free; claims of one connection take turns to find out."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, connection_id])
    return Sync.objects.filter(connection_id=connection_id, lease_until__gt=Now()).count() < SLOTS


def _must_wait(sync: Sync) -> bool:
    """Whether it was in hand at two deaths and another such runs: the third death must name one.

    After one death nobody waits: a removal is back after its lease.
    """
    if sync.crash_count + (sync.status == SyncStatus.RUNNING) < SUSPECT_DEATHS:
        return False
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, SUSPECTS])
    return Sync.objects.filter(lease_until__gt=Now(), crash_count__gte=SUSPECT_DEATHS).exists()


def _able() -> Q:
    """The connection may be used now. (The limiter asks again before each call.)"""
    waited = Q(connection__wait_until__isnull=True) | Q(connection__wait_until__lte=Now())
    closed = Q(connection__open_until__isnull=True) | Q(connection__open_until__lte=Now())
    return waited & closed & ~Q(connection__mode=Mode.OFF) & Q(connection__paused_at__isnull=True)


def _take(sync: Sync) -> Claim:
    crashed = sync.fencing_token if sync.status == SyncStatus.RUNNING else None
    crashes = sync.crash_count + (crashed is not None)
    token = sync.fencing_token + 1
    rows = Sync.objects.filter(pk=sync.pk)
    if crashes >= MOST_CRASHES:
        rows.update(
            status=SyncStatus.DEAD_LETTER, reason=KILLED, explanation=KILLED_WORDS, crash_count=crashes,
            fencing_token=token, due_at=None, lease_until=None, handed_until=None,
        )  # fmt: skip
        return Claim(sync, sync.connection, token, crashed_token=crashed, quarantined=True)
    rows.update(
        status=SyncStatus.RUNNING, crash_count=crashes, fencing_token=token, handed_until=None,
        lease_until=Now() + LEASE, due_at=Now() + LEASE,
    )  # fmt: skip
    return Claim(sync, sync.connection, token, crashed_token=crashed)


def database_now() -> datetime:
    """The clock that due times and leases go by."""
    with database.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
