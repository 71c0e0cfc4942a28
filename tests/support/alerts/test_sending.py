"""Messages are claimed before they are sent and tried again; a channel that is dead is noticed."""

import threading
from collections.abc import Sequence

import pytest
from django.core import mail
from django.db import connection, connections
from django.db.models.functions import Now
from pytest_django import Settings

from integrations.lanes import registered
from integrations.timer import Timer
from support.alerts import watch
from support.alerts.evaluation import evaluate
from support.alerts.sending import send_due
from support.models import Alert, AlertMessage
from tests.factories import ConnectionFactory
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import broken, open_now


@pytest.fixture
def outage(db: None) -> None:
    broken(ConnectionFactory.create(slug="circle"))


def due_now() -> None:
    AlertMessage.objects.filter(due_at__isnull=False).update(due_at=Now())


def webhook() -> AlertMessage:
    return AlertMessage.objects.get(channel="webhook", alert__kind="breaker_open")


def test_a_failed_send_is_tried_again_and_says_why(outage: None, listener: Listener) -> None:
    listener.status = 503
    evaluate()

    assert send_due() == 1  # the mail
    assert (webhook().sent_at, webhook().error, webhook().attempt_count) == (None, "http_503", 1)

    listener.status = 200
    due_now()
    assert send_due() == 1
    assert webhook().sent_at is not None
    assert webhook().error == ""
    assert len(mail.outbox) == 1


def test_a_dead_channel_becomes_an_alert_that_the_other_channel_tells(
    outage: None, listener: Listener
) -> None:
    listener.status = 500
    evaluate()
    for _ in range(3):
        due_now()
        send_due()

    assert open_now() == ["breaker_open:circle", "channel_dead:webhook"]
    send_due()
    assert [each.subject for each in mail.outbox][1:] == [
        "[Launch Ready]! Alerts do not get through: webhook"
    ]
    assert not AlertMessage.objects.filter(alert__kind="channel_dead", channel="webhook").exists()

    listener.status = 200
    due_now()
    send_due()
    assert open_now() == ["breaker_open:circle"]


def test_a_redirect_is_not_followed(outage: None, listener: Listener) -> None:
    listener.status, listener.location = 302, "http://127.0.0.1:9/elsewhere"
    evaluate()
    send_due()

    assert webhook().error == "redirected"
    assert len(listener.heard) == 1


def test_a_chat_tool_that_answers_a_plain_word_has_taken_it(outage: None, listener: Listener) -> None:
    listener.status, listener.body = 200, b"ok"
    evaluate()

    assert send_due() == 2
    assert len(listener.heard) == 1


def test_mail_that_cannot_be_sent_is_tried_again(outage: None, settings: Settings) -> None:
    settings.ALERT_EMAILS = ["founder@example.com"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    evaluate()

    assert send_due() == 0
    message = AlertMessage.objects.get()
    assert (message.error, message.sent_at) == ("ConnectionRefusedError", None)


def test_a_channel_that_is_not_set_any_more_is_not_tried_again(
    outage: None, listener: Listener, settings: Settings
) -> None:
    evaluate()
    settings.ALERT_WEBHOOK_URL = ""

    assert send_due() == 1
    assert (webhook().error, webhook().due_at) == ("not_configured", None)


def test_a_message_whose_sender_died_is_sent_when_its_lease_is_over(outage: None, listener: Listener) -> None:
    evaluate()
    AlertMessage.objects.update(lease_until=Now(), attempt_count=1)

    assert send_due() == 2


@pytest.mark.django_db(transaction=True)
def test_many_who_evaluate_and_send_at_once_open_one_alert_and_send_one_message(listener: Listener) -> None:
    broken(ConnectionFactory.create(slug="circle"))
    gate = threading.Barrier(6)

    def tend() -> None:
        gate.wait()
        try:
            for _ in range(3):
                evaluate()
                send_due()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tend) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert Alert.objects.count() == 1
    assert [each["event"] for each in listener.heard] == ["opened"]
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends.locmem import EmailBackend

    inside: list[bool] = []
    original = EmailBackend.send_messages

    def noting(self: EmailBackend, sent: Sequence[mail.EmailMessage]) -> int:
        inside.append(connection.in_atomic_block)
        return original(self, sent)

    monkeypatch.setattr(EmailBackend, "send_messages", noting)
    broken(ConnectionFactory.create(slug="circle"))
    watch.tend()

    assert inside == [False]


def test_the_sweeper_of_a_worker_tends_the_alerts_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    (lane,) = [each for each in registered() if each.name == "alerts"]
    assert lane.claim(1) == []  # no worker: nobody is handed anything

    timer = Timer("of a test", seconds=60, first_after=0)
    timer.begin()
    monkeypatch.setattr(watch, "TIMER", timer)
    assert [lane.claim(1), lane.claim(1)] == [[0], []]
