"""Answers are mailed once: tried again when surely not sent, left to a person when in doubt."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from integrations.sweeper import drain
from support.models import Message
from support.tickets import mailing
from tests.factories import MessageFactory, TicketFactory, UserFactory
from tests.support.tickets.pages import act_on, page_of, words

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def answer(db: None) -> Message:
    """Due now."""
    message: Message = MessageFactory.create(
        kind="answer", body="Please try again.", address="ada@example.test", due_at=Now(),
        ticket=TicketFactory.create(subject="I cannot get in"),
    )  # fmt: skip
    return message


def now(message: Message) -> tuple[bool, str, bool]:
    """Whether it was sent, what is in the way, whether it is due."""
    message.refresh_from_db()
    return message.sent_at is not None, message.unsent, message.due_at is not None


def test_an_answer_is_mailed_by_the_worker_once(answer: Message, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "help@example.test"
    drain()
    drain()
    mailing.send(answer.pk)

    (sent,) = mail.outbox
    assert (sent.subject, sent.body) == ("Re: I cannot get in", "Please try again.")
    assert (sent.to, sent.from_email) == (["ada@example.test"], "help@example.test")
    assert now(answer) == (True, "", False)


def test_without_mail_the_answer_is_kept_and_says_so(desk: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    ticket = TicketFactory.create()

    page = desk.post(act_on(ticket, "answer"), {"body": "Hello."}, follow=True).content.decode()

    assert "Mail is not set up here: copy the answer into your own mail" in page
    assert now(Message.objects.get()) == (False, "no_mail", False)


def test_a_mail_server_that_is_away_is_tried_again(answer: Message, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 9
    mailing.send(answer.pk)

    assert now(answer) == (False, "failed", True)
    assert mailing.claim(5) == []

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Message.objects.update(due_at=Now())
    mailing.send(answer.pk)
    assert now(answer) == (True, "", False)


def test_it_is_given_up_after_about_a_day(answer: Message, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 9
    Message.objects.update(attempt_count=mailing.MOST_TRIES - 1)

    mailing.send(answer.pk)

    assert now(answer) == (False, "given_up", False)


def test_who_died_with_it_in_hand_may_have_sent_it_so_a_person_decides(answer: Message, desk: Client) -> None:
    Message.objects.update(lease_until=Now() - timedelta(seconds=1), attempt_count=1)

    drain()

    assert mail.outbox == []
    assert now(answer) == (False, "in_doubt", False)
    page = words(desk, page_of(answer.ticket))
    assert "Nobody knows whether it went out; it is not sent twice by itself." in page

    desk.post(act_on(answer.ticket, "mail_again"), {"message": answer.pk})
    drain()
    assert len(mail.outbox) == 1
    assert "bob had the answer mailed again" in words(desk, page_of(answer.ticket))


def test_what_somebody_else_has_in_hand_is_left_alone(answer: Message) -> None:
    Message.objects.update(lease_until=Now() + timedelta(seconds=60), attempt_count=1)

    drain()
    mailing.send(answer.pk)

    assert mail.outbox == []
    assert now(answer) == (False, "", True)


@pytest.mark.parametrize("columns", [{"sent_at": Now(), "due_at": None}, {}])
def test_what_was_mailed_or_waits_is_not_mailed_again(
    answer: Message, desk: Client, columns: dict[str, object]
) -> None:
    Message.objects.update(**columns)

    page = desk.post(act_on(answer.ticket, "mail_again"), {"message": answer.pk}, follow=True)

    assert "nothing to do" in page.content.decode()
    assert Message.objects.get().attempt_count == 0


def test_a_message_of_another_ticket_is_not_mailed(answer: Message, desk: Client) -> None:
    Message.objects.update(due_at=None, unsent="given_up")
    other = TicketFactory.create(opened_by=UserFactory.create())

    desk.post(act_on(other, "mail_again"), {"message": answer.pk})

    assert now(answer) == (False, "given_up", False)
