"""Errors of our own: the database's trouble costs no event, a bug is given up, and neither quotes anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from billing import asked, lanes, tasks
from billing.models import StripeEvent
from integrations.untold import OurFault
from tests.billing.world import Event, World

ADA, NAME = "ada@example.com", "Augusta Canary"
LONGEST = 300  # seconds


@pytest.fixture
def event(world: World) -> Event:
    bought = world.stripe.checkout(ADA, price="price_pro_month", name=NAME)
    event = world.stripe.event("invoice.paid", world.stripe.get(bought.invoice))
    assert world.deliver(event) == [200]
    return event


@contextmanager
def locked_table() -> Iterator[None]:
    """Somebody holds the table of subscriptions, as a migration may, and we do not wait for it long."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE billing_subscription IN ACCESS EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        yield
    finally:
        other.rollback()
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


@contextmanager
def rule(statement: str) -> Iterator[None]:
    """Whoever writes a person meets this check in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION canary(who text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS "
            f"$$ BEGIN {statement} END $$"
        )
        cursor.execute("ALTER TABLE customers_customer ADD CONSTRAINT canary CHECK (canary(name)) NOT VALID")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE customers_customer DROP CONSTRAINT canary")
            cursor.execute("DROP FUNCTION canary")


def fails(world: World, *, times: int) -> None:
    """Each run of what is due ends in an error of ours."""
    for _ in range(times):
        world.wait()
        for each in lanes.claim_events(50):
            with pytest.raises(OurFault):
                lanes.run_event(each)


def standing(world: World, event: Event) -> tuple[str, str]:
    row = world.event(event)
    return row.status, row.reason


def test_hours_of_a_locked_table_cost_no_event(world: World, event: Event) -> None:
    with locked_table():
        fails(world, times=12)
        assert standing(world, event) == ("failed", "error:OperationalError")
        wait = StripeEvent.objects.values_list(F("due_at") - Now(), flat=True).get()
        assert timedelta(seconds=LONGEST - 30) < wait <= timedelta(seconds=LONGEST)

    world.wait()
    world.process()

    assert standing(world, event) == ("processed", "")
    assert world.person(ADA).has_access


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("25P03", ("failed", "error:IdleInTransactionSessionTimeout")),
        ("XX000", ("dead_letter", "error:InternalError")),
    ],
)
def test_a_transaction_that_is_cut_off_as_idle_costs_no_event_and_an_internal_error_does(
    world: World, event: Event, code: str, ends: tuple[str, str]
) -> None:
    with rule(f"RAISE EXCEPTION 'canary' USING ERRCODE = '{code}';"):
        fails(world, times=8)

    assert standing(world, event) == ends


def test_a_day_of_a_locked_table_is_given_up_and_can_be_replayed(world: World, event: Event) -> None:
    row = world.event(event)
    row.pk, row.event_id = None, "evt_yesterday"
    row.received_at -= timedelta(hours=25)
    row.save()

    with locked_table():
        fails(world, times=8)

    assert standing(world, event) == ("failed", "error:OperationalError")
    assert standing(world, {"id": "evt_yesterday"}) == ("dead_letter", "error:OperationalError")


def test_a_connection_that_is_cut_while_facts_are_written_is_a_try_and_no_crash(
    world: World, event: Event
) -> None:
    with rule("PERFORM pg_terminate_backend(pg_backend_pid()); RETURN true;"):
        fails(world, times=1)

    row = world.event(event)
    assert (row.status, row.crash_count, row.lease_until) == ("failed", 0, None)
    world.wait()
    world.process()
    assert world.person(ADA).has_access


def test_a_bug_is_given_up_after_eight_tries_and_the_database_s_trouble_before_it_does_not_count(
    world: World, event: Event
) -> None:
    with locked_table():
        fails(world, times=9)
    with rule("RETURN who <> 'Augusta Canary';"):
        fails(world, times=1)
        assert standing(world, event) == ("failed", "error:IntegrityError")
        fails(world, times=1)

    assert standing(world, event) == ("dead_letter", "error:IntegrityError")


QUOTES = {
    "in the detail": "RETURN who <> 'Augusta Canary';",
    "in the message": "IF who LIKE '%Canary' THEN RAISE EXCEPTION 'not %', who; END IF; RETURN true;",
}


@pytest.mark.parametrize("statement", QUOTES.values(), ids=QUOTES.keys())
def test_no_error_that_quotes_a_person_reaches_the_log_of_a_task(
    world: World, event: Event, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.process()
    person = world.person(ADA)
    owner = person.stripe_customers.get()
    row = owner.subscriptions.get()
    person.name = "Ada"
    person.save()
    world.date_passes(row.stripe_id)
    asked.ask(person.pk)
    StripeEvent.objects.update(status="received", due_at=Now(), processed_at=None)

    with rule(statement):
        results = [
            tasks.run_event.apply(args=(world.event(event).pk,)),
            tasks.run_reread.apply(args=(row.pk,)),
            tasks.run_asked.apply(args=(owner.pk,)),
        ]

    assert [str(each.state) for each in results] == ["FAILURE"] * 3
    # Before any redaction: the message, its exception and every traceback as text.
    assert caplog.text.count("OurFault") >= 3
    assert "facts/people.py" in caplog.text
    assert "Canary" not in caplog.text
    assert ADA not in caplog.text
