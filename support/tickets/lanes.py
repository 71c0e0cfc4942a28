"""What every worker does for tickets: mail answers, and match questions of people who became known."""

from celery import shared_task

from integrations.lanes import Lane, register
from integrations.timer import Timer
from support.tickets import mailing, matching

TIMER = Timer("matches", seconds=10.0, first_after=0.0)


def register_lanes() -> None:
    """Have the sweeper of every worker look after tickets."""
    register(
        Lane("answers", claim=mailing.claim, run=mailing.send, task="support.tickets.lanes.send", slots=1)
    )
    register(Lane("matches", claim=_in_turn, run=_match, task="support.tickets.lanes.match", slots=1))


@shared_task(ignore_result=True)
def send(message_id: int) -> None:
    """Mail one answer, if it is still due."""
    mailing.send(message_id)


@shared_task(ignore_result=True)
def match(_row_id: int) -> None:
    """Match tickets of people who became known since."""
    matching.match_late()


def _match(_row_id: int) -> None:
    matching.match_late()


def _in_turn(most: int) -> list[int]:
    return [0] if most and TIMER.is_due() else []
