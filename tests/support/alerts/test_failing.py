"""Syncs that fail or were given up: more than three at one connection or at all, and which alert says so."""

import pytest
from django.conf import settings

from integrations.models import Connection, Sync
from support.alerts.evaluation import evaluate
from support.alerts.sending import send_due
from tests.factories import (
    ConnectionFactory,
    SyncAttemptFactory,
    SyncFactory,
)
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import (
    ago,
    broken,
    failed_sync,
    in_sync,
    moves_on,
    now,
    open_now,
    the_alert,
    waiting_sync,
)


@pytest.mark.parametrize(("count", "keys"), [(3, []), (4, ["syncs_failed:kit"])])
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

    assert "4 syncs failed within 10 minutes, at Circle, Kit." in alert.what
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
    assert open_now() == ["syncs_failed:circle"]
    first = the_alert("syncs_failed:circle").pk

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

    assert open_now() == ["breaker_open:circle", "syncs_failed:kit"]


def test_a_provider_that_is_down_is_told_though_failing_syncs_of_another_one_were(listener: Listener) -> None:
    for _ in range(4):
        failed_sync("kit")
    evaluate(), send_due()
    Connection.objects.filter(slug="kit").update(mode="off", paused_at=now(), pause_reason="staff")
    broken(ConnectionFactory.create(slug="circle"))
    evaluate(), send_due()

    assert listener.told == {
        ("opened", "syncs_failed"): 1,
        ("recovered", "syncs_failed"): 1,
        ("opened", "breaker_open"): 1,
    }


def test_a_provider_that_fails_is_told_though_another_fails_all_the_time(listener: Listener) -> None:
    for _ in range(4):
        failed_sync("kit", code="kit_422")
    evaluate(), send_due()

    for _ in range(4):
        failed_sync("circle")
    evaluate(), send_due()

    assert [each["key"] for each in listener.heard] == ["syncs_failed:kit", "syncs_failed:circle"]


def test_failures_here_and_there_turn_into_those_of_one_provider(listener: Listener) -> None:
    for slug in ("kit", "kit", "circle", "circle"):
        failed_sync(slug)
    evaluate(), send_due()
    for _ in range(2):
        failed_sync("circle")
    evaluate(), send_due()

    assert open_now() == ["syncs_failed:circle"]
    assert [each["key"] for each in listener.heard] == ["syncs_failed"]


def test_the_same_cause_given_up_for_another_person_is_news_though_the_first_is_mended(
    listener: Listener,
) -> None:
    first, second = SyncFactory.create(dead=True), SyncFactory.create()
    Sync.objects.filter(pk=first.pk).update(reason="member_limit")
    evaluate(), send_due()
    third = SyncFactory.create(dead=True)
    Sync.objects.filter(pk=third.pk).update(reason="member_limit")
    in_sync(first)
    evaluate()
    moves_on(minutes=61)
    send_due()

    assert [each["event"] for each in listener.heard] == ["opened", "news"]
    assert listener.heard[-1]["customer_ids"] == [third.customer_id]
    assert second.status == "in_sync"


def test_a_sync_that_kills_its_workers_raises_an_alert_alone() -> None:
    sync = SyncFactory.create(dead=True, priority=2)
    type(sync).objects.update(reason="killed_worker", due_since=ago(minutes=5))

    assert open_now() == ["sync_dead:circle:killed_worker"]
    assert the_alert("sync_dead:circle:killed_worker").customer_ids == [sync.customer_id]


def test_a_cause_that_meets_everybody_is_told_in_the_words_of_the_desk(listener: Listener) -> None:
    sync = SyncFactory.create(connection=ConnectionFactory.create(slug="kit"), dead=True)
    said = "Kit's plan has no room for another subscriber."
    Sync.objects.filter(pk=sync.pk).update(reason="subscriber_limit", explanation=said)
    evaluate(), send_due()

    told = listener.heard[-1]
    assert told["what"] == f"Kit: 1 person could not be synced. {said}"
    assert told["next_step"].startswith("Kit's plan is full. Raise it in Kit, then replay.")
    assert told["next_step"].endswith("in docs/runbook.md, in the repository.")
    assert "subscriber_limit" in (settings.BASE_DIR / "docs/runbook.md").read_text()
    assert told["text"].startswith("[Launch Ready]! Syncs are given up until their cause is mended\n")
