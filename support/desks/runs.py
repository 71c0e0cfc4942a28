"""Replays of many rows: one run, worked off in portions by the worker, each row once, whoever is killed."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from billing.models import StripeEvent
from integrations.lanes import Lane, nudge, register
from integrations.models import Sync
from support import deadletters
from support.models import ItemOutcome, ReplayItem, ReplayRun

PORTION = 100
LEASE = timedelta(seconds=30)
WAITING = Q(outcome=ItemOutcome.WAITING)
_CLAIM = """
UPDATE support_replayrun SET due_at = clock_timestamp() + interval '30 seconds' WHERE id IN (
    SELECT id FROM support_replayrun WHERE due_at <= clock_timestamp()
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True)
class Asked:
    """Who wants what replayed, and why. `what` is a sentence without personal data."""

    by: AbstractBaseUser | None
    reason: str
    what: str


def start(
    asked: Asked, *, syncs: QuerySet[Sync] | None = None, events: QuerySet[StripeEvent] | None = None
) -> ReplayRun | None:
    """Take the rows into a new run; None when there are none, or others have replayed all of them.

    A small run is over when this returns; of a large one the worker does the rest.
    """
    with transaction.atomic():
        run = deadletters.new_run(by=asked.by, reason=asked.reason, what=asked.what, due=True)
        taken = _take(run, "sync_id", syncs) + _take(run, "event_id", events)
        if taken and taken <= PORTION:
            portion(run.pk)
        if not run.items.exclude(outcome=ItemOutcome.LEFT).exists():
            transaction.set_rollback(True)
            return None
        transaction.on_commit(nudge)
    run.refresh_from_db()
    return run


def work_off(run_id: int) -> None:
    """Do all that is left of a run; safe to call twice, late or at once."""
    while portion(run_id):
        pass


def portion(run_id: int) -> bool:
    """Queue the next rows of a run, in one transaction with their record. True while there are more."""
    with transaction.atomic():
        runs = ReplayRun.objects.select_for_update(of=("self",), no_key=True).select_related("staff")
        run = runs.filter(pk=run_id, due_at__isnull=False).first()
        if run is None:
            return False
        items = list(run.items.filter(WAITING).order_by("pk")[:PORTION])
        _queue(run, items)
        if len(items) == PORTION:
            ReplayRun.objects.filter(pk=run_id).update(due_at=Now() + LEASE)
            return True
        ReplayRun.objects.filter(pk=run_id).update(due_at=None, finished_at=Now())
    return False


def running_for(*, syncs: QuerySet[Sync], events: QuerySet[StripeEvent]) -> ReplayRun | None:
    """The run that has taken some of these rows and is not through with them."""
    taken = ReplayItem.objects.filter(WAITING).filter(Q(sync__in=syncs) | Q(event__in=events))
    item = taken.select_related("run__staff").first()
    return item.run if item else None


def claim(most: int) -> list[int]:
    """Ids of runs that nobody works on; for 30 s nobody else is told of them."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [most])
        return [row[0] for row in cursor.fetchall()]


def register_lane() -> None:
    """Have the sweeper of every worker go on with what was cut off."""
    register(Lane("replays", claim=claim, run=work_off, task="support.tasks.work_off_replay", slots=1))


def _take(run: ReplayRun, column: str, rows: "QuerySet[Sync] | QuerySet[StripeEvent] | None") -> int:
    if rows is None:
        return 0
    made = [ReplayItem(run=run, **{column: pk}) for pk in rows.order_by("pk").values_list("pk", flat=True)]
    ReplayItem.objects.bulk_create(made, batch_size=1_000, ignore_conflicts=True)
    return run.items.filter(**{f"{column}__isnull": False}).count()


def _queue(run: ReplayRun, items: list[ReplayItem]) -> None:
    syncs = Sync.objects.filter(pk__in=[each.sync_id for each in items if each.sync_id]).order_by("pk")
    events = StripeEvent.objects.filter(pk__in=[each.event_id for each in items if each.event_id])
    queued = deadletters.queue_syncs(list(syncs), by=run.staff, reason=run.reason)
    put_back = deadletters.queue_events(
        list(events.defer("body").order_by("pk")), by=run.staff, reason=run.reason
    )
    for item in items:
        left = queued.left.get(item.sync_id or 0) or put_back.left.get(item.event_id or 0) or ""
        item.outcome, item.why = (ItemOutcome.LEFT, left[:64]) if left else (ItemOutcome.QUEUED, "")
    ReplayItem.objects.bulk_update(items, ["outcome", "why"])
