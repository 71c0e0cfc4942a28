"""The sweeper: due rows are found and run, with Celery or without, and it leaves nothing running."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from customers.models import Customer, Entitlement
from customers.vocabulary import Source
from integrations import clock
from integrations.lanes import Lane, nudge, register
from integrations.models import Heartbeat, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import Sweeper, drain
from tests.brokers import REFUSES, broker
from tests.sandbox_world import Buyer, Catalog
from tests.waiting import eventually


@pytest.fixture
def sweeper(settings: Settings) -> Iterator[Sweeper]:
    """A real sweeper thread without a broker."""
    settings.CELERY_PUBLISHING = False
    made = Sweeper()
    made.start()
    yield made
    made.stop()


@pytest.mark.django_db(transaction=True)
def test_without_celery_everything_due_is_done_by_the_sweeper_itself(
    sandbox: Sandbox, buyer: Buyer, sweeper: Sweeper
) -> None:
    buyer.buys("pro")

    assert eventually(lambda: buyer.sync("circle").status == buyer.sync("kit").status == SyncStatus.IN_SYNC)
    assert sandbox.circle.members_of(101) == {buyer.email}
    assert eventually(lambda: Heartbeat.objects.filter(name__startswith="sweeper:").exists())
    assert eventually(lambda: Heartbeat.objects.filter(name__startswith="worker:").exists())


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_refuses_costs_nothing_but_a_moment(
    sandbox: Sandbox, buyer: Buyer, caplog: pytest.LogCaptureFixture
) -> None:
    made = Sweeper()
    with broker(*REFUSES):
        try:
            made.start()
            buyer.buys("pro")
            assert eventually(lambda: buyer.sync("circle").status == SyncStatus.IN_SYNC)
        finally:
            made.stop()
    assert "broker_silent" in caplog.messages


@pytest.mark.django_db(transaction=True)
def test_a_stopped_sweeper_leaves_no_thread_behind(settings: Settings) -> None:
    settings.CELERY_PUBLISHING = False
    before = threading.active_count()
    made = Sweeper()
    made.start()
    nudge()

    made.stop()

    assert eventually(lambda: threading.active_count() <= before)


@pytest.mark.django_db(transaction=True)
def test_a_lane_that_fails_stops_no_other(sandbox: Sandbox, buyer: Buyer, settings: Settings) -> None:
    settings.CELERY_PUBLISHING = False
    ran: list[int] = []

    def fail(row_id: int) -> None:
        ran.append(row_id)
        raise RuntimeError("a bug")

    register(Lane("aaa", claim=lambda _most: [1] if not ran else [], run=fail, task="none", slots=1))
    made = Sweeper()
    try:
        made.start()
        buyer.buys("pro")
        assert eventually(lambda: buyer.sync("circle").status == SyncStatus.IN_SYNC)
        assert eventually(lambda: bool(ran))
    finally:
        made.stop()
        register(Lane("aaa", claim=lambda _most: [], run=fail, task="none", slots=1))


@pytest.mark.django_db
def test_access_that_ends_by_the_clock_ends_when_its_time_has_come(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    held = Entitlement.objects.filter(customer=buyer.row)
    held.update(source=Source.OVERRIDE, ends_at=datetime.now(UTC) + timedelta(hours=1))
    buyer.recompute()
    drain()
    assert sandbox.circle.members_of(101) == {buyer.email}

    held.update(ends_at=datetime.now(UTC) - timedelta(seconds=1))
    Customer.objects.filter(pk=buyer.row.pk).update(next_check_at=datetime.now(UTC) - timedelta(seconds=1))
    drain()

    assert sandbox.circle.members_of(101) == set()


@pytest.mark.django_db
def test_customers_whose_look_fails_keep_nobody_behind_them_waiting(catalog: Catalog) -> None:
    ids = [Customer.objects.create(email=f"c{number}@example.com").pk for number in range(12)]
    for number, pk in enumerate(ids):
        due = datetime.now(UTC) - timedelta(seconds=100 - number)
        Customer.objects.filter(pk=pk).update(next_check_at=due)

    handed = [clock.claim(2) for _ in range(7)]  # none of them is ever done

    assert handed == [ids[start : start + 2] for start in range(0, 12, 2)] + [[]]
