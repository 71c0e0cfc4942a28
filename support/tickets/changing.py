"""One act on one ticket at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from support.models import Ticket, TicketStatus


class NotPossible(Exception):
    """The act makes no sense now; `args[0]` is a sentence for staff that says what to do instead."""


@contextmanager
def changing(ticket_id: int) -> Iterator[Ticket]:
    """The ticket, locked until the transaction of the act ends. Raises: Ticket.DoesNotExist."""
    with transaction.atomic():
        yield Ticket.objects.select_for_update().get(pk=ticket_id)


def refuse_closed(ticket: Ticket) -> None:
    """Raises: NotPossible when it is closed."""
    if ticket.status == TicketStatus.CLOSED:
        raise NotPossible("This ticket is closed: reopen it first.")
