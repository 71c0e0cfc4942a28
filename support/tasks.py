"""The Celery tasks of this room: wake-ups, safe to run twice."""

from celery import shared_task

from integrations import heartbeat
from support.alerts import upkeep, watch
from support.catalog import consequences
from support.dashboard import rolling
from support.desks import runs


@shared_task(ignore_result=True)
def tend_alerts(_row_id: int) -> None:
    """Evaluate the alerts, and send what is due."""
    watch.tend()


@shared_task(ignore_result=True)
def look_after(_row_id: int) -> None:
    """Check the rules of the house and forget what is old, if nobody did within the hour."""
    upkeep.look_after_in_turn()


@shared_task(ignore_result=True)
def note_beat() -> None:
    """Beat's own sign of life, through the broker to a worker; processes long gone are forgotten."""
    heartbeat.beat("beat")
    heartbeat.forget_the_dead()


@shared_task(ignore_result=True)
def work_off_replay(run_id: int) -> None:
    """Queue again what is left of a replay."""
    runs.work_off(run_id)


@shared_task(ignore_result=True)
def run_catalogue_change(change_id: int) -> None:
    """Let the next people follow a change of the catalogue that a dying process left behind."""
    consequences.run(change_id)


@shared_task(ignore_result=True)
def count_statistics(_row_id: int) -> None:
    """Count the figures of the front page that are old."""
    rolling.count_in_turn()
