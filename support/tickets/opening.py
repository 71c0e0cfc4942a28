"""A ticket begins: on a customer's screen, or through the API; what the person is then is kept as history."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from customers import normalise
from customers.models import Customer
from support import audit
from support.models import Match, Message, MessageKind, Source, Ticket
from support.tickets import replies
from support.tickets.matching import person_with


@dataclass(frozen=True)
class Question:
    """What somebody asks. `email` is who asks, normalised or as typed; staff may leave it out.

    `key` is the sender's own name of this text; without one, its digest is.
    """

    subject: str
    body: str
    email: str = ""
    key: str = ""

    def key_of_text(self) -> str:
        return self.key or f"sha256:{_digest(self.body)}"


def open_by_staff(
    question: Question, *, customer: Customer | None, by: AbstractBaseUser, form_key: str = ""
) -> Ticket:
    """Written down by staff: for the person whose screen they look at, else matched by e-mail.

    One form, sent twice with the same words, is one ticket.
    """
    with transaction.atomic():
        person, match = (customer, Match.SCREEN) if customer else _matched(question.email)
        columns = _columns(question, person, match) | {"source": Source.STAFF, "opened_by_id": by.pk}
        said = _digest(f"{person and person.pk} {question.email} {question.subject} {question.body}")[:16]
        ticket, new = _kept(columns, external_id=f"form:{by.pk}:{form_key}:{said}" if form_key else "")
        if new:
            Message.objects.create(
                ticket=ticket, kind=MessageKind.QUESTION, body=question.body, author_id=by.pk
            )
            audit.record("open_ticket", ticket, by=by, change=({}, {"customer": ticket.customer_id}))
    return ticket


def open_by_api(question: Question, *, external_id: str = "", in_reply_to: str = "") -> tuple[Ticket, bool]:
    """The ticket, and whether anything is new.

    The same `external_id` is the same ticket: what is said in it for the first time is added, and opens it
    again. So is an answer to an e-mail of ours, by its Message-ID.
    """
    with transaction.atomic():
        answered = "" if external_id else in_reply_to
        known = replies.ticket_of_answer(answered, sender=normalise.email(question.email))
        if known:
            return known, _say(known, question)
        columns = _columns(question, *_matched(question.email)) | {"source": Source.API}
        ticket, _new = _kept(columns, external_id=external_id)
        return ticket, _say(ticket, question)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _say(ticket: Ticket, question: Question) -> bool:
    said = replies.Said(question.body, question.key_of_text(), normalise.email(question.email))
    return replies.add(ticket, said)


def _kept(columns: dict[str, Any], *, external_id: str) -> tuple[Ticket, bool]:
    if not external_id:
        return Ticket.objects.create(**columns), True
    return Ticket.objects.get_or_create(external_id=external_id, defaults=columns)


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
