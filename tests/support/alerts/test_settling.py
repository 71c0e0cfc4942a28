"""One row for each cause, said once, at most once an hour, and once more when it is over."""

from collections.abc import Sequence

import pytest
from django.core import mail
from django.db import connection

from integrations.models import Connection
from support.alerts import channels
from support.alerts.evaluation import evaluate, evaluate_in_turn
from support.alerts.finding import Finding
from support.alerts.sending import send_due
from support.alerts.settling import settle
from support.models import Alert, AlertKind
from tests.factories import ConnectionFactory, StripeEventFactory
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import answered, broken, moves_on, now, open_now, the_alert, waiting_sync


def events(listener: Listener) -> list[str]:
    return [each["event"] for each in listener.heard]


@pytest.fixture
def circle(db: None) -> Connection:
    return ConnectionFactory.create(slug="circle")


def test_a_cause_that_lasts_is_one_row_and_one_message(circle: Connection, listener: Listener) -> None:
    broken(circle)

    for _ in range(4):
        evaluate()
        send_due()

    assert Alert.objects.count() == 1
    assert events(listener) == ["opened"]
    assert len(mail.outbox) == 1


def test_when_it_is_over_that_is_said_once(circle: Connection, listener: Listener) -> None:
    broken(circle)
    evaluate(), send_due()
    broken(circle, failures=0)

    for _ in range(3):
        evaluate()
        send_due()

    assert events(listener) == ["opened", "recovered"]
    assert [each.subject for each in mail.outbox] == [
        "[Launch Ready]! A provider is down: Circle",
        "[Launch Ready] Over: A provider is down: Circle",
    ]


def test_a_cause_that_comes_and_goes_is_said_once_an_hour(circle: Connection, listener: Listener) -> None:
    for _ in range(5):
        broken(circle)
        evaluate(), send_due()
        broken(circle, failures=0)
        evaluate(), send_due()

    assert Alert.objects.count() == 5
    assert events(listener) == ["opened", "recovered"]

    broken(circle)
    evaluate(), send_due()
    moves_on(minutes=61)
    send_due()
    assert events(listener) == ["opened", "recovered", "opened"]


def test_what_was_over_before_it_could_be_said_is_not_said(circle: Connection, listener: Listener) -> None:
    broken(circle)
    evaluate()
    broken(circle, failures=0)
    evaluate()

    assert send_due() == 0
    assert events(listener) == []


def test_another_dead_event_is_news_but_not_within_the_hour(listener: Listener) -> None:
    StripeEventFactory.create(dead=True)
    evaluate(), send_due()
    StripeEventFactory.create(dead=True)
    evaluate(), send_due()
    assert events(listener) == ["opened"]

    moves_on(minutes=61)
    StripeEventFactory.create(dead=True)
    evaluate(), send_due()

    assert events(listener) == ["opened", "news"]
    assert "3 Stripe events" in listener.heard[-1]["what"]


def test_an_alert_says_what_for_whom_how_many_and_what_to_do_without_a_name(listener: Listener) -> None:
    sync = waiting_sync(seconds=100, customer__name="Ada Canary", customer__email="ada.canary@example.com")
    evaluate(), send_due()

    (said,), (message,) = listener.heard, mail.outbox
    page = f"http://testserver/admin/customers/customer/{sync.customer_id}/change/"
    assert (said["kind"], said["people_count"], said["customer_ids"]) == (
        "access_deadline",
        1,
        [sync.customer_id],
    )
    assert said["url"] == "http://testserver/admin/paid-but-outside/"
    assert message.to == ["founder@example.com"]
    for part in ("1 person paid and not in", "What to do: Open each customer", "For 1 person:", page):
        assert part in message.body
    for text in (str(said), message.body, message.subject, str(Alert.objects.values().get())):
        assert "canary" not in text.lower()


def test_without_anybody_to_tell_the_alert_is_still_there(circle: Connection) -> None:
    broken(circle)

    assert open_now() == ["breaker_open:circle"]
    assert channels.configured() == []
    assert the_alert("breaker_open:circle").messages.count() == 0


def test_whoever_asks_it_is_evaluated_once_in_ten_seconds() -> None:
    assert [evaluate_in_turn() for _ in range(3)] == [True, False, False]

    moves_on(seconds=11)
    assert evaluate_in_turn()


def test_a_rule_that_cannot_be_evaluated_is_an_alert_and_closes_nothing(circle: Connection) -> None:
    answered(503, "not_stored")
    broken(circle)
    assert open_now() == ["breaker_open:circle", "webhook_failed"]
    broken(circle, failures=0)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_deliveryminute RENAME TO billing_elsewhere")

    assert open_now() == [
        "rule_broken:signatures_refused",
        "rule_broken:webhook_failed",
        "webhook_failed",
    ]


def test_of_more_cases_than_an_alert_remembers_one_that_moves_up_is_no_news(listener: Listener) -> None:
    def look(cases: Sequence[int]) -> list[str]:
        finding = Finding(key="x", what="x", next_step="x", path="/admin/", cases=cases)
        settle([(AlertKind.EVENT_DEAD, finding)], unknown=[], now=now())
        send_due()
        moves_on(minutes=61)
        return events(listener)

    assert look(range(1_005)) == ["opened"]
    assert look(range(2, 1_005)) == ["opened"]
    assert look([0, *range(2, 1_005)]) == ["opened", "news"]
