"""What the worker counts for the front page: how fast people come in, and where buyers stop."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.models import DeliveryMinute
from customers.models import Customer
from integrations.engine.claim import database_now
from integrations.models import Heartbeat, Outcome
from support.dashboard import rolling
from support.models import Figure, Measure, Span, Statistic
from tests.factories import (
    CheckoutSessionFactory,
    ConnectionFactory,
    CustomerFactory,
    LifecycleEventFactory,
    OneTimeEffectFactory,
    SyncAttemptFactory,
    SyncFactory,
)
from tests.refusal import refused

pytestmark = pytest.mark.django_db
LET_IN = [{"do": "add_groups", "ref": "101", "outcome": "done"}]


@pytest.fixture
def now() -> datetime:
    return database_now()


def enters(*, paid_at: datetime, in_at: datetime, **attempt: Any) -> Customer:
    """Somebody who paid, and was put into their group."""
    sync = SyncFactory.create(customer__paying=True)
    LifecycleEventFactory.create(customer=sync.customer, happened_at=paid_at)
    SyncAttemptFactory.create(sync=sync, finished_at=in_at, steps=LET_IN, **attempt)
    customer: Customer = sync.customer
    return customer


def paid_to_access(now: datetime) -> dict[str, Any]:
    rolling.count(now)
    value: dict[str, Any] = Figure.objects.get(name="paid_to_access").value
    return value


def test_paid_to_access_is_from_the_payment_to_the_group(now: datetime) -> None:
    for seconds in (1, 2, 90):
        enters(paid_at=now - timedelta(seconds=600), in_at=now - timedelta(seconds=600 - seconds))

    found = paid_to_access(now)

    assert (found["count"], found["good"]) == (3, 2)
    assert round(found["p50_ms"]) == 2_000


def test_an_access_step_counts_though_the_profile_was_refused(now: datetime) -> None:
    moments = {"paid_at": now - timedelta(seconds=10), "in_at": now - timedelta(seconds=7)}
    enters(**moments, outcome=Outcome.REJECTED, code="refused")

    assert round(paid_to_access(now)["p95_ms"]) == 3_000


def test_only_the_first_entry_after_a_payment_counts(now: datetime) -> None:
    customer = enters(paid_at=now - timedelta(minutes=30), in_at=now - timedelta(minutes=29))
    sync = customer.syncs.get()
    SyncAttemptFactory.create(sync=sync, finished_at=now - timedelta(minutes=5), steps=LET_IN)

    assert paid_to_access(now)["count"] == 1


def test_an_import_and_a_new_mapping_make_nobody_look_slow(now: datetime) -> None:
    sync = SyncFactory.create(customer__paying=True)
    LifecycleEventFactory.create(customer=sync.customer, cause="bulk", happened_at=now - timedelta(days=300))
    SyncAttemptFactory.create(sync=sync, finished_at=now, steps=LET_IN)

    assert paid_to_access(now)["count"] == 0


def test_each_hour_and_each_day_has_its_own_row(now: datetime) -> None:
    enters(paid_at=now - timedelta(hours=2, seconds=5), in_at=now - timedelta(hours=2))

    rolling.count(now)

    hours = Statistic.objects.filter(measure=Measure.PAID_TO_ACCESS, span=Span.HOUR)
    assert hours.count() == 25
    assert [round(row.p95_ms or 0) for row in hours.filter(count=1)] == [5_000]
    assert Statistic.objects.filter(measure=Measure.PAID_TO_ACCESS, span=Span.DAY).count() == 31


def test_an_hour_that_is_over_is_not_counted_again(now: datetime) -> None:
    half_past = now.replace(minute=30)  # no other hour begins in between
    rolling.count(half_past)
    Statistic.objects.update(count=7)

    rolling.count(half_past + timedelta(seconds=25))

    hours = Statistic.objects.filter(measure=Measure.WEBHOOKS, span=Span.HOUR).order_by("-since")
    assert [row.count for row in hours][3:] == [7] * 22
    assert hours[0].count == 0


def test_webhooks_are_counted_by_their_minutes(now: datetime) -> None:
    minute = now.replace(second=0, microsecond=0)
    DeliveryMinute.objects.create(minute=minute, status=200, count=99, within_25_ms=99)
    DeliveryMinute.objects.create(minute=minute, status=503, code="not_stored", count=1, slower=1)

    rolling.count(now)

    row = Statistic.objects.get(measure=Measure.WEBHOOKS, span=Span.HOUR, count__gt=0)
    assert (row.count, row.good, row.p95_ms) == (100, 99, 25)


def test_syncs_that_were_held_back_by_us_are_no_failures(now: datetime) -> None:
    for outcome in (Outcome.APPLIED, Outcome.RETRY, Outcome.SHADOW):
        SyncAttemptFactory.create(finished_at=now, outcome=outcome, code="x")

    rolling.count(now)

    row = Statistic.objects.get(measure=Measure.SYNCS, span=Span.HOUR, count__gt=0)
    assert (row.count, row.good) == (2, 1)


def test_what_another_worker_counts_is_not_counted_twice(now: datetime) -> None:
    Heartbeat.objects.create(name="statistics", beat_at=now + timedelta(minutes=1))
    rolling.count_in_turn()
    assert not Figure.objects.exists()

    Heartbeat.objects.update(beat_at=now - timedelta(minutes=1))
    rolling.count_in_turn()
    assert Figure.objects.exists()


def test_what_is_dear_to_count_is_counted_seldom(now: datetime) -> None:
    rolling.count(now)
    Figure.objects.filter(name="customers").update(cost_ms=1_000, value={})

    rolling.count(now + timedelta(seconds=60))
    assert Figure.objects.get(name="customers").value == {}
    CustomerFactory.create()
    rolling.count(now + timedelta(seconds=201))
    assert Figure.objects.get(name="customers").value == {"lead": 1}


def buyer(now: datetime, **sync: Any) -> Customer:
    """Somebody who checked out an hour ago, with a sync at Circle."""
    customer = CustomerFactory.create(paying=True)
    opened = now - timedelta(hours=1)
    CheckoutSessionFactory.create(
        customer=customer, status="complete", created_at=opened, completed_at=opened + timedelta(minutes=2)
    )
    SyncFactory.create(customer=customer, **sync)
    return customer


def funnel(now: datetime) -> dict[str, tuple[int, list[list[Any]]]]:
    rolling.count(now)
    steps = Figure.objects.get(name="funnel").value["steps"]
    return {step["label"]: (step["count"], step["causes"]) for step in steps}


def test_the_funnel_names_why_each_buyer_stopped(now: datetime) -> None:
    kit = ConnectionFactory.create(slug="kit")
    welcomed = buyer(now, observed={"accepted": True})
    OneTimeEffectFactory.create(customer=welcomed, connection=kit, done_at=now)
    quiet = buyer(now)
    SyncFactory.create(customer=quiet, connection=kit, observed={"suppressed": True})
    buyer(now, dead=True, explanation="Circle takes no more new members today.")

    assert funnel(now) == {
        "Checkout completed": (3, []),
        "Access granted": (2, [["Circle takes no more new members today.", 1]]),
        "Welcome sent": (1, [["opted out of mail", 1]]),
        "Invitation accepted": (1, [["they have not accepted it yet", 1]]),
    }


def test_a_checkout_that_nobody_paid_yet_is_said_so(now: datetime) -> None:
    opened = now - timedelta(hours=1)
    ConnectionFactory.create()
    CheckoutSessionFactory.create(
        customer=CustomerFactory.create(), status="complete", created_at=opened, completed_at=opened
    )

    assert funnel(now)["Access granted"] == (0, [["payment not confirmed yet", 1]])


def test_yesterdays_checkouts_are_not_todays(now: datetime) -> None:
    ConnectionFactory.create()
    long_ago = now - timedelta(hours=25)
    CheckoutSessionFactory.create(status="complete", created_at=long_ago, completed_at=long_ago)

    assert funnel(now)["Checkout completed"] == (0, [])


def test_steps_without_a_live_connection_are_left_out(now: datetime) -> None:
    assert list(funnel(now)) == ["Checkout completed"]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"measure": "luck"}, "statistic_measure_known"),
        ({"span": "year"}, "statistic_span_known"),
        ({"good": 2}, "statistic_good_within_count"),
    ],
)
def test_a_statistic_makes_sense(now: datetime, change: dict[str, Any], constraint: str) -> None:
    row = {"measure": "syncs", "span": "hour", "since": now, "count": 1, "good": 1, "measured_at": now}
    with refused(constraint):
        Statistic.objects.create(**row | change)


def test_an_hour_is_counted_into_one_row(now: datetime) -> None:
    row = {"measure": "syncs", "span": "hour", "since": now, "count": 1, "good": 1, "measured_at": now}
    Statistic.objects.create(**row)
    with refused("statistic_once"):
        Statistic.objects.create(**row)


def test_a_figure_has_a_name(now: datetime) -> None:
    with refused("figure_named"):
        Figure.objects.create(name="", measured_at=now)
