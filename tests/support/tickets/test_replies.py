"""What the person writes later belongs to the same ticket and opens it again; each text is one message."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from pytest_django import Settings

from customers.models import Customer
from integrations.sweeper import drain
from support.models import Message, Ticket
from support.tickets.opening import Question, open_by_api
from tests.support.tickets.pages import QUEUE, act_on, page_of, words
from tests.support.tickets.test_api import GOOD, TOKEN, post

THREAD = GOOD | {"external_id": "thread-1"}


@pytest.fixture(autouse=True)
def tokens(settings: Settings, db: None) -> None:
    settings.SUPPORT_API_TOKENS = [TOKEN]


def texts(ticket: Ticket) -> list[str]:
    return list(ticket.messages.values_list("body", flat=True))


@pytest.mark.parametrize("act", ["answer", "close"])
def test_a_later_text_opens_the_ticket_again(desk: Client, ada: Customer, act: str) -> None:
    ticket = Ticket.objects.get(pk=post(desk, THREAD).json()["id"])
    desk.post(act_on(ticket, act), {"body": "Please try again."})
    assert ticket.subject not in words(desk, QUEUE)

    answer = post(desk, THREAD | {"body": "Still not."})

    assert (answer.status_code, answer.json()) == (201, {"id": ticket.pk, "status": "open"})
    assert texts(ticket)[-1] == "Still not."
    assert "They wrote again" in words(desk, page_of(ticket))
    assert ticket.subject in words(desk, QUEUE)


def test_the_same_words_again_are_no_news_and_do_not_reopen(desk: Client, ada: Customer) -> None:
    ticket = Ticket.objects.get(pk=post(desk, THREAD).json()["id"])
    desk.post(act_on(ticket, "close"))

    again = post(desk, THREAD)

    assert (again.status_code, again.json()["status"]) == (200, "closed")
    assert texts(ticket) == ["Why?"]


def test_with_keys_of_their_own_the_same_words_are_two_texts(client: Client) -> None:
    post(client, THREAD | {"message_id": "<1@mail.example.test>"})
    second = THREAD | {"message_id": "<01c6$0a7b~{2}@mail.example.test>"}

    assert [post(client, second).status_code, post(client, second).status_code] == [201, 200]
    assert texts(Ticket.objects.get()) == ["Why?", "Why?"]


def test_a_mail_that_answers_ours_belongs_to_its_ticket(desk: Client, ada: Customer) -> None:
    ticket = Ticket.objects.get(pk=post(desk).json()["id"])
    desk.post(act_on(ticket, "answer"), {"body": "Please try again.", "close": "yes"})
    drain()
    ours = str(mail.outbox[0].extra_headers["Message-ID"])

    answer = post(desk, GOOD | {"subject": "Re: I cannot get in", "body": "It works!", "in_reply_to": ours})

    assert answer.json() == {"id": ticket.pk, "status": "open"}
    assert texts(ticket) == ["Why?", "Please try again.", "It works!"]


@pytest.mark.parametrize(
    ("email", "given"),
    [
        ("eve@example.test", "{ours}"),  # not whom we wrote to
        ("ada@example.test", "<answer-{other}@127.0.0.1>"),
        ("ada@example.test", "<answer-{pk}@elsewhere.example.test>"),
        ("ada@example.test", "<answer-999999999999999999@127.0.0.1>"),
        ("ada@example.test", "nonsense"),
    ],
)
def test_a_mail_that_answers_nothing_of_ours_to_them_is_a_ticket_of_its_own(
    desk: Client, ada: Customer, email: str, given: str
) -> None:
    ticket = Ticket.objects.get(pk=post(desk).json()["id"])
    desk.post(act_on(ticket, "answer"), {"body": "Please try again."})
    drain()
    question, answer = ticket.messages.order_by("pk")
    ours = str(mail.outbox[0].extra_headers["Message-ID"])
    reply = given.format(ours=ours, pk=answer.pk, other=question.pk)

    said = post(desk, GOOD | {"email": email, "body": "Me too.", "in_reply_to": reply})

    assert said.status_code == 201
    assert said.json()["id"] != ticket.pk


def test_who_writes_from_another_address_is_named(desk: Client, ada: Customer) -> None:
    ticket = Ticket.objects.get(pk=post(desk, THREAD).json()["id"])

    post(desk, THREAD | {"email": "ada.work@example.test", "body": "It is me."})

    assert "They wrote again from ada.work@example.test" in words(desk, page_of(ticket))
    ticket.refresh_from_db()
    assert (ticket.customer, ticket.email) == (ada, "ada@example.test")


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_are_one_text() -> None:
    def say(_n: int) -> bool:
        try:
            return open_by_api(Question("Help", "Why?", "ada@example.test"), external_id="thread-1")[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as people:
        new = list(people.map(say, range(10)))

    assert sum(new) == 1
    assert Message.objects.count() == Ticket.objects.count() == 1


def form(desk: Client, **changed: Any) -> dict[str, Any]:
    """The form of a new ticket as a browser would send it, filled in."""
    page = desk.get("/admin/support/ticket/add/")
    key = page.context["form"]["key"].value()
    return {"email": "ada@example.test", "subject": "Help", "body": "Why?", "key": key} | changed


def test_a_form_that_is_sent_twice_is_one_ticket(desk: Client, ada: Customer) -> None:
    filled = form(desk)

    desk.post("/admin/support/ticket/add/", filled)
    answer = desk.post("/admin/support/ticket/add/", filled, follow=True)

    assert answer.request["PATH_INFO"] == page_of(Ticket.objects.get())
    assert Message.objects.count() == 1


def test_going_back_and_asking_something_else_is_another_ticket(desk: Client, ada: Customer) -> None:
    filled = form(desk)
    desk.post("/admin/support/ticket/add/", filled)

    desk.post("/admin/support/ticket/add/", filled | {"body": "And why not?"})

    assert sorted(Message.objects.values_list("body", flat=True)) == ["And why not?", "Why?"]
    assert Ticket.objects.count() == 2


def test_an_answer_to_a_ticket_that_a_colleague_closed_meanwhile_is_not_lost(
    desk: Client, ada: Customer
) -> None:
    ticket = Ticket.objects.get(pk=post(desk).json()["id"])
    desk.post(act_on(ticket, "close"))
    typed = {"body": "A long & careful answer."}

    stale = desk.post(act_on(ticket, "answer"), typed).content.decode()

    assert "This ticket is closed" in stale
    assert "A long &amp; careful answer.</textarea>" in stale
    assert texts(ticket) == ["Why?"]

    desk.post(act_on(ticket, "answer"), typed | {"reopen": "yes"})

    ticket.refresh_from_db()
    assert (ticket.status, texts(ticket)[-1]) == ("answered", typed["body"])


def test_an_empty_answer_does_not_reopen(desk: Client, ada: Customer) -> None:
    ticket = Ticket.objects.get(pk=post(desk).json()["id"])
    desk.post(act_on(ticket, "close"))

    desk.post(act_on(ticket, "answer"), {"body": " ", "reopen": "yes"})

    ticket.refresh_from_db()
    assert ticket.status == "closed"
