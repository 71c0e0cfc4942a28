"""Rules about connections: paused, down, failing syncs, given-up syncs, and the month's calls."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from integrations.breaker import STRAIGHT_FAILURES
from support.alerts.finding import COUNTED, DEADLINE, Finding, people, rows, words
from support.models import AlertKind, Severity

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
CONNECTIONS = "/admin/integrations/connection/"
SYNCS = "/admin/integrations/sync/"
DEAD_LETTERS = "/admin/dead-letters/"

# In trouble now; or not any more, but people who waited for it still do: it is over when nobody waits.
_TROUBLED = """
SELECT c.id, c.slug, c.kind, c.pause_reason, c.credential, {now} AS now
FROM integrations_connection c WHERE c.mode <> 'off' AND ({now} OR (
    EXISTS (
        SELECT FROM support_alert a
        WHERE a.closed_at IS NULL AND a.kind = %(kind)s AND a.subject = c.slug
    )
    AND EXISTS (
        SELECT FROM integrations_sync s
        WHERE s.connection_id = c.id AND s.status IN ('pending', 'running', 'retrying', 'dead_letter')
          AND s.due_since <= %(overdue)s AND s.due_at <= %(soon)s
    )
)) ORDER BY c.slug
"""
_WAITING = """
SELECT customer_id FROM integrations_sync
WHERE connection_id = %(connection)s AND status IN ('pending', 'running', 'retrying', 'dead_letter')
  AND due_since IS NOT NULL AND status <> 'dead_letter'
ORDER BY due_since LIMIT %(most)s
"""
_FAILED = """
SELECT c.slug, a.sync_id, a.customer_id, s.status = 'dead_letter' FROM integrations_syncattempt a
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
SELECT c.slug, s.reason, array_agg(s.customer_id ORDER BY s.id) FROM (
    SELECT * FROM integrations_sync WHERE status = 'dead_letter' AND reason = ANY(%(ours)s)
    ORDER BY id DESC LIMIT 10000
) AS s JOIN integrations_connection c ON c.id = s.connection_id GROUP BY c.slug, s.reason
"""
_QUOTA = """
SELECT slug, quota_used, quota_limit FROM integrations_connection
WHERE mode <> 'off' AND quota_limit > 0
  AND quota_month = date_trunc('month', %(now)s::timestamptz, 'UTC')::date
"""


def paused(now: datetime) -> Iterator[Finding]:
    """Paused by staff, or because the provider refuses our key."""
    for id_, slug, _, reason, credential, still in _troubled(AlertKind.CONNECTION_PAUSED, now):
        waiting = _waiting(id_)
        if not still:
            what, next_step = (
                f"{slug} goes on; {people(len(waiting))} still wait.",
                "Nothing: it catches up by itself.",
            )
        elif reason == "staff":
            what = f"{slug} was paused by staff; {people(len(waiting))} wait."
            next_step = f"When it may go on: manage.py connection {slug} resume. Nobody needs a replay."
        else:
            what = f"{slug} is paused: {words(reason)}. {people(len(waiting))} wait."
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
    for id_, slug, _, _, _, still in _troubled(AlertKind.BREAKER_OPEN, now):
        waiting = _waiting(id_)
        state = "does not work; it is tried every 30 seconds" if still else "works again"
        yield Finding(
            key=f"breaker_open:{slug}",
            subject=slug,
            what=f"{slug} {state}. {people(len(waiting))} wait.",
            next_step="Nothing: it catches up by itself, removals first. If it lasts, read the provider's "
            "status page.",
            path=f"{CONNECTIONS}{id_}/change/",
            people=waiting,
            absorbs=("syncs_failed",),
        )


def failing(now: datetime) -> Iterator[Finding]:
    """More than three syncs that failed within ten minutes, where no other alert says why."""
    found = rows(
        _FAILED, since=now - FAILED_WITHIN, now=now, other=[*HELD_BACK, *OURS], broken=STRAIGHT_FAILURES
    )
    syncs = {sync for _, sync, _, _ in found}
    if len(syncs) > MOST_FAILED:
        where = ", ".join(sorted({slug for slug, _, _, _ in found}))
        dead = any(is_dead for _, _, _, is_dead in found)
        yield Finding(
            key="syncs_failed",
            what=f"{len(syncs)} syncs failed within 10 minutes, at {where}.",
            next_step="Read their reasons there. What can be tried again is tried again by itself; mend the "
            "cause of the others and press Replay.",
            path=DEAD_LETTERS if dead else f"{SYNCS}?status__exact=retrying",
            people=list(dict.fromkeys(customer for _, _, customer, _ in found)),
        )


def given_up(now: datetime) -> Iterator[Finding]:
    """Dead letters whose cause is ours or the connection's, one alert for each cause."""
    for slug, reason, customers in rows(_DEAD, ours=list(OURS)):
        yield Finding(
            key=f"sync_dead:{slug}:{reason}",
            what=f"{slug}: {people(len(customers))} could not be synced: {words(reason)}.",
            next_step="Mend the cause (the runbook names each), then replay the dead letters.",
            path=f"{DEAD_LETTERS}?connection={slug}",
            people=customers,
            mark=len(customers),
        )


def quota_low(now: datetime) -> Iterator[Finding]:
    """The month's calls, at 70 and at 90 %."""
    for slug, used, limit in rows(_QUOTA, now=now):
        for share, severity in WARN_AT:
            if used >= share * limit:
                yield Finding(
                    key=f"quota_low:{slug}:{share:.0%}",
                    severity=severity,
                    what=f"{slug}: {used:,} of this month's {limit:,} calls are used ({used / limit:.0%}).",
                    next_step="The last 5 % are kept for removals. Put off bulk changes, or ask the "
                    "provider for more.",
                    path=CONNECTIONS,
                )


def _troubled(kind: AlertKind, now: datetime) -> list[tuple[int, str, str, str, str, bool]]:
    paused = kind == AlertKind.CONNECTION_PAUSED
    state = "c.paused_at IS NOT NULL" if paused else f"c.failures_in_row >= {STRAIGHT_FAILURES}"
    statement = _TROUBLED.replace("{now}", f"({state})")
    return rows(statement, kind=kind, overdue=now - DEADLINE, soon=now + OWN_BACKOFF)


def _waiting(connection_id: int) -> list[int]:
    return [row[0] for row in rows(_WAITING, connection=connection_id, most=COUNTED)]
