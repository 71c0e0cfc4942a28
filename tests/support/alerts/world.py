"""Moving time and making trouble, in the words of the alert tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F

from billing.models import DeliveryMinute
from integrations.models import Connection, Heartbeat, Sync, SyncStatus
from support.alerts.evaluation import evaluate
from support.models import Alert, AlertMessage
from tests.factories import ConnectionFactory, SyncAttemptFactory, SyncFactory


def now() -> datetime:
    return datetime.now(UTC)


def ago(**span: float) -> datetime:
    return now() - timedelta(**span)


def open_now() -> list[str]:
    """The causes that are open after one more look."""
    assert evaluate()
    return sorted(Alert.objects.filter(closed_at__isnull=True).values_list("key", flat=True))


def the_alert(key: str) -> Alert:
    return Alert.objects.get(key=key, closed_at__isnull=True)


def answered(status: int, code: str, *, count: int = 1, at: datetime | None = None) -> None:
    """So many deliveries were answered so."""
    minute = (at or now()).replace(second=0, microsecond=0)
    DeliveryMinute.objects.create(minute=minute, status=status, code=code, count=count, within_5_ms=count)


def failed_sync(
    slug: str = "kit", *, code: str = "http_503", at: datetime | None = None, **columns: Any
) -> Sync:
    """A sync that failed once and is tried again in a minute."""
    sync = SyncFactory.create(connection=ConnectionFactory.create(slug=slug), retrying=True, **columns)
    SyncAttemptFactory.create(sync=sync, outcome="retry", code=code, finished_at=at or now())
    return sync


def waiting_sync(slug: str = "circle", *, seconds: float, **columns: Any) -> Sync:
    """A grant that has been due, and not done, for so long."""
    since = ago(seconds=seconds)
    return SyncFactory.create(
        connection=ConnectionFactory.create(slug=slug),
        **{
            "status": SyncStatus.PENDING,
            "applied_version": 0,
            "due_at": since,
            "due_since": since,
            "priority": 1,
        }
        | columns,
    )


def in_sync(*syncs: Sync) -> None:
    Sync.objects.filter(pk__in=[each.pk for each in syncs]).update(
        status=SyncStatus.IN_SYNC, due_at=None, due_since=None, applied_version=F("desired_version")
    )


def moves_on(**span: float) -> None:
    """Everything that was written about alerts and signs of life was written so much earlier."""
    earlier = timedelta(**span)
    Heartbeat.objects.filter(name="alerts").update(beat_at=F("beat_at") - earlier)
    Alert.objects.update(opened_at=F("opened_at") - earlier)
    Alert.objects.update(last_seen_at=F("last_seen_at") - earlier, closed_at=F("closed_at") - earlier)
    for column in ("due_at", "sent_at", "lease_until"):
        AlertMessage.objects.update(**{column: F(column) - earlier})


def broken(connection: Connection, *, failures: int = 10) -> None:
    Connection.objects.filter(pk=connection.pk).update(failures_in_row=failures)
