"""Connections that are paused or down, syncs that fail, the month's calls that run out."""

from datetime import date

import pytest

from billing.models import StripeEvent
from integrations import pausing
from integrations.models import Connection
from tests.factories import (
    ConnectionFactory,
    CustomerFactory,
    StripeEventFactory,
)
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import (
    ago,
    answered,
    broken,
    in_sync,
    moves_on,
    now,
    open_now,
    the_alert,
    waiting_sync,
)


def test_a_connection_whose_key_is_refused_raises_one_alert_that_names_who_waits() -> None:
    circle = ConnectionFactory.create(slug="circle")
    syncs = [waiting_sync(seconds=300) for _ in range(5)]
    pausing.pause(circle.pk, reason="token_refused")

    assert open_now() == ["connection_paused:circle"]
    alert = the_alert("connection_paused:circle")
    assert "Circle is paused: token refused. 5 people wait." in alert.what
    assert sorted(alert.customer_ids) == sorted(each.customer_id for each in syncs)
    assert "CIRCLE_CREDENTIAL" in alert.next_step
    assert "manage.py connection circle resume" in alert.next_step


def test_the_alert_stays_until_everybody_who_waited_is_served() -> None:
    circle = ConnectionFactory.create(slug="circle")
    waited = waiting_sync(seconds=300)
    pausing.pause(circle.pk, reason="staff")
    assert open_now() == ["connection_paused:circle"]

    pausing.resume(circle.pk)
    assert open_now() == ["connection_paused:circle"]
    assert "Circle goes on; 1 person still wait" in the_alert("connection_paused:circle").what

    in_sync(waited)
    assert open_now() == []


def test_a_paused_stripe_says_how_many_events_wait_and_is_over_when_they_are_processed(
    listener: Listener,
) -> None:
    stripe = ConnectionFactory.create(slug="stripe")
    ada = CustomerFactory.create()
    waiting = {"status": "received", "processed_at": None, "due_at": ago(minutes=5)}
    StripeEventFactory.create_batch(2, customer=ada, received_at=ago(minutes=5), **waiting)
    StripeEventFactory.create(received_at=ago(minutes=5), **waiting)
    pausing.pause(stripe.pk, reason="key_refused")

    assert open_now() == ["connection_paused:stripe"]
    alert = the_alert("connection_paused:stripe")
    assert "Stripe is paused: key refused. 3 events wait." in alert.what
    assert (alert.customer_ids, alert.people_count) == ([ada.pk], 1)

    pausing.resume(stripe.pk)
    assert open_now() == ["connection_paused:stripe"]
    assert "Stripe goes on; 3 events still wait" in the_alert("connection_paused:stripe").what

    StripeEvent.objects.update(status="processed", due_at=None, processed_at=now())
    assert open_now() == []


def test_a_stripe_that_is_down_says_so_too() -> None:
    broken(ConnectionFactory.create(slug="stripe"))
    StripeEventFactory.create(status="received", processed_at=None, due_at=ago(minutes=5))

    assert open_now() == ["breaker_open:stripe"]
    assert "every 30 seconds. 1 event wait" in the_alert("breaker_open:stripe").what


@pytest.mark.parametrize(
    ("used", "keys"),
    [
        (3_499, []),
        (3_500, ["quota_low:circle:70%"]),
        (4_499, ["quota_low:circle:70%"]),
        (4_500, ["quota_low:circle:70%", "quota_low:circle:90%"]),
        (5_000, ["quota_low:circle:70%", "quota_low:circle:90%"]),
    ],
)
def test_the_months_calls_are_told_at_seventy_and_ninety_percent(used: int, keys: list[str]) -> None:
    ConnectionFactory.create(quota_limit=5_000, quota_used=used, quota_month=now().date().replace(day=1))

    assert open_now() == keys


def test_last_months_calls_raise_none() -> None:
    ConnectionFactory.create(quota_limit=5_000, quota_used=5_000, quota_month=date(2026, 1, 1))

    assert open_now() == []


def test_a_connection_that_is_off_raises_none() -> None:
    ConnectionFactory.create(slug="circle", mode="off", paused_at=now(), pause_reason="staff")
    answered(200, "")

    assert open_now() == []
    assert Connection.objects.count() == 1


def test_after_an_outage_the_clock_of_access_starts_anew() -> None:
    circle = ConnectionFactory.create(slug="circle")
    waiting_sync(seconds=600, due_at=ago(seconds=-3600))  # waits for its own next try, in an hour
    broken(circle)
    assert open_now() == ["breaker_open:circle"]

    broken(circle, failures=0)
    assert open_now() == []
    moves_on(seconds=61)
    assert open_now() == ["access_deadline:circle"]
