"""Taking the waiting events of one root for one run: a lease by the database clock, and who died in it."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from billing.models import StripeEvent

LEASE = timedelta(seconds=30)
MOST_CRASHES = 3
KILLED = "worker_killed"

# All waiting events of the root of one due event, with a lease, unless another worker has them.
# A lease that ran out was never recorded: its worker is gone. Which of its events did that is not known, so
# from then on each of them is run alone, and only the one that does it again becomes a dead letter.
_CLAIM = """
UPDATE billing_stripeevent SET lease_until = clock_timestamp() + interval '30 seconds',
       attempt_count = attempt_count + (lease_until IS NULL)::int,
       crash_count = crash_count + (lease_until IS NOT NULL)::int
 WHERE id IN (
    SELECT waiting.id FROM billing_stripeevent waiting
      JOIN billing_stripeevent due ON due.root = waiting.root AND due.due_at IS NOT NULL
     WHERE due.id = %s AND waiting.due_at IS NOT NULL
       AND (waiting.lease_until IS NULL OR waiting.lease_until < clock_timestamp())
       AND (waiting.id = due.id OR (waiting.crash_count = 0 AND waiting.lease_until IS NULL
                                    AND due.crash_count = 0 AND due.lease_until IS NULL))
       FOR UPDATE OF waiting SKIP LOCKED)
RETURNING id
"""


def claim(event_id: int) -> list[StripeEvent]:
    """The due event with all that wait for the same root, leased to the caller; none when it is taken."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [event_id])
        ids = [row[0] for row in cursor.fetchall()]
    return list(StripeEvent.objects.filter(pk__in=ids).order_by("priority", "pk"))


def renew(events: Sequence[StripeEvent]) -> None:
    """Before each call: a long read is no crash."""
    StripeEvent.objects.filter(pk__in=[each.pk for each in events], lease_until__isnull=False).update(
        lease_until=Now() + LEASE
    )
