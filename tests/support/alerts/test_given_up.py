"""People whom nobody tries any more stay named, whatever else is wrong; another one who is late is news."""

from typing import Any

import pytest

from integrations import pausing
from integrations.models import Connection, Mode, Sync, SyncStatus
from integrations.sandbox import Sandbox
from support import connections
from support.alerts.evaluation import evaluate
from support.alerts.sending import send_due
from tests.factories import ConnectionFactory, PlanMappingFactory, StripeEventFactory
from tests.sandbox_world import Buyer, Catalog, catalog, later, sandbox
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import ago, broken, in_sync, moves_on, open_now, the_alert, waiting_sync

__all__ = ["catalog", "sandbox"]

GIVEN_UP: dict[str, Any] = {"status": SyncStatus.DEAD_LETTER, "reason": "rejected", "due_at": None}


@pytest.mark.parametrize("trouble", ["paused", "down"])
def test_somebody_given_up_who_is_still_in_stays_named_while_the_connection_is_in_trouble(
    trouble: str, listener: Listener
) -> None:
    sync = waiting_sync(seconds=65, priority=0, **GIVEN_UP)
    evaluate(), send_due()
    if trouble == "paused":
        pausing.pause(sync.connection_id, reason="staff")
    else:
        broken(sync.connection)

    keys = open_now()
    send_due()

    assert keys[0] == "access_dead:circle"
    assert len(keys) == 2
    assert the_alert("access_dead:circle").customer_ids == [sync.customer_id]
    assert ("recovered", "access_deadline") not in listener.told


@pytest.mark.parametrize(("status", "key"), [(422, "access_dead:circle"), (500, "access_deadline:circle")])
def test_who_paid_and_fails_there_after_a_switch_to_live_is_named_though_the_switch_was_not_urgent(
    status: int, key: str, sandbox: Sandbox, catalog: Catalog
) -> None:
    Connection.objects.filter(pk=catalog.circle.pk).update(mode=Mode.OFF)
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    sandbox.circle.fail(status)
    connections.set_mode("circle", Mode.LIVE, by=None, reason="we open")
    for _ in range(3):
        later(seconds=40)

    assert open_now() == [key]
    alert = the_alert(key)
    assert alert.customer_ids == [buyer.row.pk]
    assert "1 person paid and not in" in alert.what


@pytest.mark.parametrize("given_up", [True, False])
def test_who_is_in_or_needs_nothing_there_is_not_named_for_a_profile_that_fails(given_up: bool) -> None:
    failing = {"status": SyncStatus.RETRYING, "first_failed_at": ago(hours=1), "due_at": ago(seconds=-60)}
    state: dict[str, Any] = GIVEN_UP if given_up else failing
    mapping = PlanMappingFactory.create(
        connection=ConnectionFactory.create(), options={"access_groups": [101]}
    )
    wanted: dict[str, Any] = {"desired": {"groups": [101]}, "observed": {"groups": {"101": "in"}}}
    waiting_sync(
        seconds=65, priority=2, customer__paying=True, customer__plan=mapping.plan, **wanted, **state
    )
    waiting_sync(seconds=65, priority=2, **state)

    assert open_now() == []


def test_somebody_given_up_hides_nobody_who_still_waits() -> None:
    given_up = waiting_sync(seconds=65, priority=0, **GIVEN_UP)
    waiting = waiting_sync(seconds=65)

    assert open_now() == ["access_dead:circle", "access_deadline:circle"]
    assert the_alert("access_dead:circle").customer_ids == [given_up.customer_id]
    assert the_alert("access_deadline:circle").customer_ids == [waiting.customer_id]


def test_somebody_given_up_explains_no_work_that_waits() -> None:
    waiting_sync(seconds=65, priority=0, **GIVEN_UP)
    waiting_sync(seconds=70, priority=2)

    assert open_now() == ["access_dead:circle", "oldest_due:circle"]


def test_somebody_late_who_is_given_up_and_tried_anew_is_told_once(listener: Listener) -> None:
    sync = waiting_sync(seconds=65, priority=0)
    evaluate(), send_due()
    row = Sync.objects.filter(pk=sync.pk)

    row.update(**GIVEN_UP)
    assert open_now() == ["access_dead:circle"]
    row.update(status=SyncStatus.PENDING, due_at=ago(seconds=1))
    assert open_now() == ["access_deadline:circle"]
    send_due()
    assert listener.told == {("opened", "access_deadline"): 1}

    in_sync(sync)
    evaluate(), send_due()
    assert listener.told == {("opened", "access_deadline"): 1, ("recovered", "access_deadline"): 1}


def test_another_person_who_is_late_is_news_though_there_were_more_before(listener: Listener) -> None:
    first, _ = waiting_sync(seconds=65), waiting_sync(seconds=65)
    evaluate(), send_due()
    in_sync(first)
    evaluate(), send_due()
    moves_on(hours=3)
    evaluate(), send_due()
    assert listener.told == {("opened", "access_deadline"): 1}

    another = waiting_sync(seconds=65)
    for _ in range(2):
        evaluate(), send_due()

    assert listener.told == {("opened", "access_deadline"): 1, ("news", "access_deadline"): 1}
    assert another.customer_id in listener.heard[-1]["customer_ids"]


def test_another_dead_event_is_news_though_there_were_more_before(listener: Listener) -> None:
    first, second = StripeEventFactory.create_batch(2, dead=True)
    older = StripeEventFactory.create(status="failed", reason="error", processed_at=None, due_at=ago())
    evaluate(), send_due()
    for event in (first, second):
        event.status, event.reason, event.processed_at = "processed", "", ago()
        event.save()
    StripeEventFactory.create(dead=True)
    evaluate(), send_due()
    assert listener.told == {("opened", "event_dead"): 1}  # within the hour

    moves_on(minutes=61)
    evaluate(), send_due()
    assert listener.told[("news", "event_dead")] == 1

    moves_on(minutes=61)
    older.status, older.reason, older.due_at = "dead_letter", "stripe_answers_500", None
    older.save()
    evaluate(), send_due()
    assert listener.told[("news", "event_dead")] == 2


def test_a_channel_that_takes_nothing_keeps_no_news_from_the_other(listener: Listener) -> None:
    listener.status = 500
    waiting_sync(seconds=65)
    evaluate(), send_due()
    moves_on(minutes=61)
    waiting_sync(seconds=65)
    listener.status, listener.heard = 200, []
    evaluate(), send_due()

    # The webhook's first message tells of both by now; the mail said the first one an hour ago.
    assert listener.told == {("opened", "access_deadline"): 1}
    alert = the_alert("access_deadline:circle")
    assert sorted(alert.messages.exclude(sent_at=None).values_list("channel", "occasion")) == [
        ("email", "news"),
        ("email", "opened"),
        ("webhook", "opened"),
    ]


def test_a_newcomer_while_the_first_message_is_on_its_way_is_news_an_hour_later(listener: Listener) -> None:
    waiting_sync(seconds=65)
    evaluate()
    alert = the_alert("access_deadline:circle")
    alert.messages.update(lease_until=ago(seconds=-30))
    waiting_sync(seconds=65)

    evaluate()

    news = alert.messages.filter(occasion="news")
    assert sorted(news.values_list("channel", flat=True)) == ["email", "webhook"]
    assert all(each.due_at > ago(minutes=-59) for each in news if each.due_at)
