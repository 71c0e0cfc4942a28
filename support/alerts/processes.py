"""Rules about our own processes: nobody looks for work, nobody does it, the clock process is silent."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from support.alerts.finding import COUNTED, DEADLINE, EVERYTHING, Finding, people, rows

# A sweeper beats every 5 s, its canary every 15 s, beat every 30 s: each may miss one, and is told in 120 s.
SILENT = timedelta(seconds=75)
PATH = "/admin/integrations/connection/"

# Before the first sign of life: since the tables are there.
_SEEN = """
SELECT coalesce(max(beat_at) FILTER (WHERE name LIKE 'sweeper:%%'), min(installed.at)),
       coalesce(max(beat_at) FILTER (WHERE name LIKE 'worker:%%'), min(installed.at)),
       coalesce(max(beat_at) FILTER (WHERE name LIKE 'beat:%%'), min(installed.at))
FROM (SELECT max(applied) AS at FROM django_migrations WHERE app = %(app)s) AS installed
LEFT JOIN integrations_heartbeat ON true
"""
_WAITING = """
SELECT waiting.customer_id FROM integrations_connection c CROSS JOIN LATERAL (
    SELECT s.customer_id FROM integrations_sync s
    WHERE s.connection_id = c.id AND s.status IN ('pending', 'running', 'retrying', 'dead_letter')
      AND s.due_since <= %(overdue)s AND s.status <> 'dead_letter'
    ORDER BY s.due_since LIMIT %(most)s
) AS waiting WHERE c.kind = 'circle' AND c.mode = 'live'
"""


def sweeper_silent(now: datetime) -> Iterator[Finding]:
    """No sweeper looked for work for over a minute: nothing at all is done."""
    seen, _, _ = _seen()
    if now - seen > SILENT:
        waiting = _waiting(now)
        yield Finding(
            key="sweeper_silent",
            subject=EVERYTHING,
            what=f"No worker has looked for work for {_minutes(now - seen)}. {people(len(waiting))} wait.",
            next_step="Start the worker process. What waited is done then, nothing is lost.",
            path=PATH,
            people=waiting,
        )


def worker_silent(now: datetime) -> Iterator[Finding]:
    """Sweepers look for work, but nobody does it."""
    sweeper, worker, _ = _seen()
    if now - worker > SILENT >= now - sweeper:
        waiting = _waiting(now)
        yield Finding(
            key="worker_silent",
            subject=EVERYTHING,
            what=f"Workers run but did nothing for {_minutes(now - worker)}. {people(len(waiting))} wait.",
            next_step="Restart the worker process, and look whether Redis answers.",
            path=PATH,
            people=waiting,
        )


def beat_silent(now: datetime) -> Iterator[Finding]:
    """The periodic jobs do not arrive: beat, the broker or the way between them is down."""
    sweeper, worker, beat = _seen()
    if now - beat > SILENT >= max(now - sweeper, now - worker):
        yield Finding(
            key="beat_silent",
            subject="beat",
            what=f"No periodic job has arrived for {_minutes(now - beat)}. Changes of customers go on.",
            next_step="Look whether one beat process runs, and whether Redis answers and has room. Missed "
            "jobs are caught up.",
            path=PATH,
        )


def _seen() -> tuple[datetime, datetime, datetime]:
    ((sweeper, worker, beat),) = rows(_SEEN, app="integrations")
    return sweeper, worker, beat


def _waiting(now: datetime) -> list[int]:
    return [row[0] for row in rows(_WAITING, overdue=now - DEADLINE, most=COUNTED)]


def _minutes(silence: timedelta) -> str:
    seconds = int(silence.total_seconds())
    return f"{seconds} seconds" if seconds < 180 else f"{seconds // 60} minutes"
