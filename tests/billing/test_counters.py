"""Every delivery is counted by its answer and duration, and counting never costs the request anything."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import Error, IntegrityError, connection
from django.db.models import Sum
from django.db.transaction import atomic

from billing import counters
from billing.models import DeliveryMinute
from tests.billing.world import World

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> Iterator[None]:
    counters._pending.clear()
    yield
    counters._pending.clear()


def counted() -> dict[tuple[int, str], int]:
    counters.flush()
    return {(each.status, each.code): each.count for each in counters.summary(LONG_AGO).answers}


def test_every_answer_of_the_door_is_counted_with_its_reason(world: World) -> None:
    paid = world.stripe.event("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"})
    unknown = world.stripe.event("something.new", {"id": "x_1", "object": "x"})
    live = world.stripe.event("payment_intent.succeeded", {"id": "pi_2"}, livemode=True)

    world.deliver(paid, paid, unknown, live)
    world.post(b"{}", signature="t=1,v1=00")
    world.post(b"{}", signature="nonsense")
    world.post(b"{}", signature=world.stripe.sign(b"{}", secret="whsec_of_somebody_else"))
    world.post(b"[]")
    world.post(b"\xff\xfe")
    world.post(b"x" * 1_048_577)

    assert counted() == {
        (200, ""): 2,
        (200, "unknown_type"): 1,
        (200, "mode"): 1,
        (400, "too_old"): 1,
        (400, "malformed"): 1,
        (400, "mismatch"): 1,
        (400, "no_event"): 1,
        (400, "not_utf8"): 1,
        (413, "too_large"): 1,
    }


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_cannot_be_stored_is_counted_as_a_failure(world: World) -> None:
    event = world.stripe.event("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_stripeevent RENAME TO billing_elsewhere")
    try:
        assert world.deliver(event) == [503]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_elsewhere RENAME TO billing_stripeevent")

    assert counted() == {(503, "not_stored"): 1}


@pytest.mark.django_db
def test_deliveries_of_one_minute_are_one_row_however_often_it_is_written() -> None:
    for _ in range(3):
        counters.count(200, "", 0.004)
        counters.flush()

    assert DeliveryMinute.objects.aggregate(Sum("count"))["count__sum"] == 3
    assert DeliveryMinute.objects.count() <= 2  # the minute may have ended meanwhile


@pytest.mark.django_db
def test_the_percentiles_say_at_most_so_long() -> None:
    for seconds in [0.003] * 94 + [0.02] * 4 + [0.4] + [9.0]:
        counters.count(200, "", seconds)
    counters.count(503, "not_stored", 2.0)
    counters.flush()

    seen = counters.summary(LONG_AGO)

    assert (seen.total, seen.of(500, 599)) == (101, 1)
    assert seen.success_rate == pytest.approx(100 / 101)
    assert [seen.within_ms(share) for share in (0.5, 0.95, 0.99, 1.0)] == [5, 25, 2_500, float("inf")]


@pytest.mark.django_db
def test_nothing_delivered_is_no_rate_and_no_percentile() -> None:
    seen = counters.summary(LONG_AGO)

    assert (seen.total, seen.success_rate, seen.within_ms(0.95)) == (0, None, None)


@pytest.mark.django_db
def test_only_the_minutes_asked_for_are_summed() -> None:
    counters.count(200, "", 0.001)
    counters.flush()

    assert counters.summary(datetime.now(UTC) + timedelta(minutes=2)).total == 0


@pytest.mark.django_db(transaction=True)
def test_what_the_database_did_not_take_is_kept_for_the_next_time() -> None:
    counters.count(200, "", 0.001)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_deliveryminute RENAME TO billing_elsewhere")
    try:
        with pytest.raises(Error):
            counters.flush()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE billing_elsewhere RENAME TO billing_deliveryminute")
    counters.count(200, "", 0.001)

    assert counted() == {(200, ""): 2}


def test_a_long_outage_fills_only_its_room_and_forgets_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(range(0, 10_000_000, counters.SLOT_SECONDS))
    monkeypatch.setattr(counters, "time", SimpleNamespace(monotonic=lambda: next(clock)))  # nobody else's
    for _ in range(counters.MOST + 500):
        counters.count(503, "not_stored", 2.0)

    assert len(counters._pending) == counters.MOST
    assert sum(map(sum, counters._pending.values())) == counters.MOST + 500


@pytest.mark.django_db
def test_threads_that_count_at_once_lose_nothing() -> None:
    def many() -> None:
        for _ in range(2_000):
            counters.count(200, "", 0.001)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        counters.flush()
        each.join()

    assert counted() == {(200, ""): 8_000}


def test_counting_costs_microseconds() -> None:
    rounds = []
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(1_000):
            counters.count(200, "", 0.001)
        rounds.append(time.perf_counter() - begun)

    assert min(rounds) / 1_000 < 50e-6  # in the others the machine did something else meanwhile


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"minute": datetime(2026, 1, 1, 10, 0, 30, tzinfo=UTC)}, "delivery_minute_is_whole"),
        ({"status": 42}, "delivery_minute_status_is_http"),
        ({"count": 2}, "delivery_minute_buckets_add_up"),
        ({"slower": 1}, "delivery_minute_buckets_add_up"),
        ({"count": 0, "within_5_ms": 0}, "delivery_minute_not_empty"),
        ({"status": 400}, "delivery_minute_once"),
    ],
)
def test_the_database_refuses_a_minute_that_cannot_be(columns: dict[str, object], constraint: str) -> None:
    minute = datetime(2026, 1, 1, 10, tzinfo=UTC)
    DeliveryMinute.objects.create(minute=minute, status=400, count=1, within_5_ms=1)
    DeliveryMinute.objects.create(minute=minute, status=200, count=1, within_5_ms=1)

    with pytest.raises(IntegrityError, match=constraint), atomic():
        DeliveryMinute.objects.filter(status=200).update(**columns)
