"""A channel in trouble delays no other one, is dead until it takes one, and says nothing out of turn."""

import socket
import time
from collections.abc import Iterator

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from integrations.models import Connection
from support.alerts import channels, sending
from support.alerts.evaluation import evaluate
from support.alerts.finding import rows
from support.alerts.sending import send_due
from support.models import AlertMessage
from tests.factories import ConnectionFactory
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import broken, in_sync, open_now, the_alert, waiting_sync


@pytest.fixture
def circle(db: None) -> Connection:
    circle = ConnectionFactory.create(slug="circle")
    broken(circle)
    return circle


@pytest.fixture
def silent_mail(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mail server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        monkeypatch.setattr(channels, "MAIL_SECONDS", 2)
        yield


def due_now() -> None:
    AlertMessage.objects.filter(due_at__isnull=False).update(due_at=Now())


def fails_three_times() -> None:
    for _ in range(3):
        due_now()
        send_due()


def test_a_silent_mail_server_is_asked_once_and_the_webhook_does_not_wait(
    circle: Connection, listener: Listener, silent_mail: None
) -> None:
    for slug in ("kit", "circle-two", "circle-three", "kit-two"):
        broken(ConnectionFactory.create(slug=slug))
    evaluate()

    started = time.monotonic()
    assert send_due() == 5

    assert time.monotonic() - started < 9.5  # five mails alone would take 10 s
    tried = AlertMessage.objects.filter(channel="email", attempt_count__gt=0)
    assert (tried.count(), len(listener.heard)) == (1, 5)


def test_what_was_not_tried_yet_goes_before_what_failed(
    circle: Connection, listener: Listener, silent_mail: None
) -> None:
    evaluate()
    send_due()
    due_now()
    AlertMessage.objects.filter(channel="webhook").delete()
    broken(ConnectionFactory.create(slug="kit"))
    evaluate()

    send_due()

    assert the_alert("breaker_open:circle").messages.get().attempt_count == 1
    assert the_alert("breaker_open:kit").messages.filter(sent_at=None).get().attempt_count == 1


def test_a_channel_is_dead_until_it_takes_a_message(circle: Connection, listener: Listener) -> None:
    listener.status = 500
    evaluate()
    fails_three_times()
    assert open_now() == ["breaker_open:circle", "channel_dead:webhook"]

    broken(circle, failures=0)
    evaluate()  # nothing is left that could not be sent
    assert open_now() == ["channel_dead:webhook"]
    assert "1 alerts could not be sent by webhook: http 500." in the_alert("channel_dead:webhook").what

    listener.status = 200
    broken(ConnectionFactory.create(slug="kit"))
    evaluate(), send_due()
    assert open_now() == ["breaker_open:kit"]


def test_a_dead_channel_that_is_not_configured_any_more_is_no_alert(
    circle: Connection, listener: Listener, settings: Settings
) -> None:
    listener.status = 500
    evaluate()
    fails_three_times()
    broken(circle, failures=0)
    evaluate()
    assert open_now() == ["channel_dead:webhook"]

    settings.ALERT_WEBHOOK_URL = ""

    assert open_now() == []


def claimed(channel: str) -> AlertMessage:
    """The message as somebody holds it who is sending it now."""
    AlertMessage.objects.exclude(channel=channel).delete()
    ((pk,),) = rows(sending._CLAIM, silent=[])
    return AlertMessage.objects.select_related("alert").get(pk=pk)


def test_an_opening_that_fails_after_its_alert_is_over_is_not_said_nor_that_it_is_over(
    circle: Connection, listener: Listener
) -> None:
    evaluate()
    opening = claimed("webhook")
    broken(circle, failures=0)
    evaluate()
    assert send_due() == 0  # that it is over waits for the opening

    sending._not_sent(opening, "http_500")

    assert send_due() == 0
    assert listener.heard == []
    assert not AlertMessage.objects.exists()


def test_an_opening_that_gets_through_after_its_alert_is_over_comes_before_the_end(
    circle: Connection, listener: Listener
) -> None:
    evaluate()
    opening = claimed("webhook")
    broken(circle, failures=0)
    evaluate()

    send_due()
    sending._sent(opening)
    send_due()

    assert [each["event"] for each in listener.heard] == ["opened", "recovered"]


def test_news_that_fails_after_its_alert_is_over_leaves_the_end_to_be_said(listener: Listener) -> None:
    late = waiting_sync(seconds=65)
    evaluate(), send_due()
    alert = the_alert("access_deadline:circle")
    AlertMessage.objects.create(alert=alert, channel="webhook", occasion="news", mark=1, due_at=Now())
    news = claimed("webhook")
    assert news.occasion == "news"

    in_sync(late)
    evaluate()
    sending._not_sent(news, "http_500")
    send_due()

    assert [each["event"] for each in listener.heard] == ["opened", "recovered"]
