"""Celery's tasks: each runs one due row, named by its id, if it is still due."""

from celery import shared_task

from integrations import celery_signals, clock, deadletters, engine, suppression
from integrations.connectors import names
from integrations.sweeper import CANARY

__all__ = [
    "celery_signals",
    "fetch_names",
    "run_canary",
    "run_clock",
    "run_kit_event",
    "run_snooze",
    "run_sync",
]


@shared_task(ignore_result=True)
def run_sync(sync_id: int) -> None:
    """Make one destination equal to one customer."""
    engine.run(sync_id)


@shared_task(ignore_result=True)
def run_clock(customer_id: int) -> None:
    """Look at one customer whose time has come."""
    clock.run(customer_id)


@shared_task(ignore_result=True)
def run_kit_event(event_id: int) -> None:
    """Note one event from Kit."""
    suppression.run(event_id)


@shared_task(ignore_result=True)
def run_snooze(sync_id: int) -> None:
    """End one snooze."""
    deadletters.wake(sync_id)


@shared_task(ignore_result=True)
def run_canary(row_id: int) -> None:
    """Prove that this worker does work."""
    CANARY.run(row_id)


@shared_task(ignore_result=True)
def fetch_names(connection_id: int) -> None:
    """List what one connection's groups, tags and sequences are called."""
    names.run(connection_id)
