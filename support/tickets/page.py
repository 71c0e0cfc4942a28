"""One ticket, ready to be shown: in a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.lifecycle import held_by
from customers.models import Customer
from customers.why import why
from integrations.models import WAITING, OneTimeEffect, Sync, SyncAttempt
from support.models import Message, Ticket, TicketStatus
from support.screen.preview import Preview, differences, mails_in_words, preview
from support.screen.standing import Standing, standing
from support.tickets import mailing
from support.tickets.answering import address_of
from support.tickets.failures import Failure, Healing, failures, healings
from support.tickets.money import in_words
from support.tickets.queue import with_people
from support.tickets.stream import Line, acts, changes, stream
from support.tickets.tags import Tag, opened_as, tags_of

ATTEMPTS = 200


@dataclass(frozen=True)
class Page:
    """What the ticket's page says; everything about the person is true at the moment of loading."""

    ticket: Ticket
    tags: list[Tag]
    opened_as: str
    standing: Standing | None
    money: str
    failures: list[Failure]
    preview: list[Preview]
    healed: list[Healing]
    lines: list[Line]
    address: str
    mails: bool
    in_flight: bool

    @property
    def preview_mails(self) -> str:
        return mails_in_words(each.mails for each in self.preview)

    @property
    def replayable(self) -> int:
        return sum(each.replayable for each in self.failures)


def find(ticket_id: int) -> Ticket | None:
    """The ticket with its person."""
    tickets = Ticket.objects.select_related("opened_by").filter(pk=ticket_id)
    return with_people(tickets, by_name=True).first()


def load(ticket: Ticket, *, now: datetime) -> Page:
    """The page of a ticket from `find`. At most 5 queries."""
    customer = ticket.customer
    syncs = syncs_of(customer)
    healed = _healed(ticket, customer, syncs) if customer else []
    messages = list(Message.objects.filter(ticket=ticket).select_related("author").order_by("pk"))
    return Page(
        ticket=ticket,
        tags=tags_of(ticket, syncs, welcomes_of(customer)),
        opened_as=opened_as(ticket),
        standing=_standing(ticket, syncs, now=now),
        money=in_words(ticket),
        failures=failures(syncs),
        preview=preview(syncs, {each.pk: differences(each) for each in syncs}),
        healed=_still_right(healed, syncs),
        lines=stream(messages, [*acts(ticket, syncs), *changes(ticket)], healed=healed),
        address=address_of(ticket),
        mails=mailing.is_set_up(),
        in_flight=ticket.status != TicketStatus.CLOSED or any(each.status in WAITING for each in syncs),
    )


def syncs_of(customer: Customer | None) -> list[Sync]:
    """As read by `with_people`."""
    return list(customer.syncs.all()) if customer else []


def welcomes_of(customer: Customer | None) -> list[OneTimeEffect]:
    return getattr(customer, "welcomes", [])


def _standing(ticket: Any, syncs: list[Sync], *, now: datetime) -> Standing | None:
    customer = ticket.customer
    if customer is None:
        return None
    because = why(held_by(customer.pk), now=now)
    return standing(customer, syncs, why=because, unchecked=ticket.unchecked)


def _healed(ticket: Ticket, customer: Customer, syncs: list[Sync]) -> list[Healing]:
    rows = SyncAttempt.objects.filter(customer=customer).order_by("-finished_at")[:ATTEMPTS]
    return healings(list(rows), syncs, customer=customer, since=ticket.opened_at)


def _still_right(healed: list[Healing], syncs: list[Sync]) -> list[Healing]:
    """The last healing of each destination that has not failed again."""
    failing = {each.place for each in failures(syncs)}
    last = {each.connection: each for each in healed}
    return [each for place, each in last.items() if place not in failing]
