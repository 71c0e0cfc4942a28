"""What the person writes, each text once; a later one opens the ticket again."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from support.models import Message, MessageKind, Ticket, TicketStatus

_ANSWER = re.compile(r"<?answer-(\d{1,18})@([^<>\s]+?)>?")


@dataclass(frozen=True)
class Said:
    """A text of theirs; `key` makes it one message however often it is sent, `sender` is normalised."""

    body: str
    key: str
    sender: str


def message_id(message: Message) -> str:
    """What our answer is called in the mail that goes out, and in replies to it."""
    return f"<answer-{message.pk}@{urlsplit(settings.BASE_URL).hostname}>"


def ticket_of_answer(given: str, *, sender: str) -> Ticket | None:
    """The ticket of the answer that is replied to; only for whom it was mailed to."""
    found = _ANSWER.fullmatch(given.strip())
    if not found or found[2] != urlsplit(settings.BASE_URL).hostname:
        return None
    answers = Message.objects.filter(pk=int(found[1]), kind=MessageKind.ANSWER, address=sender)
    answer = answers.select_related("ticket").first()
    return answer.ticket if answer else None


def add(ticket: Ticket, said: Said) -> bool:
    """Whether it is new. Runs in the caller's transaction; `ticket` is brought up to date."""
    Ticket.objects.select_for_update().get(pk=ticket.pk)
    other = said.sender if said.sender != ticket.email else ""
    _message, new = Message.objects.get_or_create(
        ticket=ticket,
        external_id=said.key,
        defaults={"kind": MessageKind.QUESTION, "body": said.body, "sender": other},
    )
    if new:
        # There is more to do: also where it was answered, or closed.
        Ticket.objects.filter(pk=ticket.pk).update(status=TicketStatus.OPEN, closed_at=None)
    ticket.refresh_from_db(fields=["status", "closed_at"])
    return new
