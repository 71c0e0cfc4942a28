"""Connections that are paused or down, syncs that fail, the month's calls that run out."""

from datetime import date

import pytest

from integrations import pausing
from integrations.models import Connection
from tests.factories import ConnectionFactory, SyncAttemptFactory, SyncFactory
from tests.support.alerts.world import (
    ago,
    answered,
    broken,
    failed_sync,
    in_sync,
    moves_on,
    now,
    open_now,
    the_alert,
    waiting_sync,
)


@pytest.mark.parametrize(("count", "keys"), [(3, []), (4, ["syncs_failed"])])
def test_three_failed_syncs_in_ten_minutes_raise_none_and_four_do(count: int, keys: list[str]) -> None:
    for _ in range(count):
        failed_sync()

    assert open_now() == keys


def test_it_counts_syncs_and_not_their_tries() -> None:
    sync = failed_sync()
    SyncAttemptFactory.create_batch(9, sync=sync, outcome="retry", code="http_503")

    assert open_now() == []


def test_it_says_where_and_for_whom() -> None:
    syncs = [failed_sync(slug) for slug in ("kit", "kit", "circle", "kit")]
    open_now()

    alert = the_alert("syncs_failed")

    assert "4 syncs failed within 10 minutes, at circle, kit." in alert.what
    assert sorted(alert.customer_ids) == sorted(each.customer_id for each in syncs)
    assert alert.people_count == 4
    assert alert.path == "/admin/integrations/sync/?status__exact=retrying"


def test_it_leads_to_the_dead_letters_once_there_are_any() -> None:
    for _ in range(3):
        failed_sync()
    SyncAttemptFactory.create(sync=SyncFactory.create(dead=True), outcome="rejected", code="kit_422")
    open_now()

    assert the_alert("syncs_failed").path == "/admin/dead-letters/"


def test_what_failed_earlier_or_only_waited_for_our_own_limit_does_not_count() -> None:
    for _ in range(3):
        failed_sync()
    failed_sync(at=ago(minutes=11))
    failed_sync(code="our_limit")
    failed_sync(code="rate_limited")
    SyncAttemptFactory.create(outcome="credentials", code="token_refused")
    SyncAttemptFactory.create(outcome="lease_lost", code="lease_expired")

    assert open_now() == []


def test_a_connection_whose_key_is_refused_raises_one_alert_that_names_who_waits() -> None:
    circle = ConnectionFactory.create(slug="circle")
    syncs = [waiting_sync(seconds=300) for _ in range(5)]
    pausing.pause(circle.pk, reason="token_refused")

    assert open_now() == ["connection_paused:circle"]
    alert = the_alert("connection_paused:circle")
    assert "circle is paused: token refused. 5 people wait." in alert.what
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
    assert "circle goes on; 1 person still wait" in the_alert("connection_paused:circle").what

    in_sync(waited)
    assert open_now() == []


def test_a_provider_that_is_down_is_one_alert_whatever_waits_for_it() -> None:
    circle = ConnectionFactory.create(slug="circle")
    for _ in range(6):
        waiting_sync(seconds=600)
    for _ in range(6):
        failed_sync("circle")
    broken(circle)

    assert open_now() == ["breaker_open:circle"]
    assert the_alert("breaker_open:circle").people_count == 6


def test_failing_syncs_turn_into_the_provider_that_is_down() -> None:
    circle = ConnectionFactory.create(slug="circle")
    for _ in range(5):
        failed_sync("circle")
    assert open_now() == ["syncs_failed"]
    first = the_alert("syncs_failed").pk

    broken(circle)

    assert open_now() == ["breaker_open:circle"]
    assert the_alert("breaker_open:circle").pk == first


def test_failures_of_an_outage_are_not_told_again_when_it_is_over() -> None:
    circle = ConnectionFactory.create(slug="circle")
    for _ in range(6):
        failed_sync("circle")
    broken(circle)
    assert open_now() == ["breaker_open:circle"]

    broken(circle, failures=0)

    assert open_now() == []
    assert open_now() == []


def test_one_provider_down_does_not_hide_that_another_fails() -> None:
    broken(ConnectionFactory.create(slug="circle"))
    for _ in range(4):
        failed_sync("kit")

    assert open_now() == ["breaker_open:circle", "syncs_failed"]


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


def test_a_sync_that_kills_its_workers_raises_an_alert_alone() -> None:
    sync = SyncFactory.create(dead=True, priority=2)
    type(sync).objects.update(reason="killed_worker", due_since=ago(minutes=5))

    assert open_now() == ["sync_dead:circle:killed_worker"]
    assert the_alert("sync_dead:circle:killed_worker").customer_ids == [sync.customer_id]


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
