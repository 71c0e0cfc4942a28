"""Answering, noting, assigning, closing, reopening: each once, and a clear word when it makes no sense."""

import pytest
from django.test import Client

from customers.models import Customer
from support.models import AuditEntry, Message, Ticket
from tests.factories import CustomerFactory, MessageFactory, TicketFactory, UserFactory
from tests.support.tickets.pages import act_on, page_of, words


@pytest.fixture
def ticket(ada: Customer) -> Ticket:
    ticket: Ticket = TicketFactory.create(customer=ada)
    MessageFactory.create(ticket=ticket)
    return ticket


def status_of(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return ticket.status


def told(client: Client, ticket: Ticket, act: str, **posted: str) -> str:
    """What the page says after an act."""
    return client.post(act_on(ticket, act), posted, follow=True).content.decode()


def test_an_answer_is_kept_and_goes_to_the_person(desk: Client, ticket: Ticket) -> None:
    page = told(desk, ticket, "answer", body="Please try again now.")

    assert "The answer is kept and on its way." in page
    answer = Message.objects.get(kind="answer")
    assert (answer.address, answer.author.get_username()) == ("ada@example.test", "bob")  # type: ignore[union-attr]
    assert status_of(ticket) == "answered"


def test_an_answer_goes_to_the_address_that_asked(desk: Client, ada: Customer) -> None:
    other = TicketFactory.create(customer=ada, match="hand", email="ada.at.work@example.test")

    told(desk, other, "answer", body="Hello.")

    assert Message.objects.get().address == "ada.at.work@example.test"


def test_two_clicks_are_one_answer(desk: Client, ticket: Ticket) -> None:
    for _ in range(2):
        told(desk, ticket, "answer", body="Once.")

    assert Message.objects.filter(kind="answer").count() == 1
    assert AuditEntry.objects.filter(act="answer_ticket").count() == 1


def test_an_answer_may_close_the_ticket(desk: Client, ticket: Ticket) -> None:
    told(desk, ticket, "answer", body="Done.", close="yes")

    assert status_of(ticket) == "closed"
    assert Message.objects.get(kind="answer").due_at is not None


def test_a_note_stays_here(desk: Client, ticket: Ticket) -> None:
    assert "only staff see it" in told(desk, ticket, "note", body="She called.")

    note = Message.objects.get(kind="note")
    assert (note.address, note.due_at) == ("", None)
    assert status_of(ticket) == "open"


@pytest.mark.parametrize("act", ["answer", "note"])
@pytest.mark.parametrize(
    ("body", "says"),
    [("", "Nothing was written"), ("  \0 ", "Nothing was written"), ("x" * 20_001, "Too long")],
)
def test_a_text_that_cannot_be_kept_is_refused(
    desk: Client, ticket: Ticket, act: str, body: str, says: str
) -> None:
    assert says in told(desk, ticket, act, body=body)
    assert Message.objects.count() == 1


def test_who_has_no_address_cannot_be_answered(desk: Client) -> None:
    ticket = TicketFactory.create(customer=CustomerFactory.create(email="", stripe_key="cus_bare"))

    assert "No e-mail address is known: link the person to answer." in words(desk, page_of(ticket))
    assert "No e-mail address is known" in told(desk, ticket, "answer", body="Hello?")
    assert not Message.objects.exists()


def test_a_closed_ticket_is_reopened_before_it_is_answered(desk: Client, ticket: Ticket) -> None:
    told(desk, ticket, "close")
    assert "This ticket is closed: reopen it first." in told(desk, ticket, "answer", body="Late.")

    told(desk, ticket, "reopen")

    assert status_of(ticket) == "open"
    assert ticket.closed_at is None
    page = words(desk, page_of(ticket))
    assert "bob closed the ticket" in page
    assert "bob reopened the ticket" in page


def test_closing_twice_is_closing_once(desk: Client, ticket: Ticket) -> None:
    told(desk, ticket, "close")
    told(desk, ticket, "close")

    assert AuditEntry.objects.filter(act="close_ticket").count() == 1


def test_a_ticket_is_given_to_somebody_and_to_nobody(desk: Client, ticket: Ticket) -> None:
    carol = str(UserFactory.create(username="carol", superuser=True).pk)

    told(desk, ticket, "assign", assignee=carol)
    assert "looked after by carol" in words(desk, page_of(ticket))
    told(desk, ticket, "assign", assignee="")
    assert "nobody looks after it" in words(desk, page_of(ticket))

    changes = AuditEntry.objects.filter(act="assign_ticket").order_by("pk").values_list("before", "after")
    assert list(changes) == [
        ({"assignee": None}, {"assignee": int(carol)}),
        ({"assignee": int(carol)}, {"assignee": None}),
    ]


def test_a_ticket_is_not_given_to_who_may_not_work_on_it(desk: Client, ticket: Ticket) -> None:
    dave = UserFactory.create()

    assert "may not work on tickets" in told(desk, ticket, "assign", assignee=str(dave.pk))
    assert "The form was not complete" in told(desk, ticket, "assign", assignee="dave")
    ticket.refresh_from_db()
    assert ticket.assignee_id is None
