"""What the sweeper hands out for this room: waiting events, and subscriptions to read again."""

from django.db import connection

from billing import asked, inbox, rereads
from integrations.lanes import Handed, Lane, register

_events = Handed()

# One event per root is enough: whoever runs it takes all that wait for the same root. Ends come first.
# While the Stripe connection cannot be used the events wait, but for ends that were not looked at yet:
# their signed bodies may need no read.
_DUE = """
SELECT id FROM (
    SELECT DISTINCT ON (root) id, priority, due_at FROM (
        SELECT id, priority, due_at, root FROM billing_stripeevent
         WHERE due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
           AND ((priority = 0 AND status = 'received') OR NOT EXISTS (
                SELECT 1 FROM integrations_connection
                 WHERE slug = 'stripe' AND (mode = 'off' OR paused_at IS NOT NULL
                       OR wait_until > clock_timestamp() OR open_until > clock_timestamp())))
         ORDER BY priority, due_at LIMIT %s) AS waiting
     ORDER BY root, priority, due_at) AS one_per_root
 ORDER BY priority, due_at
"""

# Handing one out moves its date by a minute: nobody else takes it meanwhile, a failed read waits so long.
_REREADS = """
UPDATE billing_subscription SET reread_at = clock_timestamp() + interval '60 seconds' WHERE id IN (
    SELECT id FROM billing_subscription WHERE reread_at <= clock_timestamp()
     ORDER BY reread_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def claim_events(most: int) -> list[int]:
    """Up to `most` due events that nobody works on, ends first."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [most * 4])
        return _events.take([row[0] for row in cursor.fetchall()], most=most)


def run_event(event_id: int) -> None:
    """Process one due event and all that wait with it."""
    try:
        inbox.run(event_id)
    finally:
        _events.done(event_id)


def claim_rereads(most: int) -> list[int]:
    """Up to `most` subscriptions whose next date at Stripe has passed."""
    with connection.cursor() as cursor:
        cursor.execute(_REREADS, [most])
        return [row[0] for row in cursor.fetchall()]


def register_all() -> None:
    """Called once when the app is ready."""
    register(Lane("inbox", claim_events, run_event, task="billing.tasks.run_event", slots=8))
    register(Lane("asked", asked.claim, asked.run, task="billing.tasks.run_asked", slots=2))
    register(Lane("reread", claim_rereads, rereads.run, task="billing.tasks.run_reread", slots=4))
