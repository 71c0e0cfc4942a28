"""Kit says that it may not write to somebody: the lane that notes it. We never subscribe them again.

It has a column of its own, because a run that is under way writes back what it observed.
"""

from datetime import timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from integrations.lanes import Handed
from integrations.models import KitEvent, Sync

# What a run read before its provider told us must not undo what it told us.
SETTLES = timedelta(minutes=5)
SUPPRESSING = ("subscriber.unsubscribed", "subscriber.bounced", "subscriber.complained")
_handed = Handed()

_MARK = """
UPDATE integrations_sync s SET suppressed_at = statement_timestamp()
FROM integrations_connection c
WHERE c.id = s.connection_id AND c.kind = 'kit' AND s.remote_id = %s AND s.remote_id <> ''
"""


def claim(most: int) -> list[int]:
    """Ids of events that nobody looked at yet."""
    waiting = KitEvent.objects.filter(processed_at__isnull=True).order_by("pk")
    return _handed.take_due(waiting, most=most)


def run(event_id: int) -> None:
    """Note the suppression at the sync of that subscriber; an event of another type only counts as seen."""
    with transaction.atomic():
        event = KitEvent.objects.select_for_update().get(pk=event_id)
        if event.processed_at is None and event.type in SUPPRESSING:
            with database.cursor() as cursor:
                cursor.execute(_MARK, [event.subscriber_id])
        KitEvent.objects.filter(pk=event_id, processed_at__isnull=True).update(processed_at=Now())
    _handed.done(event_id)


def is_suppressed(sync_id: int) -> bool:
    """Whether the provider told us not to write to them, as of now."""
    return Sync.objects.filter(pk=sync_id, suppressed_at__isnull=False).exists()


def subscribed_again(sync_id: int) -> None:
    """The provider says that they are active: true, unless it told us otherwise a moment ago."""
    Sync.objects.filter(pk=sync_id, suppressed_at__lt=Now() - SETTLES).update(suppressed_at=None)
