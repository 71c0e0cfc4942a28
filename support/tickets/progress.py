"""Who looks after a ticket, and whether it is done."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.db.models.functions import Now

from support import audit
from support.models import Ticket, TicketStatus
from support.tickets.changing import NotPossible, changing

BACKEND = "django.contrib.auth.backends.ModelBackend"


def assignable() -> QuerySet[Any]:
    """Staff who may work on tickets."""
    users = get_user_model()._default_manager
    able = users.with_perm("support.change_ticket", backend=BACKEND)
    rows: QuerySet[Any] = able.filter(is_staff=True).order_by("username")
    return rows


def assign(ticket_id: int, assignee_id: int | None, *, by: AbstractBaseUser) -> None:
    """Give it to somebody, or to nobody. Raises: NotPossible when they may not work on tickets."""
    if assignee_id is not None and not assignable().filter(pk=assignee_id).exists():
        raise NotPossible("This person may not work on tickets: choose somebody else.")
    with changing(ticket_id) as ticket:
        if ticket.assignee_id == assignee_id:
            return
        change = ({"assignee": ticket.assignee_id}, {"assignee": assignee_id})
        Ticket.objects.filter(pk=ticket.pk).update(assignee_id=assignee_id)
        audit.record("assign_ticket", ticket, by=by, change=change)


def close(ticket_id: int, *, by: AbstractBaseUser) -> None:
    """Nothing more to do; closing twice is closing once."""
    with changing(ticket_id) as ticket:
        if ticket.status != TicketStatus.CLOSED:
            _move(ticket, TicketStatus.CLOSED, by=by, act="close_ticket")


def reopen(ticket_id: int, *, by: AbstractBaseUser) -> None:
    """There is more to do after all."""
    with changing(ticket_id) as ticket:
        if ticket.status != TicketStatus.OPEN:
            _move(ticket, TicketStatus.OPEN, by=by, act="reopen_ticket")


def _move(ticket: Ticket, status: TicketStatus, *, by: AbstractBaseUser, act: str) -> None:
    closed_at = Now() if status == TicketStatus.CLOSED else None
    Ticket.objects.filter(pk=ticket.pk).update(status=status, closed_at=closed_at)
    audit.record(act, ticket, by=by, change=({"status": ticket.status}, {"status": status}))
