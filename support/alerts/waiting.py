"""Rules about what waits too long: given-up events, access that is not right, due work nobody does."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from integrations.breaker import STRAIGHT_FAILURES
from integrations.models.sync import SyncPriority
from support.alerts.connections import DEAD_LETTERS, OURS, SYNCS
from support.alerts.deliveries import EVENTS
from support.alerts.finding import COUNTED, DEADLINE, Finding, people, rows, words

OUTSIDE = "/admin/paid-but-outside/"
OF_STRIPE = ("inbox", "reread")  # lanes that wait when Stripe does
STILL_FAILING = timedelta(
    minutes=3
)  # an object that Stripe does not show yet is looked for twice in two minutes

_DEAD_EVENTS = """
SELECT reason, count(*), array_agg(DISTINCT customer_id) FILTER (WHERE customer_id IS NOT NULL) FROM (
    SELECT reason, customer_id FROM billing_stripeevent WHERE status = 'dead_letter'
    ORDER BY id DESC LIMIT 10000
) AS dead GROUP BY reason
"""
_LATE = """
SELECT c.slug, late.customer_id, late.priority FROM integrations_connection c CROSS JOIN LATERAL (
    SELECT s.customer_id, s.priority FROM integrations_sync s
    WHERE s.connection_id = c.id AND s.status IN ('pending', 'running', 'retrying', 'dead_letter')
      AND s.due_since <= %(overdue)s AND s.priority IN (0, 1)
      AND NOT (s.status = 'dead_letter' AND s.reason = ANY(%(told)s))
    ORDER BY s.due_since LIMIT %(most)s
) AS late WHERE c.kind = 'circle' AND c.mode = 'live'
"""
_OLDEST = """
SELECT 'inbox', min(due_at) FROM billing_stripeevent
WHERE due_at <= %(overdue)s AND (lease_until IS NULL OR lease_until <= %(now)s) AND NOT <stripe waits>
UNION ALL
SELECT 'inbox', min(received_at) FROM billing_stripeevent
WHERE due_at IS NOT NULL AND status = 'failed' AND received_at <= %(failing)s AND NOT <stripe waits>
UNION ALL
SELECT 'clock', min(next_check_at) FROM customers_customer WHERE next_check_at <= %(overdue)s
UNION ALL
SELECT 'reread', min(reread_at) FROM billing_subscription
WHERE reread_at <= %(overdue)s AND NOT <stripe waits>
UNION ALL
SELECT c.slug, min(first.due_at) FROM integrations_connection c CROSS JOIN generate_series(0, 2) AS level
CROSS JOIN LATERAL (
    SELECT s.due_at FROM integrations_sync s
    WHERE s.connection_id = c.id AND s.priority = level AND s.status IN ('pending', 'running', 'retrying')
    ORDER BY s.due_at LIMIT 1
) AS first
WHERE first.due_at <= %(overdue)s AND NOT <waits> GROUP BY c.slug
"""
# Something else stops it, and is said elsewhere or ends by itself.
_WAITS = """(c.mode = 'off' OR c.paused_at IS NOT NULL OR c.failures_in_row >= %(broken)s
    OR coalesce(c.wait_until > %(now)s, false))"""
_STRIPE_WAITS = f"EXISTS (SELECT FROM integrations_connection c WHERE c.kind = 'stripe' AND {_WAITS})"


def events_given_up(now: datetime) -> Iterator[Finding]:
    """Dead-lettered Stripe events, one alert for each reason."""
    for reason, count, customers in rows(_DEAD_EVENTS):
        yield Finding(
            key=f"event_dead:{reason}",
            what=f"{'1 Stripe event' if count == 1 else f'{count:,} Stripe events'} could not be processed: "
            f"{words(reason)}.",
            next_step="Read the reason in the event; when its cause is mended press Replay: it asks anew.",
            path=f"{DEAD_LETTERS}?kind=events",
            people=customers or (),
            mark=count,
        )


def late(now: datetime) -> Iterator[Finding]:
    """Paid and not confirmed in Circle, or ended and still in, for over a minute: names the customers."""
    found: dict[str, list[tuple[int, bool]]] = {}
    for slug, customer, priority in rows(_LATE, overdue=now - DEADLINE, told=list(OURS), most=COUNTED):
        found.setdefault(slug, []).append((customer, priority == SyncPriority.REVOKE))
    for slug, each in found.items():
        still_in = sum(removal for _, removal in each)
        yield Finding(
            key=f"access_deadline:{slug}",
            subject=slug,
            what=f"{slug}: {_late_in_words(len(each) - still_in, still_in)}, for a minute.",
            next_step="Open each customer: the screen says what failed. Mend the cause and press Replay, or "
            "add or remove them by hand meanwhile.",
            path=SYNCS if still_in == len(each) else OUTSIDE,
            people=[customer for customer, _ in each],
            mark=len(each),
        )


def _late_in_words(outside: int, still_in: int) -> str:
    """E.g. "3 people paid and not in, 1 person ended and still in"."""
    said = [(outside, "paid and not in"), (still_in, "ended and still in")]
    return ", ".join(f"{people(count)} {words_for}" for count, words_for in said if count)


def oldest(now: datetime) -> Iterator[Finding]:
    """The oldest due row of each lane, when it waits for over a minute and nothing else says why."""
    statement = _OLDEST.replace("<stripe waits>", _STRIPE_WAITS).replace("<waits>", _WAITS)
    found: dict[str, datetime] = {}
    moments = {"overdue": now - DEADLINE, "failing": now - STILL_FAILING, "now": now}
    for lane, since in rows(statement, **moments, broken=STRAIGHT_FAILURES):
        if since is not None:
            found[lane] = min(since, found.get(lane, since))
    for lane, since in found.items():
        yield Finding(
            key=f"oldest_due:{lane}",
            subject="stripe" if lane in OF_STRIPE else lane,
            what=f"{lane}: the oldest work that is due has waited for {_spoken(now - since)}.",
            next_step="Look whether workers run and are not busy with something slow. A bulk "
            "change takes its time.",
            path=EVENTS if lane in OF_STRIPE else SYNCS,
        )


def _spoken(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
