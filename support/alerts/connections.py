"""Rules about connections: paused, down, failing syncs, given-up syncs, and the month's calls."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from integrations.breaker import STRAIGHT_FAILURES
from integrations.models import ConnectionKind
from support.alerts.finding import COUNTED, DEADLINE, Finding, people, rows, words
from support.desks import causes
from support.models import AlertKind, Severity
from support.screen.naming import place, place_at

FAILED_WITHIN = timedelta(minutes=10)
MOST_FAILED = 3
OWN_BACKOFF = timedelta(minutes=16)  # a little over the longest
# Our own limits hold a call back; that is no failure.
HELD_BACK = ("our_limit", "told_to_wait", "breaker_open", "paused", "not_now", "rate_limited")
# Not about one customer: every next one fails for the same cause.
OURS = (
    *("killed_worker", "our_bug", "redirected", "tls", "forbidden", "member_limit", "subscriber_limit"),
    *("no_access_group", "no_member_tag", "sequence_inactive", "unknown_field"),
)
WARN_AT = ((0.9, Severity.CRITICAL), (0.7, Severity.WARNING))
_Failed = tuple[int, str, int, int, bool]  # connection, its slug, sync, customer, given up
CONNECTIONS = "/admin/integrations/connection/"
SYNCS = "/admin/integrations/sync/"
DEAD_LETTERS = "/admin/dead-letters/"
RUNBOOK = "Whoever runs the servers finds more on it in docs/runbook.md, in the repository."

# In trouble now; or not any more, but what waited for it still does: it is over when nothing waits.
_TROUBLED = """
SELECT c.id, c.slug, c.kind, c.pause_reason, c.credential, {now} AS now
FROM integrations_connection c WHERE c.mode <> 'off' AND ({now} OR (
    EXISTS (
        SELECT FROM support_alert a
        WHERE a.closed_at IS NULL AND a.kind = %(kind)s AND a.subject = c.slug
    )
    AND (EXISTS (
        SELECT FROM integrations_sync s
        WHERE s.connection_id = c.id AND s.status IN ('pending', 'running', 'retrying', 'dead_letter')
          AND s.due_since <= %(overdue)s AND s.due_at <= %(soon)s
    ) OR c.kind = 'stripe' AND EXISTS (
        SELECT FROM billing_stripeevent e WHERE e.received_at <= %(overdue)s AND e.due_at <= %(soon)s
    ))
)) ORDER BY c.slug
"""
_WAITING = """
SELECT customer_id FROM integrations_sync
WHERE connection_id = %(connection)s AND status IN ('pending', 'running', 'retrying', 'dead_letter')
  AND due_since IS NOT NULL AND status <> 'dead_letter'
ORDER BY due_since LIMIT %(most)s
"""
_EVENTS_WAIT = """
SELECT customer_id FROM billing_stripeevent WHERE due_at IS NOT NULL ORDER BY priority, due_at LIMIT %(most)s
"""
_FAILED = """
SELECT c.id, c.slug, a.sync_id, a.customer_id, s.status = 'dead_letter' FROM integrations_syncattempt a
JOIN integrations_sync s ON s.id = a.sync_id JOIN integrations_connection c ON c.id = s.connection_id
WHERE a.outcome IN ('retry', 'in_doubt', 'rejected') AND a.finished_at > %(since)s
  AND a.code <> ALL(%(other)s) AND c.paused_at IS NULL AND c.failures_in_row < %(broken)s
  AND a.finished_at > coalesce((
      SELECT max(coalesce(t.closed_at, %(now)s)) FROM support_alert t
      WHERE t.subject = c.slug AND t.kind IN ('connection_paused', 'breaker_open')
        AND (t.closed_at IS NULL OR t.closed_at > %(since)s)
  ), '-infinity')
ORDER BY a.finished_at DESC LIMIT 10000
"""
_DEAD = """
SELECT c.kind, c.slug, s.reason, max(s.explanation),
    array_agg(s.customer_id ORDER BY s.id), array_agg(s.id ORDER BY s.id DESC) FROM (
    SELECT * FROM integrations_sync WHERE status = 'dead_letter' AND reason = ANY(%(ours)s)
    ORDER BY id DESC LIMIT 10000
) AS s JOIN integrations_connection c ON c.id = s.connection_id GROUP BY c.kind, c.slug, s.reason
"""
_QUOTA = """
SELECT kind, slug, quota_used, quota_limit FROM integrations_connection
WHERE mode <> 'off' AND quota_limit > 0
  AND quota_month = date_trunc('month', %(now)s::timestamptz, 'UTC')::date
