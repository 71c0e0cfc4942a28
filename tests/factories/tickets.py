"""Tickets and what is written in them."""
# factory-boy ships annotations for its factories, but none for its declarations.
# mypy: disable-error-code="attr-defined,no-untyped-call"

import factory
from factory.django import DjangoModelFactory

from support.models import Match, Message, Source, Ticket
from tests.factories.people import CustomerFactory
from tests.factories.staff import UserFactory


class TicketFactory(DjangoModelFactory[Ticket]):
    """Opened on somebody's screen; `unmatched=True` came through the API from an unknown address."""

    class Meta:
        model = Ticket

    class Params:
        unmatched = factory.Trait(
            customer=None,
            match=Match.NOBODY,
            source=Source.API,
            opened_by=None,
            email=factory.Sequence(lambda n: f"stranger{n}@example.test"),
        )

    customer = factory.SubFactory(CustomerFactory)
    match = Match.SCREEN
    source = Source.STAFF
    opened_by = factory.SubFactory(UserFactory)
    subject = factory.Sequence(lambda n: f"Question {n}")


class MessageFactory(DjangoModelFactory[Message]):
    """A question that staff wrote down."""

    class Meta:
        model = Message

    ticket = factory.SubFactory(TicketFactory)
    kind = "question"
    body = "Why can I not get in?"
    author = factory.SubFactory(UserFactory)
