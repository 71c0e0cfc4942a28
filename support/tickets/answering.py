"""What staff write in a ticket: an answer that is mailed, or a note that stays here."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now

from integrations.lanes import nudge
from support import audit
from support.models import Message, MessageKind, Ticket, TicketStatus, Unsent
from support.tickets import mailing
from support.tickets.changing import NotPossible, changing, refuse_closed


def address_of(ticket: Ticket) -> str:
    """Where an answer goes: to the address that asked, else to the person's."""
    return ticket.email or (ticket.customer.email if ticket.customer else "")


def answer(ticket_id: int, body: str, *, by: AbstractBaseUser) -> Message:
    """Keep the answer and have the worker mail it; the same text twice in a row is one answer.

    Raises: NotPossible when the ticket is closed or no e-mail address is known.
    """
    with changing(ticket_id) as ticket:
        refuse_closed(ticket)
        address = address_of(ticket)
        if not address:
            raise NotPossible("No e-mail address is known: link the person, or write an internal note.")
        known = _same_as_last(ticket, MessageKind.ANSWER, body, by=by)
        if known:
            return known
        columns = {"due_at": Now()} if mailing.is_set_up() else {"unsent": Unsent.NO_MAIL}
        message = Message.objects.create(
            ticket=ticket, kind=MessageKind.ANSWER, body=body, author_id=by.pk, address=address, **columns
        )
        before = {"status": ticket.status}
        ticket.status = TicketStatus.ANSWERED
        ticket.save(update_fields=["status"])
        after = {"status": ticket.status, "message": message.pk}
        audit.record("answer_ticket", ticket, by=by, change=(before, after))
        transaction.on_commit(nudge)
    return message


def note(ticket_id: int, body: str, *, by: AbstractBaseUser) -> Message:
    """Keep a text for staff only; also in a closed ticket."""
    with changing(ticket_id) as ticket:
        known = _same_as_last(ticket, MessageKind.NOTE, body, by=by)
        if known:
            return known
        message = Message.objects.create(ticket=ticket, kind=MessageKind.NOTE, body=body, author_id=by.pk)
        audit.record("note_on_ticket", ticket, by=by, change=({}, {"message": message.pk}))
    return message


def mail_again(ticket_id: int, message_id: int, *, by: AbstractBaseUser) -> None:
    """Try once more what was given up or is in doubt. Raises: NotPossible when there is nothing to try."""
    with changing(ticket_id) as ticket:
        stuck = Message.objects.filter(
            pk=message_id, ticket=ticket, kind=MessageKind.ANSWER, sent_at=None, due_at=None
        ).exclude(address="")
        message = stuck.first()
        if message is None:
            raise NotPossible("This answer was mailed, or waits to be mailed: nothing to do.")
        if not mailing.is_set_up():
            raise NotPossible("Mail is not set up here (EMAIL_URL): copy the answer into your own mail.")
        before = {"message": message.pk, "unsent": message.unsent}
        stuck.update(due_at=Now(), lease_until=None, attempt_count=0, unsent="")
        audit.record("mail_answer_again", ticket, by=by, change=(before, {"message": message.pk}))
        transaction.on_commit(nudge)


def _same_as_last(ticket: Ticket, kind: MessageKind, body: str, *, by: AbstractBaseUser) -> Message | None:
    """A second click sends nothing twice."""
    last = ticket.messages.order_by("-pk").first()
    same = last and (last.kind, last.body, last.author_id) == (kind, body, by.pk)
    return last if same else None
