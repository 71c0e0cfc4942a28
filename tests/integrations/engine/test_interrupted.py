"""What comes between the steps of a run: a wait, a pause, another mode, or a database that is silent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from integrations import engine, limiter, pausing
from integrations.errors import NotNow
from integrations.limiter import Gate
from integrations.models import Connection, Mode, Outcome, SyncStatus
from integrations.sandbox import Sandbox, handler
from integrations.sweeper import drain
from tests.integrations.engine.meanwhile import instead_of_sleeping
from tests.integrations.engine.test_claim import held_elsewhere
from tests.sandbox_world import Buyer, Catalog, later

CREATE = "POST /community_members"
NOTHING_FLOWS_IN = Now() + timedelta(hours=1)  # into the bucket, however long the test takes


def told_to_wait(row: Connection) -> None:
    Connection.objects.filter(pk=row.pk).update(wait_until=Now() + timedelta(minutes=2))


def paused(row: Connection) -> None:
    pausing.pause(row.pk, reason="key_refused")


def switched_off(row: Connection) -> None:
    Connection.objects.filter(pk=row.pk).update(mode=Mode.OFF)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", [told_to_wait, paused, switched_off])
def test_who_slept_for_the_rate_asks_again_before_the_call(
    catalog: Catalog, what: Callable[[Connection], None]
) -> None:
    Connection.objects.filter(pk=catalog.kit.pk).update(
        options={"calls_per_window": 120}, tokens=-2, tokens_at=NOTHING_FLOWS_IN
    )
    catalog.kit.refresh_from_db()

    with instead_of_sleeping(limiter, lambda: what(catalog.kit)), pytest.raises(NotNow):
        Gate(catalog.kit).enter()


@pytest.mark.django_db
def test_a_probe_that_slept_for_the_rate_is_still_the_probe(catalog: Catalog) -> None:
    Connection.objects.filter(pk=catalog.kit.pk).update(
        options={"calls_per_window": 120}, tokens=0.5, tokens_at=NOTHING_FLOWS_IN,
        failures_in_row=10, open_until=Now(),
    )  # fmt: skip
    catalog.kit.refresh_from_db()
    gate = Gate(catalog.kit)

    gate.enter()

    assert gate.probing
    catalog.kit.refresh_from_db()
    assert catalog.kit.tokens == pytest.approx(-0.5)  # booked once


@pytest.mark.django_db(transaction=True)
def test_a_run_makes_no_further_call_when_its_connection_goes_to_shadow(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    sandbox.circle.fail(route=CREATE, delay=1, times=1)
    buyer.buys("pro")

    with instead_of_sleeping(handler, lambda: pausing.set_mode(catalog.circle.pk, Mode.SHADOW)):
        engine.run(buyer.sync("circle").pk)
    drain()

    assert len(sandbox.journal.calls("circle")) == 1
    assert sandbox.circle.members_of(101) == set()
    assert (buyer.sync("circle").status, buyer.sync("circle").reason) == (SyncStatus.ON_HOLD, "shadow")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_makes_a_run_wait_too_long_costs_no_try_and_is_no_bug(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    with held_elsewhere(catalog.circle), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
        engine.run(buyer.sync("circle").pk)
        cursor.execute("RESET lock_timeout")

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason, sync.attempt_count) == (SyncStatus.RETRYING, "own_database", 0)
    assert (sync.first_failed_at, sync.crash_count) == (None, 0)
    assert sync.attempts.get().outcome == Outcome.RETRY
    later(seconds=11)
    assert sandbox.circle.members_of(101) == {buyer.email}


@pytest.mark.django_db(transaction=True)
def test_a_database_connection_that_is_lost_during_a_run_costs_no_try(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.circle.fail(route=CREATE, delay=1, times=1)
    buyer.buys("pro")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (mine,) = cursor.fetchone()

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [mine])

    with instead_of_sleeping(handler, cut):
        engine.run(buyer.sync("circle").pk)

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason, sync.attempt_count) == (SyncStatus.RETRYING, "own_database", 0)
    later(seconds=11)
    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == [buyer.email]


@pytest.mark.django_db(transaction=True)
def test_a_refusal_from_before_staff_resumed_it_pauses_nothing(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    sandbox.circle.fail(401, delay=1, times=1)
    buyer.buys("pro")

    with instead_of_sleeping(handler, lambda: pausing.resume(catalog.circle.pk)):
        engine.run(buyer.sync("circle").pk)

    catalog.circle.refresh_from_db()
    assert catalog.circle.paused_at is None
    drain()
    assert sandbox.circle.members_of(101) == {buyer.email}


@pytest.mark.django_db
def test_a_refusal_after_staff_resumed_it_pauses_it_again(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    pausing.resume(catalog.circle.pk)
    sandbox.circle.fail(401)
    buyer.buys("pro")
    Connection.objects.filter(pk=catalog.circle.pk).update(resumed_at=Now() - timedelta(seconds=1))

    drain()

    catalog.circle.refresh_from_db()
    assert catalog.circle.pause_reason == "token_refused"
