"""A ticket begins: on a customer's screen, or through the API; what the person is then is kept as history."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from customers import normalise
from customers.models import Customer
from support import audit
from support.models import Match, Message, MessageKind, Source, Ticket
from support.tickets.matching import person_with


@dataclass(frozen=True)
class Question:
    """What somebody asks. `email` is who asks, normalised or as typed; staff may leave it out."""

    subject: str
    body: str
    email: str = ""


def open_by_staff(question: Question, *, customer: Customer | None, by: AbstractBaseUser) -> Ticket:
    """Written down by staff: for the person whose screen they look at, else matched by e-mail."""
    with transaction.atomic():
        person, match = (customer, Match.SCREEN) if customer else _matched(question.email)
        ticket = Ticket.objects.create(
            **_columns(question, person, match), source=Source.STAFF, opened_by_id=by.pk
        )
        _ask(ticket, question, by=by)
        audit.record("open_ticket", ticket, by=by, change=({}, {"customer": ticket.customer_id}))
    return ticket


def open_by_api(question: Question, *, external_id: str = "") -> tuple[Ticket, bool]:
    """The ticket, and whether it is new: the same `external_id` again is the same ticket."""
    with transaction.atomic():
        columns = _columns(question, *_matched(question.email)) | {"source": Source.API}
        if external_id:
            ticket, new = Ticket.objects.get_or_create(external_id=external_id, defaults=columns)
        else:
            ticket, new = Ticket.objects.create(**columns), True
        if new:
            _ask(ticket, question, by=None)
    return ticket, new


def _matched(email: str) -> tuple[Customer | None, Match]:
    person = person_with(email)
    return person, Match.EMAIL if person else Match.NOBODY


def _columns(question: Question, person: Customer | None, match: Match) -> dict[str, Any]:
    columns = {
        "customer": person,
        "match": match,
        "email": normalise.email(question.email),
        "subject": " ".join(question.subject.split()),
    }
    return columns | (_state_of(person) if person else {})


def _state_of(person: Customer) -> dict[str, Any]:
    return {
        "opened_status": person.status,
        "opened_access": person.has_access,
        "opened_plan": person.plan.slug if person.plan else "",
        "opened_version": person.version,
    }


def _ask(ticket: Ticket, question: Question, *, by: AbstractBaseUser | None) -> None:
    Message.objects.create(
        ticket=ticket, kind=MessageKind.QUESTION, body=question.body, author_id=by.pk if by else None
    )
