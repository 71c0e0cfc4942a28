"""Rules about what waits too long: given-up events, access that is not right, due work nobody does."""

from collections.abc import ItemsView, Iterator
from datetime import datetime, timedelta
from typing import Any

from integrations.breaker import STRAIGHT_FAILURES
from integrations.models import ConnectionKind
from integrations.models.sync import SyncPriority
from support.alerts.connections import DEAD_LETTERS, OURS, SYNCS
from support.alerts.deliveries import EVENTS
from support.alerts.finding import COUNTED, DEADLINE, Finding, people, rows
from support.desks import causes, outside
from support.screen.naming import place, place_at

OUTSIDE = "/admin/paid-but-outside/"
BY_HAND = (
    "Open each customer: the screen says what failed. Mend the cause and press Replay, or add or remove them "
    "by hand meanwhile."
)
LOOK = "Look whether workers run and are not busy with something slow. A bulk change takes its time."
SLOW_DOWN = (
    "Look who else uses the same key or address up, and whether the provider lowered our limit. It is tried "
    "again by itself."
)
SLOWED_FOR = timedelta(minutes=10)
_Late = tuple[int, int, int]  # sync, customer, priority
OF_STRIPE = ("inbox", "reread")  # lanes that wait when Stripe does
STILL_FAILING = timedelta(
    minutes=3
)  # an object that Stripe does not show yet is looked for twice in two minutes

_DEAD_EVENTS = """
SELECT reason, array_agg(id ORDER BY id DESC),
       array_agg(DISTINCT customer_id) FILTER (WHERE customer_id IS NOT NULL) FROM (
    SELECT id, reason, customer_id FROM billing_stripeevent WHERE status = 'dead_letter'
    ORDER BY id DESC LIMIT 10000
) AS dead GROUP BY reason
"""
# A bulk change makes everybody due as mere profile work, also who pays and is not in there yet: they are late
# once they failed. Before, they only wait their turn.
_IS_OUTSIDE = f"""EXISTS (
    SELECT FROM customers_customer p WHERE p.id = s.customer_id AND {outside.MISSES_ACCESS})"""
_LATE = f"""
SELECT c.slug, late.id, late.customer_id, late.priority FROM integrations_connection c CROSS JOIN LATERAL (
    SELECT s.id, s.customer_id, s.priority FROM integrations_sync s
    WHERE s.connection_id = c.id AND s.status IN ('pending', 'running', 'retrying', 'dead_letter')
      AND s.due_since <= %(overdue)s AND s.status <> 'dead_letter'
      AND (s.priority IN (0, 1) OR s.first_failed_at <= %(overdue)s AND {_IS_OUTSIDE})
    ORDER BY s.due_since LIMIT %(most)s
) AS late WHERE c.kind = 'circle' AND c.mode = 'live'
"""  # noqa: S608 - SQL of ours
_GIVEN_UP = f"""
SELECT slug, id, customer_id, priority FROM (
    SELECT c.slug, s.id, s.customer_id, s.priority
    FROM integrations_sync s JOIN integrations_connection c ON c.id = s.connection_id
    WHERE s.status = 'dead_letter' AND s.due_since <= %(overdue)s
      AND (s.priority IN (0, 1) OR {_IS_OUTSIDE})
      AND s.reason <> ALL(%(told)s) AND c.kind = 'circle' AND c.mode = 'live'
    ORDER BY s.id DESC LIMIT %(most)s
) AS given_up ORDER BY priority, id DESC
"""  # noqa: S608
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
# No good answer since it last asked us to wait, though somebody has waited for so long. A call that it puts
# off is due anew each time, so what counts is since when it is wanted.
_SLOWED = """
SELECT c.slug, min(first.due_since) FROM integrations_connection c CROSS JOIN LATERAL (
    SELECT s.due_since FROM integrations_sync s
    WHERE s.connection_id = c.id AND s.status IN ('pending', 'running', 'retrying', 'dead_letter')
      AND s.status <> 'dead_letter' AND s.due_since <= %(slowed)s
      AND s.reason IN ('', 'rate_limited', 'told_to_wait')
    ORDER BY s.due_since LIMIT 1
) AS first WHERE <told to wait> GROUP BY c.slug
UNION ALL
SELECT 'inbox', min(received_at) FROM billing_stripeevent
WHERE due_at IS NOT NULL AND received_at <= %(slowed)s
  AND EXISTS (SELECT FROM integrations_connection c WHERE c.kind = 'stripe' AND <told to wait>)
"""
_TOLD_TO_WAIT = """c.wait_until IS NOT NULL AND c.mode <> 'off' AND c.paused_at IS NULL
    AND c.failures_in_row < %(broken)s"""
