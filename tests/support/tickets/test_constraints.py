"""The database refuses a ticket, a message or a count that makes no sense."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now
from django.db.transaction import atomic

from support.models import ApiMinute, Message, Ticket
from tests.factories import MessageFactory, TicketFactory, UserFactory
from tests.factories.clock import LONG_AGO


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"external_id": "taken"}, "ticket_one_per_external_id"),
        ({"status": "lost"}, "ticket_status_known"),
        ({"source": "pigeon", "opened_by": None, "email": "ada@example.test"}, "ticket_source_known"),
        ({"match": "likeness"}, "ticket_match_known"),
        ({"subject": ""}, "ticket_has_a_subject"),
        ({"match": "nobody"}, "ticket_person_iff_matched"),
        ({"customer": None}, "ticket_person_iff_matched"),
        ({"status": "closed"}, "ticket_closed_iff_closed_at"),
        ({"closed_at": Now()}, "ticket_closed_iff_closed_at"),
        ({"opened_by": None}, "ticket_somebody_asked"),
        ({"source": "api", "opened_by": None, "email": ""}, "ticket_somebody_asked"),
        ({"opened_status": "active"}, "ticket_past_state_whole"),
        ({"opened_plan": "pro"}, "ticket_past_state_whole"),
        (
            {"opened_status": "happy", "opened_access": True, "opened_version": 1},
            "ticket_past_state_whole",
        ),
    ],
)
def test_a_ticket_that_cannot_be(db: None, columns: dict[str, Any], constraint: str) -> None:
    TicketFactory.create(external_id="taken")
    ticket = TicketFactory.create()

    with pytest.raises(IntegrityError, match=constraint), atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**columns)


def test_two_tickets_without_a_key_of_the_sender_are_two(db: None) -> None:
    TicketFactory.create_batch(2, external_id="")

    assert Ticket.objects.count() == 2


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"kind": "rumour"}, "message_kind_known"),
        ({"unsent": "lazy"}, "message_unsent_known"),
        ({"body": ""}, "message_says_something"),
        ({"author": None}, "message_has_author"),
        ({"address": ""}, "message_mailed_only_if_answer"),
        ({"kind": "note"}, "message_mailed_only_if_answer"),
        ({"external_id": "theirs"}, "message_keyed_only_if_question"),
        ({"sender": "eve@example.test"}, "message_keyed_only_if_question"),
        ({"sent_at": Now()}, "message_due_until_sent"),
        ({"sent_at": Now(), "due_at": None, "unsent": "failed"}, "message_due_until_sent"),
    ],
)
def test_a_message_that_cannot_be(db: None, columns: dict[str, Any], constraint: str) -> None:
    message = MessageFactory.create(kind="answer", address="ada@example.test", due_at=Now())

    with pytest.raises(IntegrityError, match=constraint), atomic():
        Message.objects.filter(pk=message.pk).update(**columns)


def test_two_messages_of_one_ticket_never_have_the_same_key(db: None) -> None:
    first = MessageFactory.create(external_id="theirs")
    MessageFactory.create(external_id="theirs")  # of another ticket
    second = MessageFactory.create(ticket=first.ticket)

    with pytest.raises(IntegrityError, match="message_one_per_external_id"), atomic():
        Message.objects.filter(pk=second.pk).update(external_id="theirs")


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"sender": "taken"}, "api_minute_one_per_sender"),
        ({"sender": ""}, "api_minute_sender_given"),
        ({"count": 0}, "api_minute_counts"),
    ],
)
def test_a_count_that_cannot_be(db: None, columns: dict[str, Any], constraint: str) -> None:
    ApiMinute.objects.create(sender="taken", minute=LONG_AGO)
    other = ApiMinute.objects.create(sender="free", minute=LONG_AGO)

    with pytest.raises(IntegrityError, match=constraint), atomic():
        ApiMinute.objects.filter(pk=other.pk).update(**columns)


def test_a_ticket_outlives_its_assignee(db: None) -> None:
    bob = UserFactory.create()
    ticket = TicketFactory.create(assignee=bob)

    bob.delete()

    ticket.refresh_from_db()
    assert ticket.assignee_id is None
