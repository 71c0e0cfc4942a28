"""Once an hour, by one worker: whether the rules of the house hold, and forgetting what is old."""

from collections.abc import Iterator
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.functions import Now

from billing.models import DeliveryMinute
from integrations.lanes import Lane, register
from integrations.timer import Timer
from support import invariants, seals
from support.alerts.evaluation import LOCK
from support.alerts.finding import Finding, rows
from support.alerts.settling import settle
from support.models import Alert, AlertKind

MINUTES_KEPT = timedelta(days=40)
ALERTS_KEPT = timedelta(days=400)
DOUBLED = [invariants.SHOWN * 2**times for times in range(24)]
TIMER = Timer("upkeep", seconds=300, first_after=60)  # asks whose turn it is

_TURN = """
INSERT INTO integrations_heartbeat AS last (name, beat_at) VALUES ('upkeep', statement_timestamp())
ON CONFLICT (name) DO UPDATE SET beat_at = statement_timestamp()
WHERE last.beat_at <= statement_timestamp() - interval '1 hour' RETURNING 1
"""


def register_lane() -> None:
    """Have the sweeper of every worker ask whether it is time."""
    register(Lane("upkeep", claim=_claim, run=_run, task="support.tasks.look_after", slots=1))


def _claim(most: int) -> list[int]:
    return [0] if most and TIMER.is_due() else []


def _run(_row_id: int) -> None:
    look_after_in_turn()


def look_after_in_turn() -> bool:
    """Look after things unless anybody did within the hour. True when it was done."""
    if not rows(_TURN):
        return False
    forget()
    check()
    with transaction.atomic(), invariants.patient():
        seals.seal()
    return True


def check() -> None:
    """Make the open alerts about broken rules equal to what is broken now."""
    with transaction.atomic():
        ((now,),) = rows("SELECT statement_timestamp()")
        found = [(AlertKind.INVARIANT_BROKEN, each) for each in _findings(invariants.broken(now))]
        rows(f"SELECT pg_advisory_xact_lock({LOCK}, 0)")
        ((now,),) = rows("SELECT statement_timestamp()")
        settle(found, unknown=set(AlertKind) - {AlertKind.INVARIANT_BROKEN}, now=now)


def forget() -> None:
    """Drop counters of deliveries and closed alerts that nobody looks at any more, and sessions that ended.

    A session holds the form that a question interrupted, so what somebody typed there ends with it.
    """
    Session.objects.filter(expire_date__lt=Now()).delete()
    DeliveryMinute.objects.filter(minute__lt=Now() - MINUTES_KEPT).delete()
    Alert.objects.filter(closed_at__lt=Now() - ALERTS_KEPT).delete()


def _findings(violations: list[invariants.Violation]) -> Iterator[Finding]:
    for each in violations:
        yield Finding(
            key=f"invariant_broken:{each.rule}:{each.words}"[:200],
            subject=each.rule[:64],
            what=f"Rule {each.rule} is broken by {each.count:,} rows: {each.words}. "
            f"First: {', '.join(each.ids[:5])}"[:500],
            next_step="Run manage.py verify_invariants for the rows, and look at what last changed them. "
            "It is checked again each hour.",
            path="/admin/support/alert/",
            # Of many only the first have an id here: of the others it is news when they are twice as many.
            cases=[*each.ids, *(f"over {most}" for most in DOUBLED if each.count > most >= len(each.ids))],
        )