# Something else stops it, and is said elsewhere or ends by itself.
_WAITS = """(c.mode = 'off' OR c.paused_at IS NOT NULL OR c.failures_in_row >= %(broken)s
    OR coalesce(c.wait_until > %(now)s, false))"""
_STRIPE_WAITS = f"EXISTS (SELECT FROM integrations_connection c WHERE c.kind = 'stripe' AND {_WAITS})"


def events_given_up(now: datetime) -> Iterator[Finding]:
    """Dead-lettered Stripe events, one alert for each reason."""
    for reason, events, customers in rows(_DEAD_EVENTS):
        count = len(events)
        yield Finding(
            key=f"event_dead:{reason}",
            what=f"{'1 Stripe event' if count == 1 else f'{count:,} Stripe events'} could not be processed. "
            f"{causes.event_title(reason)}",
            next_step=causes.next_step(reason),
            path=f"{DEAD_LETTERS}?kind=events",
            people=customers or (),
            cases=events,
        )


def late(now: datetime) -> Iterator[Finding]:
    """Paid and not confirmed in Circle, or ended and still in, for over a minute: names the customers."""
    for slug, each in _by_slug(rows(_LATE, overdue=now - DEADLINE, most=COUNTED)):
        only_removals = all(priority == SyncPriority.REVOKE for _, _, priority in each)
        yield Finding(
            key=f"access_deadline:{slug}",
            subject=slug,
            what=f"{place(ConnectionKind.CIRCLE, slug)}: {_late_in_words(each)}, for a minute.",
            next_step=BY_HAND,
            path=SYNCS if only_removals else OUTSIDE,
            people=[customer for _, customer, _ in each],
            cases=[sync for sync, _, _ in each],
            absorbs=(f"access_dead:{slug}",),
        )


def late_for_good(now: datetime) -> Iterator[Finding]:
    """The same, given up: nobody tries any more. No pause, outage or silence explains that."""
    found = rows(_GIVEN_UP, overdue=now - DEADLINE, told=list(OURS), most=COUNTED)
    for slug, each in _by_slug(found):
        yield Finding(
            key=f"access_dead:{slug}",
            subject=slug,
            what=f"{place(ConnectionKind.CIRCLE, slug)}: {_late_in_words(each)}, and nobody tries any more.",
            next_step=BY_HAND,
            path=f"{DEAD_LETTERS}?connection={slug}",
            people=[customer for _, customer, _ in each],
            cases=[sync for sync, _, _ in each],
            absorbs=(f"access_deadline:{slug}",),
        )


def _by_slug(found: list[tuple[Any, ...]]) -> ItemsView[str, list[_Late]]:
    by_slug: dict[str, list[_Late]] = {}
    for slug, *each in found:
        by_slug.setdefault(slug, []).append((each[0], each[1], each[2]))
    return by_slug.items()


def _late_in_words(late: list[_Late]) -> str:
    """E.g. "3 people paid and not in, 1 person ended and still in"."""
    still_in = sum(priority == SyncPriority.REVOKE for _, _, priority in late)
    said = [(len(late) - still_in, "paid and not in"), (still_in, "ended and still in")]
    return ", ".join(f"{people(count)} {words_for}" for count, words_for in said if count)


def oldest(now: datetime) -> Iterator[Finding]:
    """The oldest due row of each lane, when it waits for over a minute and nothing else says why."""
    statement = _OLDEST.replace("<stripe waits>", _STRIPE_WAITS).replace("<waits>", _WAITS)
    found: dict[str, datetime] = {}
    slowed = _slowed(now)
    moments = {"overdue": now - DEADLINE, "failing": now - STILL_FAILING, "now": now}
    for lane, since in rows(statement, **moments, broken=STRAIGHT_FAILURES):
        if since is not None:
            found[lane] = min(since, found.get(lane, since))
    for lane, since in (found | slowed).items():
        there = place_at(lane)
        because = " The provider asks us to wait, again and again." if lane in slowed else ""
        yield Finding(
            key=f"oldest_due:{lane}",
            subject="stripe" if lane in OF_STRIPE else lane,
            what=f"{there}: the oldest work that is due has waited for {_spoken(now - since)}.{because}",
            next_step=SLOW_DOWN if because else LOOK,
            path=EVENTS if lane in OF_STRIPE else SYNCS,
        )


def _slowed(now: datetime) -> dict[str, datetime]:
    """Since when lanes wait because their provider answers 429 without end."""
    statement = _SLOWED.replace("<told to wait>", _TOLD_TO_WAIT)
    found = rows(statement, slowed=now - SLOWED_FOR, broken=STRAIGHT_FAILURES)
    return {lane: since for lane, since in found if since is not None}


def _spoken(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