"""


def paused(now: datetime) -> Iterator[Finding]:
    """Paused by staff, or because the provider refuses our key."""
    for id_, slug, kind, reason, credential, still in _troubled(AlertKind.CONNECTION_PAUSED, now):
        how_many, waiting, there = *_waiting(id_, kind), place(kind, slug)
        if not still:
            what = f"{there} goes on; {how_many} still {_wait(how_many)}."
            next_step = "Nothing: it catches up by itself."
        elif reason == "staff":
            what = f"{there} was paused by staff; {how_many} {_wait(how_many)}."
            next_step = f"When it may go on: manage.py connection {slug} resume. Nobody needs a replay."
        else:
            what = f"{there} is paused: {words(reason)}. {how_many} {_wait(how_many)}."
            next_step = (
                f"Put a valid key into {credential}, restart the processes, then "
                f"manage.py connection {slug} resume. Nobody needs a replay."
            )
        yield Finding(
            key=f"connection_paused:{slug}", subject=slug, what=what, next_step=next_step,
            path=f"{CONNECTIONS}{id_}/change/", people=waiting,
        )  # fmt: skip


def down(now: datetime) -> Iterator[Finding]:
    """Ten failures in a row, until it answers again and those who waited are served."""
    for id_, slug, kind, _, _, still in _troubled(AlertKind.BREAKER_OPEN, now):
        how_many, waiting = _waiting(id_, kind)
        state = "does not work; it is tried every 30 seconds" if still else "works again"
        yield Finding(
            key=f"breaker_open:{slug}",
            subject=slug,
            what=f"{place(kind, slug)} {state}. {how_many} {_wait(how_many)}.",
            next_step="Nothing: it catches up by itself, removals first. If it lasts, read the provider's "
            "status page.",
            path=f"{CONNECTIONS}{id_}/change/",
            people=waiting,
            cases=[id_],
            absorbs=(f"syncs_failed:{slug}", "syncs_failed"),
        )


def failing(now: datetime) -> Iterator[Finding]:
    """More than three syncs that failed within ten minutes, where no other alert says why.

    One alert for each connection, and one for those together at which no more than three failed.
    """
    found = rows(
        _FAILED, since=now - FAILED_WITHIN, now=now, other=[*HELD_BACK, *OURS], broken=STRAIGHT_FAILURES
    )
    by_slug: dict[str, list[_Failed]] = {}
    for each in found:
        by_slug.setdefault(each[1], []).append(each)
    few: list[_Failed] = []
    for slug, failed in sorted(by_slug.items()):
        if _count(failed) > MOST_FAILED:
            yield _failing(f"syncs_failed:{slug}", failed, absorbs=("syncs_failed",))
        else:
            few += failed
    if _count(few) > MOST_FAILED:
        yield _failing("syncs_failed", few)


def _count(failed: list[_Failed]) -> int:
    return len({sync for _, _, sync, _, _ in failed})


def _failing(key: str, failed: list[_Failed], *, absorbs: tuple[str, ...] = ()) -> Finding:
    where = ", ".join(place_at(slug) for slug in sorted({slug for _, slug, _, _, _ in failed}))
    dead = any(is_dead for _, _, _, _, is_dead in failed)
    return Finding(
        key=key,
        what=f"{_count(failed)} syncs failed within 10 minutes, at {where}.",
        next_step="Read their reasons there. What can be tried again is tried again by itself; mend the "
        "cause of the others and press Replay.",
        path=DEAD_LETTERS if dead else f"{SYNCS}?status__exact=retrying",
        people=list(dict.fromkeys(customer for _, _, _, customer, _ in failed)),
        cases=sorted({connection for connection, _, _, _, _ in failed}),
        absorbs=absorbs,
    )


def given_up(now: datetime) -> Iterator[Finding]:
    """Dead letters whose cause is ours or the connection's, one alert for each cause, in the desk's words."""
    for kind, slug, reason, explanation, customers, syncs in rows(_DEAD, ours=list(OURS)):
        cause = causes.title(reason, explanation)
        yield Finding(
            key=f"sync_dead:{slug}:{reason}",
            what=f"{place(kind, slug)}: {people(len(customers))} could not be synced. {cause}",
            next_step=f"{causes.next_step(reason)} {RUNBOOK}",
            path=f"{DEAD_LETTERS}?connection={slug}",
            people=customers,
            cases=syncs,
        )


def quota_low(now: datetime) -> Iterator[Finding]:
    """The month's calls, at 70 and at 90 %."""
    for kind, slug, used, limit in rows(_QUOTA, now=now):
        for share, severity in WARN_AT:
            if used >= share * limit:
                yield Finding(
                    key=f"quota_low:{slug}:{share:.0%}",
                    severity=severity,
                    what=f"{place(kind, slug)}: {used:,} of this month's {limit:,} calls are used "
                    f"({used / limit:.0%}).",
                    next_step="The last 5 % are kept for removals. Put off bulk changes, or ask the "
                    "provider for more.",
                    path=CONNECTIONS,
                )


def _troubled(kind: AlertKind, now: datetime) -> list[tuple[int, str, str, str, str, bool]]:
    paused = kind == AlertKind.CONNECTION_PAUSED
    state = "c.paused_at IS NOT NULL" if paused else f"c.failures_in_row >= {STRAIGHT_FAILURES}"
    statement = _TROUBLED.replace("{now}", f"({state})")
    return rows(statement, kind=kind, overdue=now - DEADLINE, soon=now + OWN_BACKOFF)


def _waiting(connection_id: int, kind: str) -> tuple[str, list[int]]:
    """How much waits for it, in words, and who. For Stripe it is events; few say yet whose they are."""
    if kind != ConnectionKind.STRIPE:
        waiting = [row[0] for row in rows(_WAITING, connection=connection_id, most=COUNTED)]
        return people(len(waiting)), waiting
    events = [row[0] for row in rows(_EVENTS_WAIT, most=COUNTED)]
    more = " or more" if len(events) >= COUNTED else ""
    how_many = "1 event" if len(events) == 1 else f"{len(events):,} events{more}"
    return how_many, list(dict.fromkeys(each for each in events if each is not None))


def _wait(how_many: str) -> str:
    return "waits" if how_many.startswith("1 ") else "wait"
