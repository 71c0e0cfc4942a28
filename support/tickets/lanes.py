"""What every worker does for tickets: mail answers, and match questions of people who became known."""

import time

from celery import shared_task

from integrations.lanes import Lane, register
from support.tickets import mailing, matching

MATCH_SECONDS = 10.0
_next = 0.0


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
    global _next
    now = time.monotonic()
    if now < _next or not most:
        return []
    _next = now + MATCH_SECONDS
    return [0]
