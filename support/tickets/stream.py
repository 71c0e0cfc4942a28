"""Everything in a ticket in one order: messages, and what happened to the person and the ticket meanwhile.

Only messages are stored with the ticket; every other line is computed from the records.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.models import LifecycleEvent
from integrations.models import Sync
from support.models import AuditEntry, Message, MessageKind, Ticket
from support.screen.naming import place_of
from support.screen.pills import Tone
from support.tickets.failures import Healing

MOST = 200
ACTS = {
    "open_ticket": "opened the ticket",
    "assign_ticket": "assigned the ticket",
    "close_ticket": "closed the ticket",
    "reopen_ticket": "reopened the ticket",
    "link_ticket": "linked the person",
    "unlink_ticket": "unlinked the person",
    "mail_answer_again": "had the answer mailed again",
    "replay_sync": "replayed",
}


@dataclass(frozen=True)
class Line:
    """A message, or one line about what happened."""

    at: datetime
    text: str
    tone: Tone = Tone.QUIET
    message: Message | None = None


def stream(
    messages: Iterable[Message], records: Sequence[Line], *, healed: Iterable[Healing] = ()
) -> list[Line]:
    """All lines, oldest first."""
    lines: list[Line] = []
    for each in messages:
        again = bool(lines) and each.author_id is None
        lines.append(Line(each.written_at, _head(each, again=again), message=each))
    lines += records
    lines += [
        Line(each.at, f"{each.connection} healed: {each.now}. Before: {each.was}", Tone.GOOD)
        for each in healed
    ]
    return sorted(lines, key=lambda line: line.at)


def acts(ticket: Ticket, syncs: Iterable[Sync]) -> list[Line]:
    """What staff did with the ticket and with the person's syncs since it was opened: one query."""
    names = {f"sync:{each.pk}": place_of(each.connection) for each in syncs}
    rows = AuditEntry.objects.filter(
        subject__in=[f"ticket:{ticket.pk}", *names], act__in=ACTS, happened_at__gte=ticket.opened_at
    )
    rows = rows.select_related("actor").order_by("-pk")[:MOST]
    return [Line(row.happened_at, _act(row, names.get(row.subject, ""))) for row in rows]


def changes(ticket: Ticket) -> list[Line]:
    """What changed for the person since the ticket was opened: one query."""
    if ticket.customer_id is None:
        return []
    rows = LifecycleEvent.objects.filter(customer_id=ticket.customer_id, recorded_at__gte=ticket.opened_at)
    return [Line(row.recorded_at, _change(row), Tone.BUSY) for row in rows.order_by("-pk")[:MOST]]


def _head(message: Message, *, again: bool) -> str:
    author = message.author.get_username() if message.author else ""
    if message.kind == MessageKind.QUESTION:
        if author:
            return f"Question, written down by {author}"
        other = f" from {message.sender}" if message.sender else ""
        return f"They wrote again{other}" if again else "Question"
    return f"{message.get_kind_display()} by {author}"


def _act(row: AuditEntry, where: str) -> str:
    actor = row.actor.get_username() if row.actor else "Somebody on the command line"
    return f"{actor} {ACTS[row.act]} {where}".rstrip()


def _change(row: LifecycleEvent) -> str:
    return f"{row.get_type_display()}: {row.get_from_status_display()} → {row.get_to_status_display()}"
