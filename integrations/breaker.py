"""The breaker on the connection's row: ten straight failures open it, then one probe each 30 s."""

from datetime import timedelta

from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Cast, Now

from integrations import bucket
from integrations.models import Connection, Sync, SyncStatus

NOTHING = Cast(Value(None), DateTimeField())
STRAIGHT_FAILURES = 10
PROBE_EVERY = timedelta(seconds=30)
GENTLE_SECONDS = 8.5


def may_probe(connection_id: int) -> bool:
    """Whether this caller got the one probe of the next 30 s."""
    free = Q(open_until__isnull=True) | Q(open_until__lte=Now())
    return Connection.objects.filter(free, pk=connection_id).update(open_until=Now() + PROBE_EVERY) == 1


def failed(connection_id: int) -> None:
    """Count one failure of the provider; the tenth in a row opens the breaker."""
    Connection.objects.filter(pk=connection_id).update(
        failures_in_row=F("failures_in_row") + 1,
        open_until=Case(
            When(failures_in_row__gte=STRAIGHT_FAILURES - 1, then=Now() + PROBE_EVERY),
            default=F("open_until"),
        ),
    )


def answered(connection: Connection, *, was_open: bool) -> None:
    """The provider works: forget its failures and a wait that is over."""
    troubled = Q(failures_in_row__gt=0) | Q(open_until__isnull=False) | Q(wait_until__isnull=False)
    Connection.objects.filter(troubled, pk=connection.pk).update(
        failures_in_row=0,
        open_until=NOTHING,
        wait_until=Case(When(wait_until__gt=Now(), then=F("wait_until")), default=NOTHING),
    )
    if was_open:
        bucket.drain(connection, seconds=GENTLE_SECONDS)
        stop_blaming(connection.pk)


def stop_blaming(connection_id: int) -> None:
    """Time that the connection was down does not count against those who waited."""
    Sync.objects.filter(
        connection_id=connection_id, status=SyncStatus.RETRYING, first_failed_at__isnull=False
    ).update(first_failed_at=None)
