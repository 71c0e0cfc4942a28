"""Celery's tasks: each runs one due row, named by its id, if it is still due."""

from collections.abc import Callable

from celery import shared_task

from integrations import celery_signals, clock, engine, suppression
from integrations.handing import finished
from integrations.sweeper import CANARY

__all__ = ["celery_signals", "run_canary", "run_clock", "run_kit_event", "run_sync"]


@shared_task(ignore_result=True)
def run_sync(sync_id: int) -> None:
    """Make one destination equal to one customer."""
    _run("syncs", sync_id, engine.run)


@shared_task(ignore_result=True)
def run_clock(customer_id: int) -> None:
    """Look at one customer whose time has come."""
    _run("clock", customer_id, clock.run)


@shared_task(ignore_result=True)
def run_kit_event(event_id: int) -> None:
    """Note one event from Kit."""
    _run("kit_events", event_id, suppression.run)


@shared_task(ignore_result=True)
def run_canary(row_id: int) -> None:
    """Prove that this worker does work."""
    _run("canary", row_id, CANARY.run)


def _run(lane: str, row_id: int, work: Callable[[int], None]) -> None:
    try:
        work(row_id)
    finally:
        finished(lane, row_id)
