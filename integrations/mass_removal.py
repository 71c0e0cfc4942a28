"""The guard against removing many people by mistake: bulk causes only, never a verified fact of Stripe."""

from datetime import timedelta

from django.db.models.functions import Now

from customers import review
from customers.models import Customer
from customers.vocabulary import ReviewKind
from integrations.models import Connection, HoldReason, Sync, SyncPriority, SyncStatus

FREE = 20
SHARE = 0.05
WINDOW = timedelta(hours=1)


def hold_if_too_many(customer_id: int, connections: list[Connection]) -> None:
    """Hold this person's bulk removal when the hour had too many; ask somebody once per connection."""
    if not _too_many():
        return
    waiting = Sync.objects.filter(customer_id=customer_id, connection__in=connections, bulk=True)
    waiting = waiting.exclude(status=SyncStatus.RUNNING)
    for sync in waiting.select_related("connection"):
        Sync.objects.filter(pk=sync.pk).update(
            status=SyncStatus.ON_HOLD,
            due_at=None,
            reason=HoldReason.MASS_REMOVAL,
            explanation=HoldReason.MASS_REMOVAL.label,
        )
        _ask(sync)


def may_remove(sync: Sync) -> bool:
    """Whether a run that a bulk change made due may take access, counting it; when not, somebody is asked.

    What a change of the catalogue takes is seen only when it is computed, so it is asked here.
    """
    if not sync.bulk or sync.priority == SyncPriority.REVOKE:
        return True
    Sync.objects.filter(pk=sync.pk).update(priority=SyncPriority.REVOKE)
    if not _too_many():
        return True
    _ask(sync)
    return False


def _too_many() -> bool:
    removed = _removed_lately()
    if removed <= FREE:
        return False
    return removed > SHARE * (Customer.objects.filter(has_access=True).count() + removed)


def _removed_lately() -> int:
    """People whom bulk causes wanted to remove within the hour, this one included."""
    rows = Sync.objects.filter(bulk=True, priority=SyncPriority.REVOKE, wanted_at__gt=Now() - WINDOW)
    return rows.values("customer_id").distinct().count()


def _ask(sync: Sync) -> None:
    """One open item for each wave; an item of a wave that is over is settled first."""
    subject = f"connection:{sync.connection.slug}"
    held = Sync.objects.filter(status=SyncStatus.ON_HOLD, reason=HoldReason.MASS_REMOVAL)
    if not held.filter(connection=sync.connection).exclude(pk=sync.pk).exists():
        review.settle(ReviewKind.HELD_REMOVAL, subject, now=Now())
    review.ask(ReviewKind.HELD_REMOVAL, subject, evidence={"connection": sync.connection.slug})
